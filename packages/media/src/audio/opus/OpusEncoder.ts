import { AV_CHANNEL_LAYOUT_MONO, AV_SAMPLE_FMT_FLT, FF_ENCODER_LIBOPUS } from 'node-av/constants'
import { Codec, Frame, Packet, Rational } from 'node-av/lib'
import type { CodecContext } from 'node-av/lib'
import { MediaError } from '../../MediaError.ts'
import { frameSamples, sampleRateHz } from '../constants.ts'
import { freeCodecContext, openCodecContext } from './codecContext.ts'

export interface OpusEncoderOptions {
  /** Default 32000. */
  bitrateBps?: number
  /** 0 to 10. Default 5. */
  complexity?: number
  /**
   * Default `audio`. At 32 kbit/s it codes with CELT alone: several voices at once and music stay whole, it
   * costs 40 % of `voip` (SILK + CELT), and a receiver can be moved to another encoder without a click.
   */
  application?: 'audio' | 'voip'
  /** What the encoder prepares for: above 0 it breaks its prediction between frames more often. Default 5. */
  expectedLossPercent?: number
  /** In-band FEC; it exists in SILK only, so it does nothing for `audio` at our bitrates. Default false. */
  fec?: boolean
}

/** One Opus encoder: 20 ms of 48 kHz mono float in, one packet out. Synchronous. */
export class OpusEncoder {
  readonly #context: CodecContext
  readonly #packet = new Packet()
  readonly #frame = new Frame()
  readonly #input: Float32Array
  #closed = false

  constructor(options: OpusEncoderOptions = {}) {
    const settings = {
      application: options.application ?? 'audio',
      compression_level: String(options.complexity ?? 5),
      frame_duration: '20',
      packet_loss: String(options.expectedLossPercent ?? 5),
      fec: options.fec ? '1' : '0',
    }
    this.#context = openCodecContext(Codec.findEncoderByName(FF_ENCODER_LIBOPUS), settings, (context) => {
      context.sampleFormat = AV_SAMPLE_FMT_FLT
      context.timeBase = new Rational(1, sampleRateHz)
      context.bitRate = BigInt(options.bitrateBps ?? 32_000)
    })
    this.#packet.alloc()
    this.#frame.alloc()
    this.#frame.format = AV_SAMPLE_FMT_FLT
    this.#frame.nbSamples = frameSamples
    this.#frame.sampleRate = sampleRateHz
    this.#frame.channelLayout = AV_CHANNEL_LAYOUT_MONO
    const result = this.#frame.allocBuffer()
    const plane = this.#frame.data?.[0]
    if (result < 0 || !plane) {
      this.close()
      throw new MediaError('internal', `No memory for an audio frame (FFmpeg error ${result}).`)
    }
    this.#input = new Float32Array(plane.buffer, plane.byteOffset, frameSamples)
  }

  /** Encodes 960 samples; the packet is valid until the next call. */
  encode(samples: Float32Array): Uint8Array {
    this.#input.set(samples)
    let result = this.#context.sendFrameSync(this.#frame)
    if (result >= 0) {
      this.#packet.unref()
      result = this.#context.receivePacketSync(this.#packet)
    }
    const data = result >= 0 ? this.#packet.data : null
    if (!data) throw new MediaError('internal', `libopus did not encode a frame (FFmpeg error ${result}).`)
    return data
  }

  /** May be called twice. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#packet.free()
    this.#frame.free()
    freeCodecContext(this.#context)
  }
}
