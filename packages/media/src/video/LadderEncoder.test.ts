import { afterEach, beforeEach, expect, test } from 'vitest'
import { Canvas } from './Canvas.ts'
import { silenceCodecs } from './codecs.ts'
import { ladderOf, type EncodeKey } from './ladder.ts'
import { LadderEncoder } from './LadderEncoder.ts'
import { SmallCanvas } from './SmallCanvas.ts'
import type { EncodedPicture } from './VideoEncoder.ts'

const options = { width: 640, height: 360, fps: 25, videoBitrateBps: 2_000_000 }
type Picture = EncodeKey & EncodedPicture

let canvas: Canvas
let ladder: LadderEncoder
let frameNumber = 0
beforeEach(() => {
  silenceCodecs()
  canvas = new Canvas(options.width, options.height)
  ladder = new LadderEncoder(options)
})
afterEach(() => {
  ladder.free()
  canvas.free()
})

/** One tick of the clock; keyframes may be made 300 ms apart. */
function tick(): Picture[] {
  const pictures: Picture[] = []
  frameNumber++
  ladder.encode(canvas.frame, frameNumber, frameNumber * 400, (key, picture) =>
    pictures.push({ ...key, ...picture }),
  )
  return pictures
}

/** RFC 6386 9.1. */
function sizeOf({ data }: Picture): [number, number] {
  const view = new DataView(data.buffer, data.byteOffset)
  return [view.getUint16(6, true) & 0x3fff, view.getUint16(8, true) & 0x3fff]
}

test('ladders: halves and quarters of the canvas, down to what can be seen', () => {
  const rungs = (width: number, height: number, videoBitrateBps: number): string[] =>
    ladderOf({ width, height, fps: 25, videoBitrateBps }).map(
      (rung) => `${rung.width}x${rung.height} ${rung.bitrateBps / 1000}k`,
    )
  expect(rungs(1280, 720, 2_000_000)).toEqual(['1280x720 2000k', '640x360 500k', '320x180 150k'])
  expect(rungs(1920, 1080, 4_000_000)).toEqual(['1920x1080 4000k', '960x540 1000k', '480x270 150k'])
  expect(rungs(320, 180, 400_000)).toEqual(['320x180 400k', '160x90 100k'])
  expect(rungs(160, 90, 100_000)).toEqual(['160x90 100k'])
})

test('each wanted size is encoded once, smaller ones first, beginning with a keyframe; nothing else is', () => {
  ladder.setDemand([{ codec: 'vp8', rung: 0 }])
  expect(ladder.isWanted).toBe(true)
  expect(tick().map(({ rung, isKey }) => ({ rung, isKey }))).toEqual([{ rung: 0, isKey: true }])
  ladder.setDemand([
    { codec: 'vp8', rung: 0 },
    { codec: 'vp8', rung: 2 },
    { codec: 'vp8', rung: 1 },
    { codec: 'h264', rung: 2 },
  ])
  const pictures = tick()
  expect(pictures.map(({ codec, rung, isKey }) => `${codec} ${rung} ${isKey}`)).toEqual([
    'h264 2 true',
    'vp8 2 true',
    'vp8 1 true',
    'vp8 0 false',
  ])
  expect(
    pictures
      .filter(({ codec }) => codec === 'vp8')
      .slice(0, 2)
      .map(sizeOf),
  ).toEqual([
    [160, 90],
    [320, 180],
  ])
  ladder.setDemand([{ codec: 'vp8', rung: 0 }])
  expect(tick().map(({ rung, isKey }) => ({ rung, isKey }))).toEqual([{ rung: 0, isKey: false }])
  const stats = ladder.stats()
  expect(stats.every(({ bytesEncoded }) => bytesEncoded > 0)).toBe(true)
  expect(stats).toMatchObject([
    { codec: 'vp8', rung: 0, width: 640, height: 360, isWanted: true, framesEncoded: 3, keyframesEncoded: 1 },
    {
      codec: 'vp8',
      rung: 1,
      width: 320,
      height: 180,
      isWanted: false,
      framesEncoded: 1,
      keyframesEncoded: 1,
    },
    { codec: 'vp8', rung: 2, width: 160, height: 90, isWanted: false, framesEncoded: 1, keyframesEncoded: 1 },
    {
      codec: 'h264',
      rung: 2,
      width: 160,
      height: 90,
      isWanted: false,
      framesEncoded: 1,
      keyframesEncoded: 1,
    },
  ])
  ladder.setDemand([])
  expect(ladder.isWanted).toBe(false)
  expect(tick()).toEqual([])
})

test('a keyframe of one size is none of another, and a size that comes back begins with one', () => {
  const both: EncodeKey[] = [
    { codec: 'vp8', rung: 0 },
    { codec: 'vp8', rung: 1 },
  ]
  const keys = (): string[] => tick().map(({ rung, isKey }) => `${rung} ${isKey}`)
  ladder.setDemand(both)
  expect(keys()).toEqual(['1 true', '0 true'])
  ladder.requestKeyframe({ codec: 'vp8', rung: 1 })
  expect(keys()).toEqual(['1 true', '0 false'])
  ladder.setDemand([both[0]!])
  expect(keys()).toEqual(['0 false'])
  ladder.setDemand(both)
  expect(keys()).toEqual(['1 true', '0 false'])
})

test('a small canvas shows what the large one does', () => {
  canvas.fillBlack({ x: 0, y: 0, width: 640, height: 360 })
  for (let row = 0; row < 360; row++) canvas.planesAt(320, row)[0]!.fill(200, 0, 320)
  const small = new SmallCanvas(options, { width: 160, height: 90 })
  small.draw(canvas.frame)
  const luma = small.frame.data![0]!
  const stride = small.frame.linesize[0]!
  for (const row of [0, 45, 89]) {
    expect(luma[row * stride + 10]).toBe(16)
    expect(luma[row * stride + 70]).toBe(16)
    expect(luma[row * stride + 90]).toBe(200)
    expect(luma[row * stride + 159]).toBe(200)
  }
  small.free()
})
