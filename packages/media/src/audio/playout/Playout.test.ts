import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sampleRateHz } from '../constants.ts'
import { openCodecCount } from '../opus/codecContext.ts'
import type { AudioRtpPacket } from '../RoomAudio.ts'
import { goertzelDb, OpusTone, rmsDb } from '../testing/index.ts'
import type { OpusRecorder, OpusToneOptions } from '../testing/index.ts'
import { RoomRig } from '../testing/RoomRig.ts'
import type { Network } from '../testing/RoomRig.ts'
import type { PlayoutStats } from './Playout.ts'

let rig: RoomRig
let ear: OpusRecorder
const tones: OpusTone[] = []

beforeEach(() => {
  rig = new RoomRig()
  ear = rig.addListener('ear')
})
afterEach(() => {
  rig.close()
  for (const tone of tones.splice(0)) tone.close()
  expect(openCodecCount()).toBe(0)
})

function newTone(options: Partial<OpusToneOptions> = {}): OpusTone {
  const tone = new OpusTone({ frequencyHz: 440, bitrateBps: 48_000, ...options })
  tones.push(tone)
  return tone
}

function send(tone: { next(): AudioRtpPacket }, network?: Network, intervalMs?: number): void {
  rig.addSender({ sourceId: 'ann', next: () => tone.next(), network, intervalMs })
}

const stats = (): PlayoutStats => rig.room.stats().sources[0]!
const toneDb = (durationMs: number): number => goertzelDb(ear.last(durationMs), sampleRateHz, 440)

/** The quietest 10 ms, in dB: a hole in the sound shows here. */
function quietestDb(samples: Float32Array): number {
  let quietest = 0
  for (let start = 0; start + 480 <= samples.length; start += 240) {
    quietest = Math.min(quietest, rmsDb(samples.subarray(start, start + 480)))
  }
  return quietest
}

/** Seeded, so that a failure can be repeated. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

describe('a good network', () => {
  test('sound begins after about 40 ms and nothing is lost, made up or stretched', () => {
    send(newTone(), () => 5)
    rig.run(200)
    // The first recorded sample is that of the first tick, at 20 ms; encoder and decoder hold 6.5 ms each.
    const startMs = ear.samples.findIndex((sample) => Math.abs(sample) > 0.01) / 48 + 20
    const delayMs = startMs - 5 - 13
    expect(delayMs).toBeGreaterThan(37)
    expect(delayMs).toBeLessThan(43)
    rig.run(5000)
    expect(quietestDb(ear.last(4000))).toBeGreaterThan(-17)
    expect(Math.abs(toneDb(1000) + 12)).toBeLessThan(0.5)
    expect(stats()).toMatchObject({
      packetsLate: 0,
      packetsSkipped: 0,
      concealedSamples: 0,
      shortenedSamples: 0,
      lengthenedSamples: 0,
    })
  })

  test('numbers may wrap', () => {
    send(newTone({ firstSequenceNumber: 65_530, firstRtpTimestamp: 2 ** 32 - 20 * 960 }))
    rig.run(2000)
    expect(stats()).toMatchObject({ concealedSamples: 0, packetsLate: 0, restarts: 0 })
    expect(quietestDb(ear.last(1500))).toBeGreaterThan(-17)
  })

  test.each([
    [10, 480],
    [40, 1920],
    [60, 2880],
  ])('packets of %i ms play as well', (durationMs, durationSamples) => {
    // 10 ms: the encoder here makes 20 ms frames only, so silence stands in for the tone.
    const packets = durationMs === 10 ? null : newTone()
    let sequenceNumber = 0
    send(
      {
        next: () => {
          const rtpTimestamp = sequenceNumber * durationSamples
          const payload = packets ? joinFrames(packets, durationMs / 20) : Uint8Array.of(30 << 3, 0xff, 0xfe)
          return { sequenceNumber: sequenceNumber++ & 0xffff, rtpTimestamp, payload, marker: false }
        },
      },
      undefined,
      durationMs,
    )
    rig.run(3000)
    expect(stats()).toMatchObject({ packetsInvalid: 0, concealedSamples: 0, packetsLate: 0 })
    if (packets) {
      expect(quietestDb(ear.last(2000))).toBeGreaterThan(-17)
      expect(Math.abs(toneDb(1000) + 12)).toBeLessThan(0.5)
    }
  })
})

/** Several 20 ms packets as one: code 3 with lengths of its own per frame (RFC 6716 section 3.2.5). */
function joinFrames(tone: OpusTone, count: number): Uint8Array {
  const frames = Array.from({ length: count }, () => tone.next().payload)
  const bytes = [(frames[0]![0]! & 0xfc) | 3, 0x80 | count]
  for (const frame of frames.slice(0, -1)) {
    const length = frame.length - 1
    if (length < 252) bytes.push(length)
    else bytes.push(252 + (length & 3), (length - (252 + (length & 3))) >> 2)
  }
  for (const frame of frames) bytes.push(...frame.subarray(1))
  return Uint8Array.from(bytes)
}

describe('loss', () => {
  test.each([0.05, 0.1])('a loss of %f is concealed: no hole, energy kept', (share) => {
    const random = randomFrom(7)
    let justLost = false
    // Single losses; bursts have their own test.
    send(newTone(), (index) => {
      justLost = !justLost && index > 50 && random() < share / (1 - share)
      return justLost ? null : 30
    })
    rig.run(10_000)
    expect(stats().concealedSamples / 960).toBeGreaterThan(500 * share * 0.5)
    expect(stats().concealedSamples / 960).toBeLessThan(500 * share * 1.6)
    expect(quietestDb(ear.last(9000))).toBeGreaterThan(-24)
    expect(Math.abs(rmsDb(ear.last(9000)) + 15)).toBeLessThan(1)
  })

  test('a burst of 3 is concealed, one of 15 fades to silence and sound comes back', () => {
    send(newTone(), (index) => ((index >= 100 && index < 103) || (index >= 200 && index < 215) ? null : 30))
    rig.run(3000)
    expect(quietestDb(ear.last(2000))).toBeGreaterThan(-35)
    const afterShortBurst = stats().concealedSamples
    expect(afterShortBurst).toBe(3 * 960)
    rig.run(1240)
    expect(rmsDb(ear.last(40))).toBeLessThan(-80)
    rig.run(1000)
    expect(stats().concealedSamples - afterShortBurst).toBeLessThanOrEqual(6 * 960)
    expect(quietestDb(ear.last(500))).toBeGreaterThan(-17)
  })

  test('a sender that stalls is concealed for 100 ms, then silent; the burst that follows does not pile up', () => {
    send(newTone(), (index) => (index >= 100 && index < 150 ? 30 + (150 - index) * 20 : 30))
    rig.run(2200)
    rig.run(500)
    expect(rmsDb(ear.last(300))).toBeLessThan(-80)
    rig.run(3000)
    expect(stats().bufferedMs).toBeLessThan(200)
    expect(stats().packetsSkipped).toBeGreaterThan(20)
    expect(Math.abs(toneDb(1000) + 12)).toBeLessThan(0.5)
  })
})

describe('order', () => {
  test('packets that overtake each other by 20 ms are put in order', () => {
    send(newTone(), (index) => (index % 5 === 3 ? 55 : 30))
    rig.run(5000)
    ear.clear()
    const before = stats().concealedSamples
    rig.run(3000)
    expect(stats().concealedSamples - before).toBe(0)
    expect(quietestDb(ear.samples)).toBeGreaterThan(-17)
  })

  test('duplicates are played once', () => {
    const tone = newTone()
    let pending: AudioRtpPacket | null = null
    send(
      {
        next: () => {
          const packet = pending ?? tone.next()
          pending = pending ? null : packet
          return packet
        },
      },
      undefined,
      10,
    )
    rig.run(3000)
    expect(stats().packetsDuplicate + stats().packetsLate).toBeGreaterThan(140)
    expect(stats()).toMatchObject({ concealedSamples: 0, packetsSkipped: 0 })
    expect(stats().targetDelayMs).toBeLessThan(80)
    expect(quietestDb(ear.last(2000))).toBeGreaterThan(-17)
  })
})

describe('DTX', () => {
  test('a jump of the timestamp without a missing number is silence, not loss', () => {
    const tone = newTone()
    send(tone)
    rig.run(1000)
    rig.removeSender('ann')
    tone.pause(400)
    rig.run(400)
    send(tone)
    rig.run(200)
    ear.clear()
    rig.run(800)
    expect(quietestDb(ear.samples)).toBeGreaterThan(-17)
    // Only the end of the sound was faded out; the pause itself was not concealed.
    expect(stats().concealedSamples).toBeLessThanOrEqual(5 * 960)
    expect(stats()).toMatchObject({ packetsLate: 0, packetsSkipped: 0, restarts: 0 })
    expect(stats().bufferedMs).toBeLessThan(60)
  })
})

describe('jitter', () => {
  test.each([40, 100, 200])('of up to %i ms is steady after adaption', (jitterMs) => {
    const random = randomFrom(11)
    send(newTone(), () => 20 + random() * jitterMs)
    rig.run(15_000)
    ear.clear()
    const before = stats()
    rig.run(20_000)
    const after = stats()
    expect((after.concealedSamples - before.concealedSamples) / 960).toBeLessThanOrEqual(5)
    expect(quietestDb(ear.samples)).toBeGreaterThan(-25)
    expect(after.targetDelayMs).toBeGreaterThan(jitterMs * 0.8)
    expect(after.targetDelayMs).toBeLessThanOrEqual(Math.min(280, jitterMs + 65))
    expect(after.bufferedMs).toBeLessThan(after.targetDelayMs + 60)
  })

  test('once it is over the delay shrinks again', () => {
    const random = randomFrom(13)
    let jitterMs = 120
    send(newTone(), () => 20 + random() * jitterMs)
    rig.run(10_000)
    expect(stats().targetDelayMs).toBeGreaterThan(100)
    jitterMs = 4
    rig.run(60_000)
    expect(stats().targetDelayMs).toBeLessThanOrEqual(40)
    expect(stats().bufferedMs).toBeLessThan(80)
    expect(Math.abs(toneDb(1000) + 12)).toBeLessThan(0.5)
  })
})

describe('clocks', () => {
  test.each([500, -500])(
    'a drift of %i ppm for 3 minutes keeps delay and sound',
    (ppm) => {
      const random = randomFrom(17)
      send(newTone(), () => 20 + random() * 5, 20 * (1 - ppm / 1e6))
      rig.run(5000)
      let mostBufferedMs = 0
      let leastDb = 0
      for (let second = 0; second < 180; second += 5) {
        ear.clear()
        rig.run(5000)
        mostBufferedMs = Math.max(mostBufferedMs, stats().bufferedMs)
        leastDb = Math.min(leastDb, quietestDb(ear.samples))
      }
      expect(mostBufferedMs).toBeLessThan(110)
      expect(leastDb).toBeGreaterThan(-20)
      const { shortenedSamples, lengthenedSamples, concealedSamples } = stats()
      const correctedMs = (ppm > 0 ? shortenedSamples : lengthenedSamples) / 48
      // 500 ppm of 180 s are 90 ms.
      expect(correctedMs).toBeGreaterThan(60)
      expect(correctedMs).toBeLessThan(250)
      expect(concealedSamples / 960).toBeLessThanOrEqual(3)
    },
    30_000,
  )
})

describe('a new stream', () => {
  test('after resetSource other numbers play at once', () => {
    send(newTone({ firstSequenceNumber: 40_000, firstRtpTimestamp: 3_000_000_000 }))
    rig.run(1000)
    rig.removeSender('ann')
    rig.run(200)
    rig.room.resetSource('ann')
    send(newTone({ firstSequenceNumber: 12, firstRtpTimestamp: 77 }))
    rig.run(140)
    ear.clear()
    rig.run(500)
    expect(quietestDb(ear.samples)).toBeGreaterThan(-17)
    expect(stats().restarts).toBe(0)
  })

  test('even without it a jump of the clock is understood as a new beginning', () => {
    send(newTone({ firstRtpTimestamp: 3_000_000_000 }))
    rig.run(1000)
    rig.removeSender('ann')
    send(newTone({ firstSequenceNumber: 12, firstRtpTimestamp: 77 }))
    rig.run(200)
    ear.clear()
    rig.run(500)
    expect(quietestDb(ear.samples)).toBeGreaterThan(-17)
    expect(stats().restarts).toBe(1)
  })
})
