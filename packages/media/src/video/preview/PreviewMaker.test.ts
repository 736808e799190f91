import { expect, it } from 'vitest'
import { Canvas } from '../Canvas.ts'
import { pictureIntervalMs, PreviewMaker, previewPeriodMs } from './PreviewMaker.ts'

const fill = (canvas: Canvas, luma: number): void => void canvas.planesAt(0, 0)[0]!.fill(luma)

it('is there at once, and anew at least twice a minute, from pictures that are spread over its time', () => {
  const canvas = new Canvas(1280, 720)
  const maker = new PreviewMaker(canvas)
  const previewsAtMs: number[] = []
  const takenAtMs: number[] = []
  // As the frame clock asks: 25 times a second, for two minutes.
  for (let atMs = 0; atMs < 120_000; atMs += 40) {
    if (!maker.isDue(atMs)) continue
    takenAtMs.push(atMs)
    if (maker.take(canvas.frame, atMs) !== null) previewsAtMs.push(atMs)
  }
  expect(previewsAtMs[0]).toBe(0)
  expect(previewsAtMs.length).toBeGreaterThanOrEqual(5)
  for (const [index, atMs] of previewsAtMs.slice(1).entries()) {
    expect(atMs - previewsAtMs[index]!).toBeLessThanOrEqual(previewPeriodMs + 40)
  }
  for (const [index, atMs] of takenAtMs.slice(1).entries()) {
    expect(Math.abs(atMs - takenAtMs[index]! - pictureIntervalMs)).toBeLessThanOrEqual(40)
  }
  maker.free()
  maker.free()
})

it('is an animated WebP of eight pictures, 320 x 180', () => {
  const canvas = new Canvas(1280, 720)
  const maker = new PreviewMaker(canvas)
  maker.take(canvas.frame, 0)
  let webp: Uint8Array | null = null
  for (let picture = 1; webp === null; picture++) {
    fill(canvas, picture % 2 === 0 ? 200 : 40)
    webp = maker.take(canvas.frame, picture * pictureIntervalMs)
  }
  const { width, height, frames } = readWebp(Buffer.from(webp))
  expect([width, height, frames]).toEqual([320, 180, 8])
  maker.free()
})

/** The header and the animation frames (`ANMF`) of an extended WebP file. */
function readWebp(file: Buffer): { width: number; height: number; frames: number } {
  expect(file.toString('latin1', 0, 4)).toBe('RIFF')
  expect(file.readUInt32LE(4)).toBe(file.length - 8)
  expect(file.toString('latin1', 8, 16)).toBe('WEBPVP8X')
  const isAnimated = (file[20]! & 2) !== 0
  let frames = 0
  for (let at = 12; at < file.length;) {
    if (file.toString('latin1', at, at + 4) === 'ANMF') frames++
    at += 8 + Math.ceil(file.readUInt32LE(at + 4) / 2) * 2
  }
  expect(isAnimated).toBe(true)
  return { width: file.readUIntLE(24, 3) + 1, height: file.readUIntLE(27, 3) + 1, frames }
}
