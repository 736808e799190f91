import { AV_PIX_FMT_YUV420P } from 'node-av/constants'
import { Codec, CodecContext, type Frame, Packet, Rational } from 'node-av/lib'
import { codecError, openCodec, setCodecOptions } from '../codecs.ts'
import { SmallCanvas } from '../SmallCanvas.ts'

/** A preview begins so often, its pictures come so far apart, and are played so fast. */
export const previewPeriodMs = 24_000
const pictureCount = 8
export const pictureIntervalMs = previewPeriodMs / pictureCount
const shownMs = 500
/** Of the pictures; the height follows the canvas. Twice a small thumbnail, for dense screens. */
const maxWidth = 320
const quality = '60'

/**
 * A small moving picture of the canvas, made anew all the time: eight pictures, three seconds apart, as an animated
 * WebP that repeats for ever. One picture costs as much as the composite's encoder takes for half a frame.
 */
export class PreviewMaker {
  readonly #picture: SmallCanvas
  readonly #packet = new Packet()
  #encoder: CodecContext | null = null
  #taken = 0
  #nextAtMs = -Infinity

  constructor(canvas: { width: number; height: number }) {
    const width = Math.min(maxWidth, canvas.width)
    const height = Math.round((canvas.height * width) / canvas.width / 2) * 2
    this.#picture = new SmallCanvas(canvas, { width, height })
    this.#packet.alloc()
  }

  /** Whether the canvas is wanted now. */
  isDue(nowMs: number): boolean {
    return nowMs >= this.#nextAtMs
  }

  /** Takes a picture of the canvas; gives the finished preview with every eighth, and with the very first one. */
  take(canvas: Frame, nowMs: number): Uint8Array<ArrayBuffer> | null {
    const isFirst = this.#nextAtMs === -Infinity
    this.#nextAtMs = isFirst ? nowMs + pictureIntervalMs : Math.max(this.#nextAtMs + pictureIntervalMs, nowMs)
    const { frame } = this.#picture
    this.#encoder ??= openEncoder(frame)
    this.#picture.draw(canvas)
    frame.pts = BigInt(this.#taken * shownMs)
    const sent = this.#encoder.sendFrameSync(frame)
    if (sent < 0) throw codecError('The encoder of previews refused a picture', sent)
    this.#taken++
    // A room that has just begun has something to show at once.
    if (!isFirst && this.#taken < pictureCount) return null
    return this.#finish(this.#encoder)
  }

  free(): void {
    this.#encoder?.freeContext()
    this.#encoder = null
    this.#picture.free()
    this.#packet.free()
  }

  #finish(encoder: CodecContext): Uint8Array<ArrayBuffer> | null {
    encoder.sendFrameSync(null)
    this.#packet.unref()
    const received = encoder.receivePacketSync(this.#packet)
    const data = received < 0 ? null : this.#packet.data
    encoder.freeContext()
    this.#encoder = null
    this.#taken = 0
    return data ? new Uint8Array(data) : null
  }
}

function openEncoder({ width, height }: Frame): CodecContext {
  const name = 'libwebp_anim'
  const codec = Codec.findEncoderByName(name as never)
  if (!codec) throw new Error(`This FFmpeg has no encoder "${name}".`)
  const context = new CodecContext()
  context.allocContext3(codec)
  context.width = width
  context.height = height
  context.pixelFormat = AV_PIX_FMT_YUV420P
  context.timeBase = new Rational(1, 1000)
  try {
    // The fastest method: 2 ms a picture.
    setCodecOptions(context, { quality, compression_level: '0' })
    openCodec(context, codec)
  } catch (error) {
    context.freeContext()
    throw error
  }
  return context
}
