import type { VideoLayout } from '@roomful/protocol'
import { expect, test } from 'vitest'
import { fitInside, layerStyle, uncoveredLayer, visibleLayer } from './geometry.ts'

test('fitInside is limited by the smaller side; a box without height by its width', () => {
  expect(fitInside({ width: 1600, height: 900 }, 16 / 9)).toEqual({ width: 1600, height: 900 })
  expect(fitInside({ width: 300, height: 600 }, 2)).toEqual({ width: 300, height: 150 })
  expect(fitInside({ width: 900, height: 160 }, 2)).toEqual({ width: 320, height: 160 })
  expect(fitInside({ width: 480, height: 0 }, 16 / 9)).toEqual({ width: 480, height: 270 })
  expect(fitInside({ width: 0, height: 0 }, 16 / 9)).toEqual({ width: 0, height: 0 })
})

const layer = (member_id: string | null, visible: boolean) => ({
  member_id,
  visible,
  x: 33.33,
  y: 0,
  width: 50,
  height: 50,
})
const layout = {
  layers: [layer(null, true), layer('hidden', false), layer('me', true)],
} as unknown as VideoLayout

test('visibleLayer finds the own tile, if it is shown', () => {
  expect(visibleLayer(layout, 'me')).toBe(layout.layers[2])
  expect(visibleLayer(layout, 'hidden')).toBeUndefined()
  expect(visibleLayer(layout, '')).toBeUndefined()
  expect(visibleLayer(undefined, 'me')).toBeUndefined()
})

test('uncoveredLayer does not find a tile that a film or a full screen covers', () => {
  const own = { ...layer('me', true), z_index: 3 }
  const whole = { ...layer(null, true), x: 0, y: 0, width: 100, height: 100, z_index: 9, playing_file: false }
  const find = (over: object) => uncoveredLayer({ layers: [own, { ...whole, ...over }] } as never, 'me')
  expect(find({ playing_file: true })).toBeUndefined()
  expect(find({ member_id: 'other' })).toBeUndefined()
  // Empty, below, or over a part of it only.
  expect(find({})).toBe(own)
  expect(find({ playing_file: true, z_index: 1 })).toBe(own)
  expect(find({ playing_file: true, width: 60 })).toBe(own)
})

test('layerStyle takes percent as they are', () => {
  expect(layerStyle(layer('me', true) as never)).toEqual({
    left: '33.33%',
    top: '0%',
    width: '50%',
    height: '50%',
  })
})
