import { randomInt, randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { makeOffer } from './support/offer.ts'
import { startTestServer } from './support/startTestServer.ts'
import type { TestClient } from './support/TestClient.ts'

const frames = 1500

/** Mulberry32: small, seeded, good enough to choose with. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

class FrameMaker {
  readonly #random: () => number
  readonly #callIds: string[]
  readonly #memberIds: () => string[]

  constructor(random: () => number, callIds: string[], memberIds: () => string[]) {
    this.#random = random
    this.#callIds = callIds
    this.#memberIds = memberIds
  }

  frame(): string {
    const kind = this.#random()
    if (kind < 0.1) return this.#noise()
    const text = JSON.stringify(kind < 0.5 ? this.#verto() : this.#rpc())
    // Now and then the frame is cut or a byte of it is wrong.
    if (this.#random() < 0.15) return text.slice(0, this.#below(text.length))
    if (this.#random() < 0.15) {
      const at = this.#below(text.length)
      return text.slice(0, at) + String.fromCharCode(32 + this.#below(95)) + text.slice(at + 1)
    }
    return text
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  #pick<T>(values: readonly T[]): T {
    return values[this.#below(values.length)] as T
  }

  #noise(): string {
    return Array.from({ length: this.#below(200) }, () => String.fromCharCode(this.#below(0x2fff))).join('')
  }

  #value(depth = 0): unknown {
    const scalars = [
      null,
      true,
      false,
      0,
      -1,
      50,
      1e308,
      '',
      'self',
      'all',
      'auto',
      '__proto__',
      'x'.repeat(3000),
    ]
    const kind = this.#random()
    if (depth > 2 || kind < 0.6) return this.#pick([...scalars, ...this.#memberIds()])
    if (kind < 0.8) return Array.from({ length: this.#below(4) }, () => this.#value(depth + 1))
    return Object.fromEntries(
      Array.from({ length: this.#below(4) }, () => [this.#key(), this.#value(depth + 1)]),
    )
  }

  #key(): string {
    return this.#pick([
      'member_id',
      'volume',
      'value',
      'meta',
      'keys',
      'name',
      'position',
      'positions',
      '__proto__',
      'room_session_id',
    ])
  }

  #rpc(): unknown {
    const method = this.#pick([
      'video.members.get',
      'video.member.audio_mute',
      'video.member.video_unmute',
      'video.member.deaf',
      'video.member.set_input_volume',
      'video.member.set_meta',
      'video.member.set_position',
      'video.member.raisehand',
      'video.set_layout',
      'video.set_position',
      'video.set_meta',
      'video.update_meta',
      'video.delete_meta',
      'video.hide_video_muted',
      'video.recording.start',
      'video.member.promote',
      'video.member.demote',
      'signalwire.connect',
      'signalwire.reauthenticate',
      'toString',
    ])
    const params = Object.fromEntries(
      Array.from({ length: this.#below(4) }, () => [this.#key(), this.#value()]),
    )
    if (this.#random() < 0.5) params['member_id'] = this.#pick(this.#memberIds())
    return { jsonrpc: '2.0', id: this.#random(), method, params }
  }

  #verto(): unknown {
    const method = this.#pick([
      'verto.invite',
      'verto.modify',
      'verto.bye',
      'verto.info',
      'verto.pong',
      'verto.answer',
    ])
    const kind = this.#pick([{}, {}, { screenShare: true }, { additionalDevice: true, userVariables: {} }])
    const dialogParams = this.#random() < 0.1 ? this.#value() : { callID: this.#pick(this.#callIds), ...kind }
    const sdp = this.#random() < 0.8 ? makeOffer(this.#pick(['a', 'b'])) : this.#value()
    const action = this.#pick(['updateMedia', 'hold', 'unhold', 'toggleHold', 7])
    const message = {
      jsonrpc: '2.0',
      id: 'v',
      method,
      params: { dialogParams, sdp, action, dtmf: '1', [this.#key()]: this.#value() },
    }
    return { jsonrpc: '2.0', id: this.#random(), method: 'video.message', params: { message } }
  }
}

describe('random frames', () => {
  it('harm neither the server nor a bystander in the room', async () => {
    const seed = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31))
    process.stdout.write(`FUZZ_SEED=${seed}\n`)
    await using test = await startTestServer()
    const bystander = await test.join({ r: 'fuzzed', u: 'Bystander' })
    const rowdies: TestClient[] = [await test.join({ r: 'fuzzed' }), await test.join({ r: 'fuzzed' })]
    const callIds = [randomUUID(), randomUUID(), randomUUID(), 'x']
    const maker = new FrameMaker(seeded(seed), callIds, () => rowdies.map(({ memberId }) => memberId))
    for (let sent = 0; sent < frames; sent += 50) {
      for (const [index, rowdy] of rowdies.entries()) {
        if (!rowdy.isOpen) {
          rowdies[index] = await test.open()
          await rowdies[index].connect(await test.token({ r: 'fuzzed' }))
        }
        for (let i = 0; i < 50; i++) rowdies[index]?.sendText(maker.frame())
        await rowdies[index]?.roundTrip()
      }
      await test.clock.advance(1000)
    }
    const reply = await bystander.request('video.members.get')
    expect(reply['result'].members.map(({ name }: { name: string }) => name)).toContain('Bystander')
    expect(bystander.isOpen).toBe(true)
    for (const rowdy of rowdies) {
      const internal = rowdy.frames.filter((frame) => frame['result']?.code === '500')
      expect(internal).toEqual([])
    }
    const newcomer = await test.join({ r: 'fuzzed', u: 'Newcomer' })
    expect(newcomer.memberId).not.toBe('')
  }, 30_000)
})
