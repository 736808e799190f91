import { expect, test } from 'vitest'
import { PictureDelay } from './PictureDelay.ts'

const usualMs = 20

test('follows what sound waits: at once at first, then too slowly to be seen', () => {
  const delay = new PictureDelay()
  expect(delay.next(1000, null)).toBe(usualMs)
  expect(delay.next(1040, 120)).toBe(100)
  expect(delay.next(1080, 40)).toBeCloseTo(100 - 0.8, 6)
  let last = 0
  for (let atMs = 1120; atMs <= 11_000; atMs += 40) last = delay.next(atMs, 40)
  expect(last).toBe(usualMs)
})

test('silence changes nothing, and a late picture makes no step of more than its time allows', () => {
  const delay = new PictureDelay()
  delay.next(0, 100)
  expect(delay.next(5000, null)).toBe(80)
  expect(delay.next(5040, 300)).toBeCloseTo(80.8, 6)
  expect(delay.next(5020, 300)).toBeCloseTo(80.8, 6)
})

test('stays within sense', () => {
  expect(new PictureDelay().next(0, 5000)).toBe(300)
  expect(new PictureDelay().next(0, 0)).toBe(0)
})
