import { layoutNames } from '@roomful/protocol'
import { expect, it } from 'vitest'
import { layoutPicture } from './layoutPictures.ts'

it.each(layoutNames.filter((name) => !name.startsWith('1up')))('draws %s within the picture', (name) => {
  const places = layoutPicture(name)
  expect(places.length).toBeGreaterThan(0)
  for (const [x, y, width, height] of places) {
    expect(Math.min(x, y, width, height)).toBeGreaterThanOrEqual(0)
    expect(Math.max(x + width, y + height)).toBeLessThanOrEqual(36 + 1e-9)
  }
})

it('draws a grid with all its cells, and nothing where it does not know', () => {
  expect(layoutPicture('4x4')).toHaveLength(16)
  expect(layoutPicture('toString')).toEqual([])
})
