import { expect, test } from 'vitest'
import type { AudioSource } from '../AudioSource.ts'
import { frameSamples } from '../constants.ts'
import { softClip } from '../gain.ts'
import { Mix } from './Mix.ts'

function source(value: (i: number) => number, contributes = true): AudioSource {
  return {
    frame: Float32Array.from({ length: frameSamples }, (_, i) => value(i)),
    contributes,
  } as AudioSource
}

test('is the sum of those who contribute', () => {
  const mix = new Mix()
  const out = new Float32Array(frameSamples)
  mix.clear()
  expect(mix.render(out, [], 1, 1)).toBe(false)
  mix.add(source(() => 0.25))
  mix.add(source(() => 0.125))
  mix.add(source(() => 9, false))
  expect(mix.render(out, [], 1, 1)).toBe(true)
  expect(new Set(out)).toEqual(new Set([0.375]))
})

test('leaves one out exactly, and is silence when nobody else is there', () => {
  const mix = new Mix()
  const own = source((i) => Math.sin(i))
  const other = source((i) => 0.5 * Math.cos(i / 7))
  const out = new Float32Array(frameSamples)
  mix.clear()
  mix.add(own)
  expect(mix.render(out, [own], 1, 1)).toBe(false)
  mix.add(other)
  expect(mix.render(out, [own], 1, 1)).toBe(true)
  for (let i = 0; i < frameSamples; i++) expect(Math.abs(out[i]! - other.frame[i]!)).toBeLessThan(1e-6)
})

test('leaves out several at once', () => {
  const mix = new Mix()
  const own = source((i) => Math.sin(i))
  const screen = source((i) => Math.sin(i / 3))
  const quiet = source(() => 1, false)
  const other = source((i) => 0.5 * Math.cos(i / 7))
  const out = new Float32Array(frameSamples)
  mix.clear()
  for (const each of [own, screen, quiet]) mix.add(each)
  expect(mix.render(out, [own, screen, quiet], 1, 1)).toBe(false)
  mix.add(other)
  expect(mix.render(out, [own, screen, quiet], 1, 1)).toBe(true)
  for (let i = 0; i < frameSamples; i++) expect(Math.abs(out[i]! - other.frame[i]!)).toBeLessThan(1e-6)
})

test('sixteen full-scale sources at the highest volume stay within ±1, in the right direction', () => {
  const mix = new Mix()
  const out = new Float32Array(frameSamples)
  mix.clear()
  const sources = Array.from({ length: 16 }, () => source((i) => Math.sin(i / 10)))
  for (const each of sources) mix.add(each)
  mix.render(out, [], 316, 316)
  for (let i = 0; i < frameSamples; i++) {
    expect(Math.abs(out[i]!)).toBeLessThanOrEqual(1)
    expect(Math.sign(out[i]!)).toBe(Math.sign(sources[0]!.frame[i]!))
  }
})

test('the limiter leaves alone what is below its knee and is monotonic above', () => {
  const samples = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 500)
  const limited = Float32Array.from(samples)
  softClip(limited)
  for (let i = 0; i < samples.length; i++) {
    if (Math.abs(samples[i]!) <= 0.7) expect(limited[i]).toBe(samples[i])
    if (i > 0) expect(limited[i]!).toBeGreaterThanOrEqual(limited[i - 1]!)
  }
})
