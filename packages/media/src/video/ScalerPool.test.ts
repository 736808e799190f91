import {
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUVJ420P,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
} from 'node-av/constants'
import { Frame } from 'node-av/lib'
import { expect, test } from 'vitest'

import { Canvas } from './Canvas.ts'
import { silenceCodecs } from './codecs.ts'
import { LruCache } from './LruCache.ts'
import { ScalerPool } from './ScalerPool.ts'
import { fitSource, placeTile } from './tileGeometry.ts'

silenceCodecs()
const width = 1280
const height = 720
const blackLuma = 16

/** Numbers that look random and are the same for the same seed. */
function randomOf(seed: number): (from: number, to: number) => number {
  let state = seed
  return (from, to) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return from + Math.floor((state / 2 ** 32) * (to - from + 1))
  }
}

test('pictures of any shape fill their target, cropped or not, and touch nothing beside it', () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
  const random = randomOf(seed)
  const canvas = new Canvas(width, height)
  const pool = new ScalerPool(canvas)
  const luma = (x: number, y: number): number => canvas.planesAt(x, y)[0]![0]!
  let cropped = 0
  for (let round = 0; round < 250; round++) {
    const picture = new Frame()
    picture.alloc()
    const isFullRange = random(0, 1) === 1
    picture.format = isFullRange ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P
    picture.colorRange = isFullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
    const isSmall = random(0, 1) === 1
    picture.width = random(16, isSmall ? 90 : 1920)
    picture.height = random(16, isSmall ? 90 : 1088)
    picture.getBuffer()
    const level = random(60, 200)
    picture.data!.forEach((plane, index) => plane.fill(index === 0 ? level : 128))
    const layer = { x: random(0, 90), y: random(0, 90), width: random(3, 60), height: random(3, 60) }
    const tile = placeTile(layer, width, height)
    if (tile) {
      const fitting = fitSource(
        random(0, 3) > 0 ? 'cover' : 'contain',
        picture.width,
        picture.height,
        tile.rect,
      )
      if (fitting.crop.width < picture.width || fitting.crop.height < picture.height) cropped++
      canvas.clear()
      pool.draw(picture, fitting)
      const { x, y, width: across, height: down } = fitting.target
      const what = `seed ${seed}, round ${round}: ${picture.width}x${picture.height} ${JSON.stringify(fitting)}`
      // Full range is squeezed into the canvas's limited one.
      const expected = isFullRange ? 16 + (level * 219) / 255 : level
      for (const [px, py] of [
        [x, y],
        [x + across - 1, y],
        [x + (across >> 1), y + (down >> 1)],
        [x, y + down - 1],
        [x + across - 1, y + down - 1],
      ] as const) {
        expect(Math.abs(luma(px, py) - expected), what).toBeLessThanOrEqual(3)
      }
      for (const [px, py] of [
        [x - 1, y],
        [x, y - 1],
        [x + across, y],
        [x + across, y + down - 1],
        [x, y + down],
      ] as const) {
        const isOnCanvas = px >= 0 && py >= 0 && px < width && py < height
        if (isOnCanvas) expect(luma(px, py), what).toBe(blackLuma)
      }
    }
    picture.free()
  }
  expect(cropped).toBeGreaterThan(50)
  pool.free()
  canvas.free()
})

test('the least recently used values are freed beyond the limit, all of them at the end', () => {
  const freed: string[] = []
  const cache = new LruCache<string>(2, (value) => freed.push(value))
  const get = (key: string): string => cache.get(key, () => key.toUpperCase())
  expect([get('a'), get('b'), get('a'), get('c')]).toEqual(['A', 'B', 'A', 'C'])
  expect(freed).toEqual(['B'])
  cache.clear()
  expect(freed).toEqual(['B', 'A', 'C'])
  expect(get('a')).toBe('A')
})
