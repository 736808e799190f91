import { FF_DECODER_LIBOPUS } from 'node-av/constants'
import { Codec, Frame, Packet } from 'node-av/lib'
import type { CodecContext } from 'node-av/lib'
import { freeCodecContext, openCodecContext } from './codecContext.ts'
import { concealmentToc } from './toc.ts'

/** TOC of a 20 ms CELT fullband frame: what concealment assumes before the first packet. */
const initialToc = 31 << 3

/** One Opus decoder, 48 kHz mono float (a stereo stream is mixed down by libopus). Synchronous. */
export class OpusDecoder {
  readonly #context: CodecContext
  readonly #packet = new Packet()
  readonly #frame = new Frame()
  readonly #concealment = Buffer.alloc(1)
  #lastToc = initialToc
  #closed = false

  constructor() {
    this.#context = openCodecContext(Codec.findDecoderByName(FF_DECODER_LIBOPUS), {
      request_sample_fmt: 'flt',
    })
    this.#packet.alloc()
    this.#frame.alloc()
  }

  /** The samples of a packet, or null if it is not Opus. The view is valid until the next call. */
  decode(payload: Buffer): Float32Array | null {
    const samples = this.#decode(payload)
    if (samples) this.#lastToc = payload[0]!
    return samples
  }

  /** What libopus makes up for a lost frame of 20 ms (`durationSamples` >= 960) or 10 ms, fading by itself. */
  conceal(durationSamples: number): Float32Array | null {
    this.#concealment[0] = concealmentToc(this.#lastToc, durationSamples)
    return this.#decode(this.#concealment)
  }

  /** Forgets the stream, for a sender that begins anew. */
  reset(): void {
    this.#context.flushBuffers()
    this.#lastToc = initialToc
  }

  /** May be called twice. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#packet.free()
    this.#frame.free()
    freeCodecContext(this.#context)
  }

  #decode(payload: Buffer): Float32Array | null {
    this.#packet.unref()
    this.#packet.data = payload
    if (this.#context.sendPacketSync(this.#packet) < 0) return null
    if (this.#context.receiveFrameSync(this.#frame) < 0) return null
    const data = this.#frame.data?.[0]
    if (!data) return null
    return new Float32Array(data.buffer, data.byteOffset, this.#frame.nbSamples)
  }
}
