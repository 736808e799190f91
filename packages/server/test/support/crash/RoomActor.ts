import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { allPermissions } from '@roomful/protocol'
import { expect } from 'vitest'
import { developmentCredentials } from '../../../src/config/load.ts'
import type { Store } from '../../../src/store/index.ts'
import { makeOffer } from '../offer.ts'
import { TestClient, type Frame } from '../TestClient.ts'
import type { CrashingServer } from './CrashingServer.ts'
import type { Random } from './Random.ts'
import { RestClient } from './RestClient.ts'

const { projectId } = developmentCredentials
const layouts = ['grid-responsive', '3x3', 'highlight-1-responsive', '5up'] as const

type Flags = { locked: boolean; layout_name: string; meta: object }
type Session = {
  id: string
  /** One value once it was acknowledged, two while it is not known which it is. */
  may: Flags[]
  members: string[]
  /** Before the last change was asked for that was acknowledged. */
  lastSentAtMs: number
}

/** Somebody who joins a room, changes it, leaves, and comes back after a crash. */
export class RoomActor {
  readonly #roomName: string
  readonly #isStanding: boolean
  readonly #random: Random
  readonly #sessions: Session[] = []
  #roomId: string | null = null
  #token = ''
  #client: TestClient | null = null
  /** Who was there when the server was killed. */
  #before: TestClient | null = null

  /** `isStanding`: the room is made by REST and stays; else it comes and goes with its sessions. */
  constructor(roomName: string, isStanding: boolean, random: Random) {
    this.#roomName = roomName
    this.#isStanding = isStanding
    this.#random = random
  }

  async step(server: CrashingServer): Promise<void> {
    if (this.#isStanding && this.#roomId === null) return this.#createRoom(server)
    if (this.#client === null) return this.#join(server)
    const dice = this.#random.next()
    const flags = this.#present.may[0] as Flags
    // Not while it is locked: if the goodbye gets lost, nobody but who was there may take up the session.
    if (dice < 0.06 && !flags.locked) return this.#leave(server)
    if (dice < 0.2) return this.#visit(server)
    if (dice < 0.5) {
      const meta = { n: this.#random.between(0, 9999) }
      return this.#change(server, 'video.set_meta', { meta }, { ...flags, meta })
    }
    if (dice < 0.8) {
      const locked = !flags.locked
      return this.#change(server, locked ? 'video.lock' : 'video.unlock', {}, { ...flags, locked })
    }
    const layout_name = this.#random.pick(layouts)
    return this.#change(server, 'video.set_layout', { name: layout_name }, { ...flags, layout_name })
  }

  /** The server was killed. */
  cutOff(): void {
    this.#before = this.#client ?? this.#before
    this.#client?.kill()
    this.#client = null
  }

  /** Whether all is there that was acknowledged, and is over: nobody has come back yet. */
  async verify(server: CrashingServer, store: Store, killedAtMs: number): Promise<void> {
    for (const session of this.#sessions) {
      const record = await store.sessions.find(projectId, session.id)
      expect(record, `session ${session.id}`).not.toBeNull()
      if (record === null) return
      expect(record.status).toBe('completed')
      expect(record.endedAtMs).toBeGreaterThanOrEqual(session.lastSentAtMs)
      expect(record.endedAtMs).toBeLessThanOrEqual(killedAtMs)
      const { items } = await store.members.list(projectId, session.id, { pageSize: 1000 })
      expect(items.map(({ id }) => id)).toEqual(expect.arrayContaining(session.members))
      expect(items.filter(({ leftAtMs }) => leftAtMs === null)).toEqual([])
      const { locked, currentLayout, meta } = record
      expect(session.may, `session ${session.id}`).toContainEqual({
        locked,
        layout_name: currentLayout,
        meta,
      })
      session.may = [{ locked, layout_name: currentLayout, meta }]
    }
    const room = await new RestClient(server).find(`/rooms/${this.#roomName}`)
    if (!this.#isStanding) expect(room, 'a room that a token made').toBeNull()
    else if (this.#roomId !== null) {
      const last = this.#sessions.at(-1)
      if (last !== undefined) expect(room?.['meta']).toEqual(last.may[0]?.meta)
    }
  }

  get #present(): Session {
    const session = this.#sessions.at(-1)
    if (session === undefined) throw new Error('Nobody has joined')
    return session
  }

  async #createRoom(server: CrashingServer): Promise<void> {
    const rest = new RestClient(server)
    // It may have been made by a request that was not answered any more.
    const room =
      (await rest.find(`/rooms/${this.#roomName}`)) ?? (await rest.post('/rooms', { name: this.#roomName }))
    this.#roomId = room['id'] as string
  }

  async #newToken(server: CrashingServer): Promise<string> {
    const { token } = await new RestClient(server).post('/room_tokens', {
      room_name: this.#roomName,
      permissions: [...allPermissions],
    })
    return token as string
  }

  async #join(server: CrashingServer): Promise<void> {
    const before = this.#before
    if (before === null) this.#token = await this.#newToken(server)
    const client = await TestClient.open(server.webSocketUrl)
    const last = this.#sessions.at(-1)
    try {
      const sentAtMs = Date.now()
      await server.during(
        client.connect(this.#token, { agent: 'roomful/0.1.0', ...(before && { resumes: before }) }),
      )
      const { room_session: session, member_id: memberId } = await server.during(
        client.joinRoom({ callId: randomUUID(), sdp: makeOffer(randomUUID()) }),
      )
      const { locked, layout_name, meta } = session
      const flags = { locked, layout_name, meta: meta as object }
      if (before !== null && last !== undefined) {
        // Back in the session that the crash has interrupted, as it was.
        expect(session.id).toBe(last.id)
        expect(memberId).toBe(before.memberId)
      }
      if (last?.id === session.id) {
        expect(last.may).toContainEqual(flags)
        last.may = [flags]
        last.lastSentAtMs = sentAtMs
        last.members.push(memberId)
      } else {
        this.#sessions.push({ id: session.id, may: [flags], members: [memberId], lastSentAtMs: sentAtMs })
      }
      this.#client = client
      this.#before = null
    } catch (error) {
      client.kill()
      throw error
    }
  }

  async #leave(server: CrashingServer): Promise<void> {
    const client = this.#client as TestClient
    // Whether or not it is answered: it is not to come back.
    this.#client = null
    await server.during(client.verto('verto.bye', { dialogParams: { callID: client.callId } }))
    client.kill()
  }

  /** Somebody else joins, if the room is not locked, and leaves. */
  async #visit(server: CrashingServer): Promise<void> {
    const session = this.#present
    const token = await this.#newToken(server)
    if (session.may[0]?.locked !== false) return
    const visitor = await TestClient.open(server.webSocketUrl)
    try {
      const sentAtMs = Date.now()
      await server.during(visitor.connect(token))
      await server.during(visitor.joinRoom())
      session.members.push(visitor.memberId)
      session.lastSentAtMs = sentAtMs
      await server.during(visitor.verto('verto.bye', { dialogParams: { callID: visitor.callId } }))
    } finally {
      visitor.kill()
    }
  }

  async #change(server: CrashingServer, method: string, params: Frame, after: Flags): Promise<void> {
    const session = this.#present
    const sentAtMs = Date.now()
    const before = session.may[0] as Flags
    session.may = [before, after]
    const reply = await server.during((this.#client as TestClient).request(method, params))
    expect(reply['result']?.code, JSON.stringify(reply)).toBe('200')
    session.may = [after]
    // What changes nothing is not written.
    if (!isDeepStrictEqual(before, after)) session.lastSentAtMs = sentAtMs
  }
}
