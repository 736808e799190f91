import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUV420P,
  FF_ENCODER_LIBX264,
} from 'node-av/constants'
import { Codec, CodecContext, CodecParameters, type Frame, Packet, Rational } from 'node-av/lib'
import type { RoomMediaOptions } from '../types.ts'
import { codecError, openCodec, setCodecOptions } from '../video/codecs.ts'

/** A picture for the room's recordings and streams, on its way out of the video worker. */
export type OutputPicture = {
  data: Uint8Array<ArrayBuffer>
  isKey: boolean
  atMs: number
  durationMs: number
  /** With every keyframe, else null: see `MediaFormat`. */
  decoderConfig: Uint8Array | null
}

/** Longest time between two keyframes, in real time, whatever pictures are skipped. */
const keyframeIntervalMs = 2000
/** Keyframes come when they are asked for, or by the time. */
const endlessGop = 1_000_000
/** Quality that is kept as long as the bitrate allows; lower is better, 23 is x264's default. */
const constantRateFactor = '22'
/** Time over which the bitrate holds: a burst may take twice of it. */
const rateBufferSeconds = 2

/** Bitrate of outputs: 2.5 Mbit/s at 720p25, and less per pixel the larger the canvas is. */
export function outputBitrateBps({ width, height, fps }: RoomMediaOptions): number {
  const size = (width * height) / (1280 * 720)
  return Math.round(2_500_000 * size ** 0.75 * (fps / 25) ** 0.5)
}

/** The one encode that all recordings and streams of a room share: H.264 High, closed GOPs of at most 2 s. */
export class OutputVideoEncoder {
  readonly #context: CodecContext
  readonly #packet = new Packet()
  readonly #decoderConfig: Uint8Array
  readonly #frameMs: number
  #isKeyframeWanted = true
  #lastKeyframeAtMs = -Infinity

  constructor(options: RoomMediaOptions) {
    this.#packet.alloc()
    this.#frameMs = 1000 / options.fps
    this.#context = open(options)
    this.#decoderConfig = decoderConfigOf(this.#context)
  }

  /** The next picture begins a GOP. */
  requestKeyframe(): void {
    this.#isKeyframeWanted = true
  }

  /**
   * @param frameNumber Counts beats of the frame rate, skipped ones too, and always rises.
   * @param atMs When that beat was: unix milliseconds with fraction.
   */
  encode(canvas: Frame, frameNumber: number, atMs: number): OutputPicture | null {
    const isDue = atMs - this.#lastKeyframeAtMs > keyframeIntervalMs - this.#frameMs / 2
    canvas.pts = BigInt(frameNumber)
    canvas.pictType = this.#isKeyframeWanted || isDue ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE
    const sent = this.#context.sendFrameSync(canvas)
    if (sent < 0) throw codecError('The encoder of recordings and streams refused a picture', sent)
    this.#packet.unref()
    // One in, one out: it does not look ahead.
    if (this.#context.receivePacketSync(this.#packet) < 0) return null
    const data = this.#packet.data
    if (!data) return null
    const isKey = this.#packet.isKeyframe
    if (isKey) {
      this.#isKeyframeWanted = false
      this.#lastKeyframeAtMs = atMs
    }
    return {
      data: new Uint8Array(data),
      isKey,
      atMs,
      durationMs: this.#frameMs,
      decoderConfig: isKey ? this.#decoderConfig : null,
    }
  }

  free(): void {
    this.#packet.free()
    this.#context.freeContext()
  }
}

function open(options: RoomMediaOptions): CodecContext {
  const codec = Codec.findEncoderByName(FF_ENCODER_LIBX264)
  if (!codec) throw new Error(`This FFmpeg has no encoder "${FF_ENCODER_LIBX264}".`)
  const bitrateBps = outputBitrateBps(options)
  const context = new CodecContext()
  context.allocContext3(codec)
  context.width = options.width
  context.height = options.height
  context.pixelFormat = AV_PIX_FMT_YUV420P
  context.timeBase = new Rational(1, options.fps)
  context.framerate = new Rational(options.fps, 1)
  context.gopSize = endlessGop
  context.maxBFrames = 0
  context.threadCount = 1
  context.rcMaxRate = BigInt(bitrateBps)
  context.rcBufferSize = bitrateBps * rateBufferSeconds
  context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER)
  try {
    setCodecOptions(context, {
      // 6.7 ms a picture of 720p; `veryfast` takes 10 ms for the same quality of faces at 2.5 Mbit/s.
      preset: 'superfast',
      tune: 'zerolatency',
      profile: 'high',
      crf: constantRateFactor,
      'forced-idr': '1',
      // NAL units with lengths, as both MP4 and FLV hold them.
      'x264-params': 'annexb=0:scenecut=0:sliced-threads=0',
    })
    openCodec(context, codec)
  } catch (error) {
    context.freeContext()
    throw error
  }
  return context
}

function decoderConfigOf(context: CodecContext): Uint8Array {
  const parameters = new CodecParameters()
  parameters.alloc()
  const result = parameters.fromContext(context)
  const extradata = result < 0 ? null : parameters.extradata
  const copy = extradata && Uint8Array.from(extradata)
  parameters.free()
  if (copy?.[0] !== 1) throw codecError('The encoder of recordings and streams tells no SPS and PPS', result)
  return copy
}
