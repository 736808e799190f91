import { AV_PIX_FMT_YUV420P, AVCOL_RANGE_MPEG } from 'node-av/constants'
import { Frame } from 'node-av/lib'

import { Cropper } from './Cropper.ts'
import type { Rect } from './tileGeometry.ts'
import type { YuvPatch } from './YuvPatch.ts'

/** Black in limited range YUV, by plane. */
const black = [16, 128, 128] as const

/**
 * The room's picture: one YUV 4:2:0 frame (limited range) that is drawn into in place and handed to the
 * encoders every tick. Coordinates are even pixels.
 */
export class Canvas {
  readonly width: number
  readonly height: number
  readonly frame: Frame
  /** Bytes per row of each plane. */
  readonly strides: number[]
  readonly #planes: Buffer[]

  constructor(width: number, height: number) {
    this.width = width
    this.height = height
    this.frame = new Frame()
    this.frame.alloc()
    this.frame.format = AV_PIX_FMT_YUV420P
    this.frame.colorRange = AVCOL_RANGE_MPEG
    this.frame.width = width
    this.frame.height = height
    const result = this.frame.getBuffer(0)
    const planes = this.frame.data
    if (result < 0 || !planes || planes.length < 3) {
      throw new Error(`A canvas of ${width}x${height} pixels cannot be allocated (FFmpeg error ${result}).`)
    }
    this.#planes = planes.slice(0, 3)
    this.strides = this.frame.linesize.slice(0, 3)
    this.clear()
  }

  clear(): void {
    for (let plane = 0; plane < 3; plane++) this.#planes[plane]!.fill(black[plane]!)
  }

  /** The three planes, each beginning at the pixel (x, y): what a scaler draws into. */
  planesAt(x: number, y: number): Buffer[] {
    return this.#planes.map((plane, index) => plane.subarray(this.#offset(index, x, y)))
  }

  /** A rectangle of it as a frame of its own that shares its memory: what a scaler draws into. To be freed. */
  part(rect: Rect): Frame {
    const part = new Frame()
    part.alloc()
    const cropper = new Cropper({ width: this.width, height: this.height, format: AV_PIX_FMT_YUV420P }, rect)
    cropper.crop(this.frame, part)
    cropper.free()
    return part
  }

  fillBlack(rect: Rect): void {
    for (let plane = 0; plane < 3; plane++) {
      const shift = plane === 0 ? 0 : 1
      const stride = this.strides[plane]!
      const bytes = this.#planes[plane]!
      const value = black[plane]!
      const width = rect.width >> shift
      let offset = this.#offset(plane, rect.x, rect.y)
      for (let row = rect.height >> shift; row > 0; row--, offset += stride) {
        // A call of fill costs more than writing a rim of a pixel or two.
        if (width > 4) bytes.fill(value, offset, offset + width)
        else for (let i = 0; i < width; i++) bytes[offset + i] = value
      }
    }
  }

  /** Draws a still picture with its top left corner at (x, y). It must lie inside the canvas. */
  draw(patch: YuvPatch, x: number, y: number): void {
    for (const span of patch.spans) {
      const shift = span.plane === 0 ? 0 : 1
      const row = (y >> shift) + span.y
      this.#planes[span.plane]!.set(span.bytes, row * this.strides[span.plane]! + (x >> shift) + span.x)
    }
    const luma = this.#planes[0]!
    const stride = this.strides[0]!
    for (const edge of patch.edges) {
      const at = (y + edge.y) * stride + x + edge.x
      const under = luma[at]!
      luma[at] = under + Math.round((edge.luma - under) * edge.alpha)
    }
  }

  #offset(plane: number, x: number, y: number): number {
    return plane === 0 ? y * this.strides[0]! + x : (y >> 1) * this.strides[plane]! + (x >> 1)
  }

  free(): void {
    this.frame.free()
  }
}
