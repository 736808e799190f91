import { AV_PIX_FMT_YUV420P, type AVPixelFormat, SWS_FAST_BILINEAR } from 'node-av/constants'
import { type Frame, SoftwareScaleContext } from 'node-av/lib'

import type { Canvas } from './Canvas.ts'
import type { Fitting } from './tileGeometry.ts'

/** Tiles of equal size share a scaler; this many sizes at once are kept. */
const maxScalers = 64

/** Scales (or copies, if the sizes agree) a part of a picture straight to its place in the canvas. */
export class ScalerPool {
  /** Least recently used first. */
  readonly #scalers = new Map<string, SoftwareScaleContext>()

  draw(picture: Frame, fitting: Fitting, canvas: Canvas): void {
    const { crop, target } = fitting
    // swscale gets bare pointers: what it may touch is checked here, once per frame.
    const fitsCanvas = target.x + target.width <= canvas.width && target.y + target.height <= canvas.height
    const fitsPicture = crop.x + crop.width <= picture.width && crop.y + crop.height <= picture.height
    const planes = picture.data
    if (!planes || !fitsCanvas || !fitsPicture || target.x < 0 || target.y < 0) return
    const strides = picture.linesize
    const source = planes.slice(0, 3).map((plane, index) => {
      const shift = index === 0 ? 0 : 1
      return plane.subarray((crop.y >> shift) * strides[index]! + (crop.x >> shift))
    })
    this.#scaler(picture.format as AVPixelFormat, fitting).scaleSync(
      source,
      strides,
      0,
      crop.height,
      canvas.planesAt(target.x, target.y),
      canvas.strides,
    )
  }

  #scaler(format: AVPixelFormat, { crop, target }: Fitting): SoftwareScaleContext {
    const key = `${format} ${crop.width}x${crop.height} ${target.width}x${target.height}`
    let scaler = this.#scalers.get(key)
    if (scaler) {
      this.#scalers.delete(key)
    } else {
      scaler = new SoftwareScaleContext()
      scaler.getContext(
        crop.width,
        crop.height,
        format,
        target.width,
        target.height,
        AV_PIX_FMT_YUV420P,
        SWS_FAST_BILINEAR,
      )
    }
    this.#scalers.set(key, scaler)
    if (this.#scalers.size > maxScalers) {
      const [oldest] = this.#scalers.keys()
      this.#scalers.get(oldest!)?.freeContext()
      this.#scalers.delete(oldest!)
    }
    return scaler
  }

  free(): void {
    for (const scaler of this.#scalers.values()) scaler.freeContext()
    this.#scalers.clear()
  }
}
