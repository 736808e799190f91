import { AV_PIX_FMT_YUV420P, AVCOL_RANGE_MPEG } from 'node-av/constants'
import { Frame } from 'node-av/lib'

import type { RawPicture } from '../players/mediaPipe.ts'

/** The last picture of a source that comes decoded. It stays until the next one: a pause is no loss. */
export class StillPicture {
  #frame: Frame | null = null
  /** Made once: each Buffer over a frame's memory costs as much as a picture in V8's eyes. */
  #planes: Buffer[] = []
  #strides: number[] = []

  get frame(): Frame | null {
    return this.#frame
  }

  show({ width, height, strides, bytes }: RawPicture): void {
    if (this.#frame?.width !== width || this.#frame.height !== height) this.#open(width, height)
    const source = new Uint8Array(bytes)
    let offset = 0
    for (const [index, plane] of this.#planes.entries()) {
      const from = strides[index === 0 ? 0 : 1]
      const to = this.#strides[index]!
      const rows = index === 0 ? height : height / 2
      if (from === to) {
        plane.set(source.subarray(offset, offset + from * rows))
      } else {
        const width = Math.min(from, to)
        for (let row = 0; row < rows; row++) {
          plane.set(source.subarray(offset + row * from, offset + row * from + width), row * to)
        }
      }
      offset += from * rows
    }
  }

  free(): void {
    this.#frame?.free()
    this.#frame = null
    this.#planes = []
  }

  #open(width: number, height: number): void {
    this.free()
    const frame = new Frame()
    frame.alloc()
    frame.format = AV_PIX_FMT_YUV420P
    frame.colorRange = AVCOL_RANGE_MPEG
    frame.width = width
    frame.height = height
    const result = frame.getBuffer(0)
    const planes = frame.data
    if (result < 0 || planes === null) {
      throw new Error(`A picture of ${width}x${height} cannot be kept (FFmpeg error ${result}).`)
    }
    this.#frame = frame
    this.#planes = planes.slice(0, 3)
    this.#strides = frame.linesize.slice(0, 3)
  }
}
