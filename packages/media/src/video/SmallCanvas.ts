import { AV_PIX_FMT_YUV420P, AVCOL_RANGE_MPEG, SWS_AREA } from 'node-av/constants'
import { Frame, SoftwareScaleContext } from 'node-av/lib'

/** The canvas in a smaller size, made anew for every frame that is encoded in it. */
export class SmallCanvas {
  readonly frame = new Frame()
  readonly #scaler = new SoftwareScaleContext()

  constructor(from: { width: number; height: number }, to: { width: number; height: number }) {
    this.frame.alloc()
    this.frame.format = AV_PIX_FMT_YUV420P
    this.frame.colorRange = AVCOL_RANGE_MPEG
    this.frame.width = to.width
    this.frame.height = to.height
    const result = this.frame.getBuffer(0)
    if (result < 0) {
      throw new Error(
        `A canvas of ${to.width}x${to.height} pixels cannot be allocated (FFmpeg error ${result}).`,
      )
    }
    // The mean of all pixels: letters stay letters where taking every fourth pixel would break them up.
    const { width, height } = to
    this.#scaler.getContext(
      from.width,
      from.height,
      AV_PIX_FMT_YUV420P,
      width,
      height,
      AV_PIX_FMT_YUV420P,
      SWS_AREA,
    )
  }

  draw(canvas: Frame): void {
    this.#scaler.scaleFrameSync(this.frame, canvas)
  }

  free(): void {
    this.#scaler.freeContext()
    this.frame.free()
  }
}
