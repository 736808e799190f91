import { expect, it } from 'vitest'
import { maxTileBitrateBps, minTileBitrateBps, tileBitrateBps } from './remb.ts'

it.each([
  [1280, 720, 1_500_000],
  [640, 360, 600_000],
  [426, 240, 350_000],
  [320, 180, 220_000],
  [160, 90, 100_000],
])('tileBitrateBps grants %ix%i its row of the table', (width, height, bitrateBps) => {
  expect(tileBitrateBps(width, height)).toBe(bitrateBps)
})

it('tileBitrateBps rises with the pixels and the frame rate, within its bounds', () => {
  let before = 0
  for (let width = 0; width <= 1920; width += 16) {
    const bitrateBps = tileBitrateBps(width, (width * 9) / 16)
    expect(bitrateBps).toBeGreaterThanOrEqual(before)
    before = bitrateBps
  }
  expect(tileBitrateBps(0, 0)).toBe(minTileBitrateBps)
  expect(tileBitrateBps(160, 90, 1)).toBe(minTileBitrateBps)
  expect(tileBitrateBps(1920, 1080, 30)).toBe(maxTileBitrateBps)
  expect(tileBitrateBps(640, 360, 30)).toBe(660_000)
  expect(tileBitrateBps(640, 360, 20)).toBe(540_000)
})
