import { AV_PIX_FMT_YUV420P, type AVPixelFormat, SWS_FAST_BILINEAR } from 'node-av/constants'
import { Frame, SoftwareScaleContext } from 'node-av/lib'

import type { Canvas } from './Canvas.ts'
import { Cropper } from './Cropper.ts'
import { LruCache } from './LruCache.ts'
import type { Fitting, Rect } from './tileGeometry.ts'

/** This many sizes of tiles, of cropped sources and rectangles of the canvas are kept at once. */
const maxScalers = 64
const maxCroppers = 64
const maxTargets = 256

/** Scales (or copies, if the sizes agree) a part of a picture straight to its place in the canvas. */
export class ScalerPool {
  readonly #canvas: Canvas
  /** Tiles of equal size share a scaler. */
  readonly #scalers = new LruCache<SoftwareScaleContext>(maxScalers, (scaler) => scaler.freeContext())
  readonly #croppers = new LruCache<Cropper>(maxCroppers, (cropper) => cropper.free())
  /** Rectangles of the canvas as frames that share its memory. */
  readonly #targets = new LruCache<Frame>(maxTargets, (target) => target.free())
  readonly #part = new Frame()

  constructor(canvas: Canvas) {
    this.#canvas = canvas
    this.#part.alloc()
  }

  draw(picture: Frame, { crop, target }: Fitting): void {
    const { width, height } = picture
    const format = picture.format as AVPixelFormat
    if (!isInside(target, this.#canvas) || !isInside(crop, picture)) return
    const isWhole = crop.width === width && crop.height === height
    if (!isWhole) {
      const key = `${format} ${width}x${height} ${rectKey(crop)}`
      this.#croppers.get(key, () => new Cropper({ width, height, format }, crop)).crop(picture, this.#part)
    }
    const scaler = this.#scalers.get(
      `${format} ${crop.width}x${crop.height} ${target.width}x${target.height}`,
      () => openScaler(format, crop, target),
    )
    const into = this.#targets.get(rectKey(target), () => this.#canvas.part(target))
    scaler.scaleFrameSync(into, isWhole ? picture : this.#part)
    // What is cropped must not hold on to the picture's memory.
    if (!isWhole) this.#part.unref()
  }

  free(): void {
    this.#scalers.clear()
    this.#croppers.clear()
    this.#targets.clear()
    this.#part.free()
  }
}

function openScaler(format: AVPixelFormat, from: Rect, to: Rect): SoftwareScaleContext {
  const scaler = new SoftwareScaleContext()
  scaler.getContext(
    from.width,
    from.height,
    format,
    to.width,
    to.height,
    AV_PIX_FMT_YUV420P,
    SWS_FAST_BILINEAR,
  )
  return scaler
}

function rectKey({ x, y, width, height }: Rect): string {
  return `${x},${y} ${width}x${height}`
}

function isInside({ x, y, width, height }: Rect, outer: { width: number; height: number }): boolean {
  return x >= 0 && y >= 0 && x + width <= outer.width && y + height <= outer.height
}
