import { expect, test } from 'vitest'
import { frameMs, frameSamples } from '../audio/index.ts'
import { silenceCodecs } from '../video/codecs.ts'
import { MixEncoder } from './MixEncoder.ts'
import type { AudioUnit } from './mediaUnits.ts'

silenceCodecs()
const soundMs = 1024 / 48

function encode(ticksAtMs: readonly number[]): AudioUnit[] {
  const units: AudioUnit[] = []
  const encoder = new MixEncoder((unit) => units.push(unit))
  const samples = new Float32Array(frameSamples).fill(0.1)
  for (const atMs of ticksAtMs) encoder.push(atMs % 100 === 0 ? null : samples, atMs)
  encoder.free()
  return units
}

function ticks(fromMs: number, toMs: number): number[] {
  return Array.from({ length: (toMs - fromMs) / frameMs }, (_, index) => fromMs + index * frameMs)
}

test('20 ms ticks become AAC frames one behind the other, from the first tick on', () => {
  const units = encode(ticks(5000, 7000))
  expect(units[0]?.atMs).toBe(5000)
  for (const [index, { atMs }] of units.entries()) expect(atMs).toBeCloseTo(5000 + index * soundMs, 6)
  // All but what the encoder holds back.
  expect(units.length).toBeGreaterThan(2000 / soundMs - 4)
})

test('silence stands for ticks the machine was too slow for', () => {
  const units = encode([...ticks(0, 600), ...ticks(980, 2000)])
  for (const [index, { atMs }] of units.entries()) expect(atMs).toBeCloseTo(index * soundMs, 6)
  expect(units.length).toBeGreaterThan(2000 / soundMs - 4)
})

test('a stop of the whole machine is left out: what follows lies where it belongs', () => {
  const units = encode([...ticks(0, 600), ...ticks(60_000, 61_000)])
  const after = units.filter(({ atMs }) => atMs > 30_000)
  expect(after.length).toBeGreaterThan(1000 / soundMs - 5)
  expect(after[0]!.atMs - 60_000).toBeLessThan(soundMs)
  expect(after.at(-1)!.atMs + soundMs).toBeLessThanOrEqual(61_000)
})
