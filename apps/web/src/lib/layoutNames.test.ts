import { expect, it } from 'vitest'
import { layoutLabel, sortLayouts } from './layoutNames.ts'

it('names layouts for people', () => {
  expect(layoutLabel('grid-responsive')).toBe('Grid')
  expect(layoutLabel('10x10')).toBe('10 × 10')
  expect(layoutLabel('1up-top-left5')).toBe('1up top left5')
})

it('sorts them from the one that fits itself to the largest', () => {
  expect(
    sortLayouts(['8x8', '2x1', '1x1', '5up', '2x2', '3x3', 'highlight-1-responsive', 'grid-responsive']),
  ).toEqual(['grid-responsive', 'highlight-1-responsive', '1x1', '2x1', '2x2', '5up', '3x3', '8x8'])
})
