import { expect, test } from 'vitest'
import { Canvas } from '@roomful/media/video/Canvas'
import { silenceCodecs } from '@roomful/media/video/codecs'
import { SourceDecoder } from '@roomful/media/video/SourceDecoder'
import { VideoEncoder } from '@roomful/media/video/VideoEncoder'
import { createTimeCode, type FillContext, type Pixels } from './timeCode.ts'

/** A picture that is only as bright as it was filled. */
class Picture implements FillContext, Pixels {
  fillStyle: unknown
  readonly data: Uint8ClampedArray
  readonly width: number
  readonly height: number

  constructor(width: number, height: number) {
    this.width = width
    this.height = height
    this.data = new Uint8ClampedArray(width * height * 4)
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    const level = { '#808080': 128, '#fff': 255, '#000': 0 }[String(this.fillStyle)] ?? 0
    for (let row = y; row < y + height; row++) {
      const start = (row * this.width + x) * 4
      this.data.fill(level, start, start + width * 4)
    }
  }
}

silenceCodecs()
const timeCode = createTimeCode()
const width = 640
const height = 360

function draw(value: number): Picture {
  const picture = new Picture(width, height)
  timeCode.draw(picture, { x: 0, y: 0, width, height }, value)
  return picture
}

/** Each pixel of the result is the nearest one of the picture. */
function scaled(picture: Pixels, toWidth: number, toHeight: number): Picture {
  const result = new Picture(toWidth, toHeight)
  for (let y = 0; y < toHeight; y++) {
    for (let x = 0; x < toWidth; x++) {
      const from =
        (Math.floor((y * picture.height) / toHeight) * picture.width +
          Math.floor((x * picture.width) / toWidth)) *
        4
      result.data.fill(picture.data[from + 1] ?? 0, (y * toWidth + x) * 4, (y * toWidth + x) * 4 + 4)
    }
  }
  return result
}

const values = [0, 1, 40, 12_345, 0x555555, 0xaaaaaa, timeCode.modulus - 1]

test('what is drawn is read, at any size', () => {
  for (const value of values) {
    expect(timeCode.read(draw(value))).toBe(value)
    expect(timeCode.read(scaled(draw(value), 160, 90))).toBe(value)
    expect(timeCode.read(scaled(draw(value), 426, 240))).toBe(value)
  }
})

test('fractions are cut off, and large numbers begin anew', () => {
  expect(timeCode.read(draw(77.9))).toBe(77)
  expect(timeCode.read(draw(timeCode.modulus + 5.5))).toBe(5)
})

test('nothing is read from a blank, a grey or a mixed picture', () => {
  for (const level of [0, 128, 255]) {
    const blank = new Picture(width, height)
    blank.data.fill(level)
    expect(timeCode.read(blank)).toBeUndefined()
  }
  // The upper half of one number over the lower half of another: two frames torn into one.
  const torn = draw(0x123456)
  torn.data.set(draw(0xedcba9).data.subarray(0, (torn.data.length * 0.41) | 0))
  expect(timeCode.read(torn)).toBeUndefined()
})

test('it survives VP8 at a low bitrate, frame after frame', () => {
  const encoder = new VideoEncoder('vp8', { width, height, fps: 25, videoBitrateBps: 300_000 })
  const decoder = new SourceDecoder()
  const canvas = new Canvas(width, height)
  try {
    for (let frame = 0; frame < 25; frame++) {
      const value = 1_000_000 + frame * 40
      const drawn = draw(value)
      const [luma] = canvas.planesAt(0, 0)
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          luma![y * canvas.strides[0]! + x] = 16 + ((drawn.data[(y * width + x) * 4] ?? 0) * 219) / 255
        }
      }
      const coded = encoder.encode(canvas.frame, frame, false)
      expect(coded).not.toBeNull()
      decoder.decode('vp8', Buffer.from(coded!.data), coded!.isKey)
      const { data, linesize } = decoder.picture!
      const received = new Picture(width, height)
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const level = ((data![0]![y * linesize[0]! + x]! - 16) * 255) / 219
          received.data.fill(level, (y * width + x) * 4, (y * width + x) * 4 + 4)
        }
      }
      expect(timeCode.read(received)).toBe(value)
    }
  } finally {
    encoder.free()
    decoder.free()
    canvas.free()
  }
})
