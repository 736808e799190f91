import { expect } from 'vitest'
import type { CrashingServer } from './CrashingServer.ts'
import type { Random } from './Random.ts'
import { RestClient } from './RestClient.ts'

/** What a room is to be; null: it is to be gone. */
type Expected = { display_name: string; meta: object; streams: string[] } | null
type Known = { id: string | null; name: string; may: Expected[] }
type Token = { id: string; conferenceId: string; may: (string | 'another')[] }

/** Makes, changes and deletes rooms, streams and conferences by REST, one after the other. */
export class RestActor {
  readonly #name: string
  readonly #random: Random
  /** `may`: one value once it was acknowledged, two while it is not known which it is. */
  readonly #rooms: Known[] = []
  readonly #tokens: Token[] = []
  #count = 0

  constructor(name: string, random: Random) {
    this.#name = name
    this.#random = random
  }

  async step(server: CrashingServer): Promise<void> {
    const rest = new RestClient(server)
    const dice = this.#random.next()
    const living = this.#rooms.filter(({ may }) => may[0] !== null)
    if (living.length === 0 || dice < 0.25) return this.#createRoom(rest)
    const room = this.#random.pick(living)
    if (dice < 0.55) return this.#updateRoom(rest, room)
    if (dice < 0.75) return this.#addStream(rest, room)
    if (dice < 0.85) return this.#deleteRoom(rest, room)
    if (dice < 0.92 || this.#tokens.length === 0) return this.#createConference(rest)
    return this.#resetToken(rest, this.#random.pick(this.#tokens))
  }

  /** Whether all is there that was acknowledged. */
  async verify(server: CrashingServer): Promise<void> {
    const rest = new RestClient(server)
    for (const room of this.#rooms) {
      const found = await rest.find(`/rooms/${room.id ?? room.name}`)
      let actual: Expected = null
      if (found !== null) {
        const { data } = await rest.get(`/rooms/${found['id']}/streams`)
        const streams = (data as { url: string }[]).map(({ url }) => url).reverse()
        actual = { display_name: found['display_name'] as string, meta: found['meta'] as object, streams }
        room.id = found['id'] as string
      }
      expect(room.may, `room ${room.name}`).toContainEqual(actual)
      room.may = [actual]
    }
    for (const token of this.#tokens) {
      const { token: actual } = await rest.get(`/conference_tokens/${token.id}`)
      if (!token.may.includes('another')) expect(token.may).toEqual([actual])
      token.may = [actual as string]
    }
  }

  async #createRoom(rest: RestClient): Promise<void> {
    const room: Known = { id: null, name: `${this.#name}-${this.#count++}`, may: [null] }
    const expected = { display_name: `Room ${this.#random.between(0, 999)}`, meta: {}, streams: [] }
    room.may.push(expected)
    this.#rooms.push(room)
    const { id } = await rest.post('/rooms', { name: room.name, display_name: expected.display_name })
    room.id = id as string
    room.may = [expected]
  }

  async #updateRoom(rest: RestClient, room: Known): Promise<void> {
    const change = {
      display_name: `Changed ${this.#random.between(0, 999)}`,
      meta: { n: this.#random.next() },
    }
    await this.#change(room, { ...present(room), ...change }, () => rest.put(`/rooms/${room.id}`, change))
  }

  async #addStream(rest: RestClient, room: Known): Promise<void> {
    const url = `rtmp://example.com/live/${this.#random.between(0, 9999)}`
    const before = present(room)
    const after = { ...before, streams: [...before.streams, url] }
    await this.#change(room, after, () => rest.post(`/rooms/${room.id}/streams`, { url }))
  }

  async #deleteRoom(rest: RestClient, room: Known): Promise<void> {
    await this.#change(room, null, () => rest.delete(`/rooms/${room.id}`))
  }

  async #createConference(rest: RestClient): Promise<void> {
    const { id } = await rest.post('/conferences', { display_name: 'A conference' })
    const { data } = await rest.get(`/conferences/${id}/conference_tokens`)
    for (const token of data as { id: string; token: string }[]) {
      this.#tokens.push({ id: token.id, conferenceId: id as string, may: [token.token] })
    }
  }

  async #resetToken(rest: RestClient, token: Token): Promise<void> {
    token.may.push('another')
    const { token: reset } = await rest.post(`/conference_tokens/${token.id}/reset`)
    token.may = [reset as string]
  }

  async #change(room: Known, after: Expected, request: () => Promise<unknown>): Promise<void> {
    room.may = [room.may[0] ?? null, after]
    await request()
    room.may = [after]
  }
}

function present({ may: [state], name }: Known): NonNullable<Expected> {
  if (state === null || state === undefined) throw new Error(`Room ${name} is gone`)
  return state
}
