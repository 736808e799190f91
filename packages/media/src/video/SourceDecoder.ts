import {
  AV_CODEC_FLAG_LOW_DELAY,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUVJ420P,
  FF_DECODER_H264,
  FF_DECODER_VP8,
} from 'node-av/constants'
import { Codec, CodecContext, Frame, Packet } from 'node-av/lib'

import { type VideoCodec, maxSourcePixels, openCodec, setCodecOptions } from './codecs.ts'

/**
 * `picture`: a new picture is in `picture`. `nothing`: accepted, no picture came out. `needs_keyframe`: it
 * was dropped, or could not be decoded; only a keyframe helps.
 */
export type DecodeOutcome = 'picture' | 'nothing' | 'needs_keyframe' | 'error'

/** Smaller pictures are noise from a broken sender, and swscale's vectors do not fit them. */
const minSide = 16

/**
 * Decodes what one source sends and keeps its last picture. The decoder exists only while frames come that
 * somebody sees; the picture survives it.
 */
export class SourceDecoder {
  #codec: VideoCodec | null = null
  #context: CodecContext | null = null
  readonly #packet = new Packet()
  #incoming = new Frame()
  #picture = new Frame()
  #hasPicture = false
  #packetCount = 0n

  constructor() {
    this.#packet.alloc()
    this.#incoming.alloc()
    this.#picture.alloc()
  }

  /** The last picture; null before the first one, and after `dropPicture`. */
  get picture(): Frame | null {
    return this.#hasPicture ? this.#picture : null
  }

  get needsKeyframe(): boolean {
    return this.#context === null
  }

  /** Never throws for bad data: broken frames end the decoder, and the next keyframe begins a new one. */
  decode(codec: VideoCodec, data: Buffer, isKey: boolean): DecodeOutcome {
    if (this.#codec !== codec) this.stop()
    if (!this.#context) {
      if (!isKey) return 'needs_keyframe'
      this.#open(codec)
    }
    this.#packet.unref()
    this.#packet.data = data
    this.#packet.pts = this.#packetCount++
    if (this.#context!.sendPacketSync(this.#packet) < 0) return this.#fail()
    let outcome: DecodeOutcome = 'nothing'
    while (this.#context!.receiveFrameSync(this.#incoming) >= 0) {
      if (!isUsable(this.#incoming)) return this.#fail()
      const last = this.#picture
      this.#picture = this.#incoming
      this.#incoming = last
      this.#hasPicture = true
      outcome = 'picture'
    }
    return outcome
  }

  /** Ends the decoder: the next frame must be a keyframe. The last picture stays. */
  stop(): void {
    this.#context?.freeContext()
    this.#context = null
    this.#codec = null
  }

  dropPicture(): void {
    this.#picture.unref()
    this.#hasPicture = false
  }

  free(): void {
    this.stop()
    this.#hasPicture = false
    this.#packet.free()
    this.#incoming.free()
    this.#picture.free()
  }

  #fail(): DecodeOutcome {
    this.stop()
    return 'error'
  }

  #open(name: VideoCodec): void {
    // FFmpeg's own vp8: libvpx's decoder takes far more memory and time for hostile frames.
    const codec = Codec.findDecoderByName(name === 'vp8' ? FF_DECODER_VP8 : FF_DECODER_H264)
    if (!codec) throw new Error(`This FFmpeg has no decoder "${name}".`)
    const context = new CodecContext()
    context.allocContext3(codec)
    context.threadCount = 1
    context.setFlags(AV_CODEC_FLAG_LOW_DELAY)
    setCodecOptions(context, { max_pixels: String(maxSourcePixels) })
    openCodec(context, codec)
    this.#context = context
    this.#codec = name
  }
}

function isUsable(frame: Frame): boolean {
  const isPlanar420 = frame.format === AV_PIX_FMT_YUV420P || frame.format === AV_PIX_FMT_YUVJ420P
  return isPlanar420 && frame.width >= minSide && frame.height >= minSide
}
