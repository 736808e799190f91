import { expect, test } from 'vitest'
import { applyGain, gainFromDb, meanAbsoluteLevel, rampSamples } from './gain.ts'

test('a volume is decibels, silence at -50', () => {
  expect(gainFromDb(0)).toBe(1)
  expect(gainFromDb(20)).toBe(10)
  expect(gainFromDb(-20)).toBe(0.1)
  expect(gainFromDb(-49)).toBeGreaterThan(0)
  expect(gainFromDb(-50)).toBe(0)
  expect(gainFromDb(-1000)).toBe(0)
  expect(gainFromDb(1000)).toBe(gainFromDb(50))
  expect(gainFromDb(NaN)).toBe(1)
})

test('a gain that changes slides there within 5 ms, and 0 is exactly 0', () => {
  const samples = new Float32Array(960).fill(1)
  applyGain(samples, 1, 0)
  for (let i = 1; i < rampSamples; i++) {
    expect(samples[i]!).toBeLessThan(samples[i - 1]!)
    expect(samples[i - 1]! - samples[i]!).toBeLessThan(0.005)
  }
  expect(new Set(samples.subarray(rampSamples))).toEqual(new Set([0]))
})

test('the level is the mean absolute value on the 16-bit scale', () => {
  expect(meanAbsoluteLevel(Float32Array.of(0.5, -0.5, 0, 0))).toBe(8192)
})
