import {
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUV420P,
  FF_ENCODER_LIBVPX_VP8,
  FF_ENCODER_LIBX264,
} from 'node-av/constants'
import { Codec, CodecContext, type Frame, Packet, Rational } from 'node-av/lib'

import type { RoomMediaOptions } from '../types.ts'
import { codecError, openCodec, setCodecOptions, type VideoCodec } from './codecs.ts'

export type EncodedPicture = { data: Uint8Array<ArrayBuffer>; isKey: boolean }

/** Keyframes come on request only. */
const endlessGop = 1_000_000
/** Delay the rate control may build up, and with it the largest burst: a little over half a second. */
const rateBufferSeconds = 0.6
/** A keyframe may take this many times the mean frame; more would be a burst the network answers with loss. */
const maxKeyframeFactor = 7

/** One encoder of the canvas. The first picture is a keyframe. */
export class VideoEncoder {
  readonly codec: VideoCodec
  readonly #context: CodecContext
  readonly #packet = new Packet()

  constructor(codec: VideoCodec, options: RoomMediaOptions) {
    this.codec = codec
    this.#packet.alloc()
    this.#context = codec === 'vp8' ? openVp8(options) : openH264(options)
  }

  /** `frameNumber` counts ticks of the frame rate, skipped ones too, and always rises. */
  encode(canvas: Frame, frameNumber: number, forceKey: boolean): EncodedPicture | null {
    canvas.pts = BigInt(frameNumber)
    canvas.pictType = forceKey ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE
    const sent = this.#context.sendFrameSync(canvas)
    if (sent < 0) throw codecError(`The ${this.codec} encoder refused a picture`, sent)
    this.#packet.unref()
    // One in, one out: neither encoder looks ahead.
    if (this.#context.receivePacketSync(this.#packet) < 0) return null
    const data = this.#packet.data
    if (!data) return null
    return { data: new Uint8Array(data), isKey: this.#packet.isKeyframe }
  }

  free(): void {
    this.#packet.free()
    this.#context.freeContext()
  }
}

function openVp8(options: RoomMediaOptions): CodecContext {
  return openEncoder(FF_ENCODER_LIBVPX_VP8, options, {
    deadline: 'realtime',
    // Negative: this speed always, not one that follows the machine's load.
    'cpu-used': '-10',
    'lag-in-frames': '0',
    'max-intra-rate': String(maxKeyframeFactor * 100),
  })
}

function openH264(options: RoomMediaOptions): CodecContext {
  return openEncoder(FF_ENCODER_LIBX264, options, {
    preset: 'superfast',
    tune: 'zerolatency',
    profile: 'baseline',
    'forced-idr': '1',
    // Annex B with SPS and PPS before every keyframe, and none at scene changes.
    'x264-params': 'annexb=1:repeat-headers=1:scenecut=0:sliced-threads=0',
  })
}

function openEncoder(
  name: typeof FF_ENCODER_LIBVPX_VP8 | typeof FF_ENCODER_LIBX264,
  { width, height, fps, videoBitrateBps }: RoomMediaOptions,
  codecOptions: Record<string, string>,
): CodecContext {
  const codec = Codec.findEncoderByName(name)
  if (!codec) throw new Error(`This FFmpeg has no encoder "${name}".`)
  const context = new CodecContext()
  context.allocContext3(codec)
  context.width = width
  context.height = height
  context.pixelFormat = AV_PIX_FMT_YUV420P
  context.timeBase = new Rational(1, fps)
  context.framerate = new Rational(fps, 1)
  context.gopSize = endlessGop
  context.maxBFrames = 0
  // More threads cost five times the CPU at this size, most of it spent waiting for each other.
  context.threadCount = 1
  context.bitRate = BigInt(videoBitrateBps)
  context.rcMinRate = name === FF_ENCODER_LIBVPX_VP8 ? BigInt(videoBitrateBps) : 0n
  context.rcMaxRate = BigInt(videoBitrateBps)
  context.rcBufferSize = Math.round(videoBitrateBps * rateBufferSeconds)
  try {
    setCodecOptions(context, codecOptions)
    openCodec(context, codec)
  } catch (error) {
    context.freeContext()
    throw error
  }
  return context
}
