import { Codec, CodecContext, Frame, Packet } from 'node-av'
import type { Rgb } from './color.ts'

/** A decoded picture of the composite; valid until the next `decode`. */
export type Picture = {
  width: number
  height: number
  /** The mean colour of a small square around a point, given in percent of the picture. */
  colorAt(xPercent: number, yPercent: number): Rgb
}

/** Half the side of the square that a sample is averaged over, in pixels: beyond coding noise, within any tile. */
const sampleRadius = 3

/** Decodes the composite that a simulated member receives, to look at its pixels. */
export class CompositeDecoder {
  readonly #context: CodecContext
  readonly #frame = new Frame()
  readonly #packet = new Packet()
  #pts = 0n

  constructor() {
    const codec = Codec.findDecoderByName('vp8' as Parameters<typeof Codec.findDecoderByName>[0])
    if (codec === null) throw new Error('FFmpeg was built without a VP8 decoder')
    this.#context = new CodecContext()
    this.#context.allocContext3(codec)
    this.#context.threadCount = 1
    const opened = this.#context.open2Sync(codec, null)
    if (opened < 0) throw new Error(`The VP8 decoder did not open: FFmpeg error ${opened}`)
    this.#frame.alloc()
    this.#packet.alloc()
  }

  /** The picture of a frame, or undefined when the decoder has none to give. */
  decode(data: Uint8Array): Picture | undefined {
    this.#packet.unref()
    this.#packet.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    this.#packet.pts = this.#pts++
    if (this.#context.sendPacketSync(this.#packet) < 0) return undefined
    // Exactly once: one packet in, one picture out, and a call in vain would empty the frame.
    return this.#context.receiveFrameSync(this.#frame) >= 0 ? this.#picture() : undefined
  }

  close(): void {
    this.#packet.free()
    this.#frame.free()
    this.#context.freeContext()
  }

  #picture(): Picture {
    const { width, height } = this.#frame
    const [luma, chromaU, chromaV] = (this.#frame.data ?? []) as [Buffer, Buffer, Buffer]
    const [lumaStride, chromaStride] = this.#frame.linesize as [number, number]
    return {
      width,
      height,
      colorAt: (xPercent, yPercent) => {
        const x = Math.round((xPercent * width) / 100)
        const y = Math.round((yPercent * height) / 100)
        return toRgb(
          mean(luma, lumaStride, x, y, width, height),
          mean(chromaU, chromaStride, x >> 1, y >> 1, width >> 1, height >> 1),
          mean(chromaV, chromaStride, x >> 1, y >> 1, width >> 1, height >> 1),
        )
      },
    }
  }
}

function mean(plane: Buffer, stride: number, x: number, y: number, width: number, height: number): number {
  let sum = 0
  let count = 0
  for (let row = Math.max(0, y - sampleRadius); row <= Math.min(height - 1, y + sampleRadius); row++) {
    for (
      let column = Math.max(0, x - sampleRadius);
      column <= Math.min(width - 1, x + sampleRadius);
      column++
    ) {
      sum += plane[row * stride + column] ?? 0
      count++
    }
  }
  return sum / count
}

/** BT.601, limited range. */
function toRgb(y: number, u: number, v: number): Rgb {
  const luma = 1.164 * (y - 16)
  const clamp = (value: number): number => Math.round(Math.min(255, Math.max(0, value)))
  return {
    r: clamp(luma + 1.596 * (v - 128)),
    g: clamp(luma - 0.813 * (v - 128) - 0.391 * (u - 128)),
    b: clamp(luma + 2.018 * (u - 128)),
  }
}

/** Distance of two colours, 0 (equal) to 441. */
export function colorDistance(a: Rgb, b: Rgb): number {
  return Math.hypot(a.r - b.r, a.g - b.g, a.b - b.b)
}
