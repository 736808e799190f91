import { afterEach, expect, test } from 'vitest'
import { RtpHeader } from '../rtp/index.ts'
import { vp8Frame } from '../rtp/testSupport.ts'
import type { NegotiatedSection } from '../transport/index.ts'
import type { EncodeKey, VideoDemand } from '../video/index.ts'
import type { CompositeLeg } from './CompositeReceiver.ts'
import { CompositeSender } from './CompositeSender.ts'
import { LineQuality } from './LineQuality.ts'

const room = { width: 1280, height: 720, fps: 25, videoBitrateBps: 2_000_000 }
const tickMs = 40

/** A leg that keeps what it is sent. */
class TestLeg implements CompositeLeg {
  readonly line = new LineQuality()
  readonly isConnected = true
  readonly packets: Buffer[] = []

  section(): NegotiatedSection {
    const section = { kind: 'video', mid: '1', codec: 'vp8', payloadType: 100, clockRate: 90_000 } as const
    return { ...section, receive: true, send: true }
  }

  sendRtp(_kind: 'audio' | 'video', packet: Buffer): void {
    this.packets.push(Buffer.from(packet))
  }

  get headers(): RtpHeader[] {
    return this.packets.map((packet) => {
      const header = new RtpHeader()
      if (!header.parse(packet)) throw new Error('not RTP')
      return header
    })
  }
}

/** The room's encoders: makes what is in demand, with keyframes for those who asked. */
class Studio {
  demand: VideoDemand = []
  keyframes: EncodeKey[] = []
  readonly sender: CompositeSender
  nowMs = 1_000_000

  constructor() {
    this.sender = new CompositeSender({
      video: {
        setDemand: (demand) => {
          const isNew = (key: EncodeKey): boolean => !this.demand.some(({ rung }) => rung === key.rung)
          this.keyframes.push(...demand.filter(isNew))
          this.demand = demand
        },
        requestKeyframe: (key) => this.keyframes.push(key),
      },
      room,
      ssrc: 7,
      cname: 'room',
      nowMs: this.nowMs,
    })
  }

  get rungs(): number[] {
    return this.demand.map(({ rung }) => rung).sort()
  }

  /** One tick: every encode in demand, smaller sizes first, and what goes on between two of them. */
  tick(bytes = [8000, 2000, 600], keyBytes = bytes): void {
    for (const rung of this.rungs.reverse()) {
      const isKey = this.keyframes.some((key) => key.rung === rung)
      this.keyframes = this.keyframes.filter((key) => key.rung !== rung)
      const data = vp8Frame(isKey, (isKey ? keyBytes : bytes)[rung] ?? 0, Math.random)
      this.sender.send({ codec: 'vp8', rung, data, isKey, composedAtMs: this.nowMs }, this.nowMs)
    }
    for (const pollAtMs of [this.nowMs, this.nowMs + 20]) this.sender.poll(pollAtMs)
    this.nowMs += tickMs
  }
}

let studio: Studio
afterEach(() => studio.sender.close())

function join(): TestLeg {
  const leg = new TestLeg()
  studio.sender.add(leg, studio.nowMs)
  return leg
}

function expectOneStream(leg: TestLeg): void {
  let before: RtpHeader | undefined
  for (const header of leg.headers) {
    expect(header).toMatchObject({ ssrc: 7, payloadType: 100 })
    if (before !== undefined) {
      expect(header.sequenceNumber).toBe((before.sequenceNumber + 1) & 0xffff)
      const step = (header.timestamp - before.timestamp) | 0
      if (before.marker && header.payloadLength > 0) expect(step).toBeGreaterThan(0)
      else expect(step).toBe(0)
    }
    if (header.payloadLength > 0) before = header
    else before = Object.assign(new RtpHeader(), before, { sequenceNumber: header.sequenceNumber })
  }
}

test('a small frame goes at once, a large one in slices, in order', async () => {
  studio = new Studio()
  const leg = join()
  studio.tick([8000, 0, 0], [60_000, 0, 0])
  const whole = Math.ceil(60_000 / 1096)
  expect(leg.packets.length).toBe(16)
  await expect.poll(() => leg.packets.length, { timeout: 5000 }).toBe(whole)
  studio.tick()
  expect(leg.packets.length).toBe(whole + 8)
  expectOneStream(leg)
})

test('what is left of a large frame goes before the next one', () => {
  studio = new Studio()
  const leg = join()
  studio.tick([8000, 0, 0], [60_000, 0, 0])
  studio.tick()
  expect(leg.packets.length).toBe(Math.ceil(60_000 / 1096) + 8)
  expectOneStream(leg)
})

test('one whose line is thin goes down on a keyframe, without a gap, and others notice nothing', () => {
  studio = new Studio()
  const [good, thin] = [join(), join()]
  studio.tick()
  expect(studio.rungs).toEqual([0])
  studio.sender.estimated(thin, 200_000, studio.nowMs)
  expect(studio.rungs).toEqual([0, 2])
  expect(studio.keyframes).not.toContainEqual({ codec: 'vp8', rung: 0 })
  const oldPackets = thin.packets.length
  const lastOld = thin.headers[oldPackets - 1]!
  for (let i = 0; i < 10; i++) studio.tick()
  expect(thin.packets.length).toBe(oldPackets + 10)
  expect(good.packets.length).toBe(oldPackets + 80)
  for (const leg of [good, thin]) expectOneStream(leg)

  // What is asked for again from before and after comes from the right encode.
  const wanted = [lastOld.sequenceNumber, (lastOld.sequenceNumber + 1) & 0xffff]
  studio.sender.resend(thin, wanted, studio.nowMs)
  const [before, after] = thin.packets.slice(-2)
  expect(before?.equals(thin.packets[oldPackets - 1]!)).toBe(true)
  expect(after?.equals(thin.packets[oldPackets]!)).toBe(true)

  // Its keyframes are its own.
  studio.keyframes = []
  studio.nowMs += 5000
  studio.sender.keyframeRequested(thin, studio.nowMs)
  expect(studio.keyframes).toEqual([{ codec: 'vp8', rung: 2 }])

  studio.sender.remove(thin)
  expect(studio.rungs).toEqual([0])
})

test('the way up: fillers between frames, numbered in line, answered when lost; then the larger picture', () => {
  studio = new Studio()
  const leg = join()
  studio.tick()
  studio.sender.estimated(leg, 200_000, studio.nowMs)
  for (let i = 0; i < 250 && studio.rungs.includes(2); i++) {
    studio.tick()
    // As Chromium does it: 8 % more every second, while all is well.
    if (i % 25 === 0) studio.sender.estimated(leg, 200_000 * 1.08 ** (i / 25), studio.nowMs)
  }
  expect(studio.rungs).toEqual([1])
  expectOneStream(leg)
  const fillers = leg.headers.filter(({ payloadLength }) => payloadLength === 0)
  expect(fillers.length).toBeGreaterThan(100)
  for (const filler of fillers) expect(filler.marker).toBe(false)
  studio.sender.resend(leg, [fillers.at(-1)!.sequenceNumber], studio.nowMs)
  expect(leg.headers.at(-1)).toMatchObject({
    sequenceNumber: fillers.at(-1)!.sequenceNumber,
    payloadLength: 0,
    paddingLength: 1,
  })
})

test('statistics name every encode and who gets it', () => {
  studio = new Studio()
  const [, thin] = [join(), join()]
  studio.tick()
  studio.sender.estimated(thin, 200_000, studio.nowMs)
  studio.tick()
  const encode = {
    codec: 'vp8',
    isWanted: true,
    framesEncoded: 1,
    keyframesEncoded: 1,
    bytesEncoded: 1,
  } as const
  const stats = studio.sender.stats([
    { ...encode, rung: 0, width: 1280, height: 720 },
    { ...encode, rung: 2, width: 320, height: 180 },
  ])
  expect(stats.map(({ height, receivers }) => [height, receivers])).toEqual([
    [720, 1],
    [180, 1],
  ])
})
