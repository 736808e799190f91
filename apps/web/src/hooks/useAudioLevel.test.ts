import { expect, it } from 'vitest'
import { levelOf } from './useAudioLevel.ts'

const sine = (amplitude: number) => Float32Array.from({ length: 960 }, (_, i) => amplitude * Math.sin(i / 5))

it('is 0 for silence and faint noise, 1 for loud speech', () => {
  expect(levelOf(new Float32Array(960))).toBe(0)
  expect(levelOf([])).toBe(0)
  expect(levelOf(sine(0.001))).toBe(0)
  expect(levelOf(sine(0.5))).toBe(1)
})

it('rises evenly with decibels', () => {
  const quiet = levelOf(sine(0.01))
  const louder = levelOf(sine(0.1))
  // 20 dB are 20 of the 48 dB between the ends.
  expect(louder - quiet).toBeCloseTo(20 / 48, 2)
})
