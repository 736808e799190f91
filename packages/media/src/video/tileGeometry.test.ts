import fc from 'fast-check'
import { expect, test } from 'vitest'

import { arrangeScene, visibleSources } from './arrangeScene.ts'
import { layer } from './testKit.ts'
import { contains, fitSource, overlaps, placeTile, type Rect } from './tileGeometry.ts'

const canvases = [
  { width: 1280, height: 720 },
  { width: 1920, height: 1080 },
]

test('every cell of every grid: edges within 1 % of the layer, inside the canvas, aligned, no overlap', () => {
  for (const { width, height } of canvases) {
    for (const side of [1, 2, 3, 4, 5, 6, 8, 10, 15]) {
      const cell = 360 / side
      const tiles: Rect[] = []
      for (let index = 0; index < side * side; index++) {
        const place = placeTile(
          // Rounded to four digits, as percent on the wire are.
          {
            x: round4(((index % side) * cell) / 3.6),
            y: round4((Math.floor(index / side) * cell) / 3.6),
            width: round4(cell / 3.6),
            height: round4(cell / 3.6),
          },
          width,
          height,
        )
        const { rect } = place!
        expect(rect.width % 16).toBe(0)
        expect([rect.x % 2, rect.y % 2, rect.height % 2]).toEqual([0, 0, 0])
        expect(contains({ x: 0, y: 0, width, height }, rect)).toBe(true)
        const left = ((index % side) * width) / side
        const top = (Math.floor(index / side) * height) / side
        expect(Math.abs(rect.x - left)).toBeLessThan(width * 0.01)
        expect(Math.abs(rect.x + rect.width - left - width / side)).toBeLessThan(width * 0.01)
        expect(Math.abs(rect.y - top)).toBeLessThan(height * 0.01)
        expect(Math.abs(rect.y + rect.height - top - height / side)).toBeLessThan(height * 0.01)
        expect(tiles.some((other) => overlaps(other, rect))).toBe(false)
        tiles.push(rect)
      }
    }
  }
})

test('whole tiles keep the layer aspect: 416x234 at 3x3, 640 wide at 2x2 and at 3x3 of 1080p', () => {
  const third = { x: 33.3333, y: 33.3333, width: 33.3333, height: 33.3333 }
  expect(placeTile(third, 1280, 720)!.rect).toMatchObject({ width: 416, height: 234 })
  expect(placeTile(third, 1920, 1080)!.rect).toMatchObject({ width: 640, height: 360 })
  const half = placeTile({ x: 50, y: 0, width: 50, height: 50 }, 1280, 720)!
  expect(half).toEqual({
    rect: { x: 640, y: 0, width: 640, height: 360 },
    rim: { left: 2, top: 0, right: 0, bottom: 2 },
  })
})

test('any layer at all, even nonsense, gives a tile inside the canvas or none', () => {
  const number = fc.oneof(fc.double({ min: -50, max: 150 }), fc.double())
  fc.assert(
    fc.property(number, number, number, number, (x, y, width, height) => {
      const place = placeTile({ x, y, width, height }, 1280, 720)
      if (!place) return
      const { rect } = place
      expect(contains({ x: 0, y: 0, width: 1280, height: 720 }, rect)).toBe(true)
      expect([rect.x % 2, rect.y % 2, rect.height % 2, rect.width % 16]).toEqual([0, 0, 0, 0])
      expect(rect.width > 0 && rect.height > 0).toBe(true)
    }),
  )
})

test('crop and target lie inside source and tile, for any source', () => {
  const side = fc.integer({ min: 16, max: 1920 })
  const tile = { x: 96, y: 10, width: 416, height: 234 }
  fc.assert(
    fc.property(fc.constantFrom('cover' as const, 'contain' as const), side, side, (fit, width, height) => {
      const { crop, target } = fitSource(fit, width, height, tile)
      expect(contains({ x: 0, y: 0, width, height }, crop)).toBe(true)
      expect(contains(tile, target)).toBe(true)
      expect([crop.x % 2, crop.y % 2, target.x % 2, target.y % 2, target.width % 16]).toEqual([0, 0, 0, 0, 0])
      expect(crop.width >= 2 && crop.height >= 2).toBe(true)
      if (fit === 'contain') expect(crop).toEqual({ x: 0, y: 0, width, height })
      else expect(target).toEqual(tile)
    }),
  )
})

test('layers are ordered by zIndex; those wholly covered, muted or too small are not decoded', () => {
  const arranged = arrangeScene(
    {
      layers: [
        layer('top', [0, 0, 50, 50], { zIndex: 3 }),
        layer('covered', [10, 10, 20, 20], { zIndex: 1 }),
        layer('half', [40, 0, 50, 50], { zIndex: 0 }),
        layer('muted', [50, 50, 50, 50], { videoMuted: true }),
        layer('tiny', [0, 90, 1, 1]),
      ],
    },
    1280,
    720,
  )
  expect(arranged.map((tile) => tile.layer.sourceId)).toEqual(['half', 'muted', 'top'])
  expect(visibleSources(arranged)).toEqual(new Set(['half', 'top']))
})

function round4(value: number): number {
  return Math.round(value * 1e4) / 1e4
}
