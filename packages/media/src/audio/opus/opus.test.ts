import { afterEach, describe, expect, test } from 'vitest'
import { frameSamples } from '../constants.ts'
import { rmsDb, ToneGenerator } from '../testing/index.ts'
import { openCodecCount } from './codecContext.ts'
import { OpusDecoder } from './OpusDecoder.ts'
import { OpusEncoder } from './OpusEncoder.ts'
import { concealmentToc, opusDurationSamples } from './toc.ts'

const closing: { close(): void }[] = []
afterEach(() => {
  for (const closable of closing.splice(0)) {
    closable.close()
    closable.close()
  }
  expect(openCodecCount()).toBe(0)
})
function closed<T extends { close(): void }>(closable: T): T {
  closing.push(closable)
  return closable
}

describe('TOC', () => {
  test.each([
    ['SILK 10 ms', [0 << 3, 1], 480],
    ['SILK 60 ms', [11 << 3, 1], 2880],
    ['hybrid 10 ms', [14 << 3, 1], 480],
    ['hybrid 20 ms', [15 << 3, 1], 960],
    ['CELT 2.5 ms', [28 << 3, 1], 120],
    ['CELT 20 ms', [31 << 3, 1], 960],
    ['two CELT frames', [(31 << 3) | 1, 1, 1], 1920],
    ['two unequal ones', [(31 << 3) | 2, 1, 1, 1], 1920],
    ['three of 20 ms', [(31 << 3) | 3, 3, 1], 2880],
    ['120 ms', [(11 << 3) | 1, 1], 5760],
    ['more than 120 ms', [(31 << 3) | 3, 7, 1], 0],
    ['no frames', [(31 << 3) | 3, 0], 0],
    ['a missing count', [(31 << 3) | 3], 0],
    ['nothing', [], 0],
  ])('%s', (_name, bytes, samples) => {
    expect(opusDurationSamples(Uint8Array.from(bytes))).toBe(samples)
  })

  test('concealment keeps mode, bandwidth and channels of any packet, at 10 or 20 ms', () => {
    for (let config = 0; config < 32; config++) {
      for (const code of [0, 1, 2, 3]) {
        for (const stereo of [0, 4]) {
          for (const samples of [480, 960]) {
            const toc = concealmentToc((config << 3) | stereo | code, samples)
            expect(opusDurationSamples(Uint8Array.of(toc))).toBe(samples)
            expect(toc & 7).toBe(stereo)
            const group = (c: number): number => (c < 12 || c >= 16 ? c >> 2 : 100 + (c >> 1))
            expect(group(toc >> 3)).toBe(group(config))
          }
        }
      }
    }
  })
})

describe('codec', () => {
  test('codes a tone in CELT packets of 20 ms and gives it back', () => {
    const encoder = closed(new OpusEncoder())
    const decoder = closed(new OpusDecoder())
    const tone = new ToneGenerator(440, 0.5)
    const samples = new Float32Array(frameSamples)
    let decoded: Float32Array | null = null
    for (let i = 0; i < 50; i++) {
      tone.fill(samples)
      const packet = encoder.encode(samples)
      // CELT alone: a listener can be moved from one encoder to another.
      expect(packet[0]! >> 3).toBe(31)
      decoded = decoder.decode(Buffer.from(packet))
      expect(decoded).toHaveLength(frameSamples)
    }
    expect(Math.abs(rmsDb(decoded!) - rmsDb(samples))).toBeLessThan(0.5)
  })

  test.each(['audio', 'voip'] as const)('conceals with a fading continuation (%s)', (application) => {
    const encoder = closed(new OpusEncoder({ application }))
    const decoder = closed(new OpusDecoder())
    const tone = new ToneGenerator(300, 0.5)
    const samples = new Float32Array(frameSamples)
    for (let i = 0; i < 50; i++) {
      tone.fill(samples)
      decoder.decode(Buffer.from(encoder.encode(samples)))
    }
    const levels = Array.from({ length: 5 }, () => {
      const concealed = decoder.conceal(960)!
      expect(concealed).toHaveLength(960)
      return rmsDb(concealed)
    })
    expect(levels[0]).toBeGreaterThan(-15)
    expect(levels[4]!).toBeLessThan(levels[0]!)
    expect(decoder.conceal(480)).toHaveLength(480)
  })

  test('says null to what is not Opus and goes on', () => {
    const encoder = closed(new OpusEncoder())
    const decoder = closed(new OpusDecoder())
    expect(decoder.decode(Buffer.from([0xff, 0xff, 3, 1, 2]))).toBeNull()
    expect(decoder.decode(Buffer.from(encoder.encode(new Float32Array(frameSamples))))).toHaveLength(960)
    decoder.reset()
    expect(decoder.decode(Buffer.from(encoder.encode(new Float32Array(frameSamples))))).toHaveLength(960)
  })
})
