import { expect, test } from 'vitest'
import { frameSamples } from '../constants.ts'
import { ToneGenerator } from '../testing/index.ts'
import { PcmFifo } from './PcmFifo.ts'

function withTone(frequencyHz: number, samples: number): PcmFifo {
  const fifo = new PcmFifo()
  const pcm = new Float32Array(samples)
  new ToneGenerator(frequencyHz, 0.5).fill(pcm)
  fifo.push(pcm)
  return fifo
}

function takeAll(fifo: PcmFifo): Float32Array {
  const samples = new Float32Array(fifo.length)
  fifo.shift(samples)
  return samples
}

test('gives out what came in, then silence', () => {
  const fifo = new PcmFifo()
  fifo.push(Float32Array.of(1, 2, 3))
  fifo.push(Float32Array.of(4, 5, 6), 1)
  const out = new Float32Array(3)
  fifo.shift(out)
  expect([...out]).toEqual([1, 2, 3])
  fifo.shift(out)
  expect([...out]).toEqual([4, 0, 0])
  expect(fifo.length).toBe(0)
})

test('has a bound', () => {
  const fifo = new PcmFifo()
  for (let i = 0; i < 100; i++) fifo.push(new Float32Array(frameSamples))
  expect(fifo.length).toBeLessThan(20 * frameSamples)
  fifo.pushSilence(100 * frameSamples)
  expect(fifo.length).toBeLessThan(20 * frameSamples)
})

// A sine that is cut or repeated by whole periods obeys x[n+1] + x[n-1] = 2 cos(w) x[n] everywhere.
function worstBend(samples: Float32Array, frequencyHz: number): number {
  const factor = 2 * Math.cos((2 * Math.PI * frequencyHz) / 48_000)
  let worst = 0
  for (let i = 1; i + 1 < samples.length; i++) {
    worst = Math.max(worst, Math.abs(samples[i + 1]! + samples[i - 1]! - factor * samples[i]!))
  }
  return worst
}

test.each([100, 220, 440, 997, 3000])(
  'a tone of %i Hz is cut and repeated by whole periods, unheard',
  (hz) => {
    const shortened = withTone(hz, 3000)
    const cut = shortened.shorten(0.9)
    expect(cut).toBeGreaterThanOrEqual(240)
    expect(shortened.length).toBe(3000 - cut)
    expect(worstBend(takeAll(shortened), hz)).toBeLessThan(0.01)

    const lengthened = withTone(hz, 3000)
    const repeated = lengthened.lengthen(0.9)
    expect(lengthened.length).toBe(3000 + repeated)
    expect(worstBend(takeAll(lengthened), hz)).toBeLessThan(0.01)
  },
)

test('noise that resembles itself nowhere is left alone unless it has to be', () => {
  let seed = 3
  const noise = Float32Array.from({ length: 3000 }, () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return seed / 2 ** 32 - 0.5
  })
  const fifo = new PcmFifo()
  fifo.push(noise)
  expect(fifo.shorten(0.5)).toBe(0)
  expect(fifo.lengthen(0.5)).toBe(0)
  expect(fifo.length).toBe(3000)
  expect(fifo.shorten(-1)).toBeGreaterThan(0)
})

test('too little sound is not stretched', () => {
  const fifo = withTone(440, 900)
  expect(fifo.shorten(-1)).toBe(0)
  expect(fifo.lengthen(-1)).toBe(0)
})

test('fades', () => {
  const fifo = new PcmFifo()
  fifo.push(new Float32Array(4).fill(1))
  fifo.fadeIn(0, 4)
  expect([...takeAll(fifo)]).toEqual([0, 0.25, 0.5, 0.75])
  fifo.push(new Float32Array(6).fill(1))
  fifo.fadeOutTail(4)
  expect([...takeAll(fifo)]).toEqual([1, 1, 0.75, 0.5, 0.25, 0])
})
