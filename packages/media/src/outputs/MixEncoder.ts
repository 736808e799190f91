import {
  AV_CHANNEL_LAYOUT_STEREO,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_SAMPLE_FMT_FLTP,
  FF_ENCODER_AAC,
} from 'node-av/constants'
import { Codec, CodecContext, CodecParameters, Frame, Packet, Rational } from 'node-av/lib'
import { frameMs, frameSamples, sampleRateHz, samplesPerMs } from '../audio/constants.ts'
import { codecError, openCodec, setCodecOptions } from '../video/codecs.ts'
import type { AudioUnit } from './mediaUnits.ts'

/** Samples of an AAC frame. */
const aacSamples = 1024
const aacFrameMs = aacSamples / samplesPerMs
const bitrateBps = 128_000
/** A gap of the audio clock up to this is filled with silence; a longer one is left out. */
const maxFilledGapMs = 2000

/**
 * The one AAC encode (LC, 48 kHz stereo) that all recordings and streams of a room share. Takes the whole mix,
 * 20 ms of mono at a time.
 */
export class MixEncoder {
  readonly #context: CodecContext
  readonly #frame = new Frame()
  readonly #packet = new Packet()
  readonly #channels: Float32Array[]
  readonly #onUnit: (unit: AudioUnit) => void
  /** `AudioSpecificConfig`. */
  readonly decoderConfig: Uint8Array
  #filled = 0
  /** Of the frame that is being filled. */
  #pts = 0
  /** When sample 0 sounds; null before the first. */
  #originMs: number | null = null
  #nextMs = 0
  /** Jumps of the clock that are not sent yet: where they lie in samples, and what the origin is from there. */
  #jumps: { fromPts: number; originMs: number }[] = []

  constructor(onUnit: (unit: AudioUnit) => void) {
    this.#onUnit = onUnit
    const codec = Codec.findEncoderByName(FF_ENCODER_AAC)
    if (!codec) throw new Error(`This FFmpeg has no encoder "${FF_ENCODER_AAC}".`)
    this.#context = openAac(codec)
    this.decoderConfig = audioConfigOf(this.#context)
    this.#packet.alloc()
    this.#frame.alloc()
    this.#frame.format = AV_SAMPLE_FMT_FLTP
    this.#frame.nbSamples = aacSamples
    this.#frame.sampleRate = sampleRateHz
    this.#frame.channelLayout = AV_CHANNEL_LAYOUT_STEREO
    const result = this.#frame.allocBuffer()
    if (result < 0) throw codecError('No memory for an audio frame of recordings and streams', result)
    this.#channels = (this.#frame.data ?? []).map(
      (plane) => new Float32Array(plane.buffer, plane.byteOffset, aacSamples),
    )
  }

  get format() {
    return { sampleRateHz, channels: 2, bitrateBps, decoderConfig: this.decoderConfig }
  }

  /**
   * Takes the next 20 ms.
   *
   * @param samples 960 of them; null for silence. Not kept.
   * @param atMs When the first of them sounds. Rises by 20 from call to call, or by a multiple of it.
   */
  push(samples: Float32Array | null, atMs: number): void {
    this.#originMs ??= this.#nextMs = atMs
    // Ticks that the machine was too slow for are missing: sound and picture part if nothing stands for them.
    const gapMs = atMs - this.#nextMs
    if (gapMs > maxFilledGapMs || gapMs < -frameMs / 2) this.#jump(gapMs)
    else for (let missing = Math.round(gapMs / frameMs); missing > 0; missing--) this.#fill(null)
    this.#nextMs = atMs + frameMs
    this.#fill(samples)
  }

  free(): void {
    this.#packet.free()
    this.#frame.free()
    this.#context.freeContext()
  }

  #jump(gapMs: number): void {
    const origin = this.#jumps.at(-1)?.originMs ?? this.#originMs ?? 0
    this.#jumps.push({ fromPts: this.#pts + this.#filled, originMs: origin + gapMs })
  }

  #fill(samples: Float32Array | null): void {
    for (let taken = 0; taken < frameSamples;) {
      const count = Math.min(frameSamples - taken, aacSamples - this.#filled)
      for (const channel of this.#channels) {
        if (samples === null) channel.fill(0, this.#filled, this.#filled + count)
        else channel.set(samples.subarray(taken, taken + count), this.#filled)
      }
      taken += count
      this.#filled += count
      if (this.#filled === aacSamples) this.#encode()
    }
  }

  #encode(): void {
    this.#frame.pts = BigInt(this.#pts)
    this.#pts += aacSamples
    this.#filled = 0
    const sent = this.#context.sendFrameSync(this.#frame)
    if (sent < 0) throw codecError('The AAC encoder refused a frame', sent)
    for (;;) {
      this.#packet.unref()
      if (this.#context.receivePacketSync(this.#packet) < 0) return
      const data = this.#packet.data
      // The first one, before sample 0, only primes the decoder.
      if (data === null || this.#packet.pts < 0n) continue
      this.#onUnit({
        kind: 'audio',
        data: new Uint8Array(data),
        isKey: true,
        atMs: this.#timeOf(Number(this.#packet.pts)),
        durationMs: aacFrameMs,
      })
    }
  }

  #timeOf(pts: number): number {
    while (this.#jumps[0] !== undefined && this.#jumps[0].fromPts <= pts) {
      this.#originMs = this.#jumps.shift()?.originMs ?? this.#originMs
    }
    return (this.#originMs ?? 0) + pts / samplesPerMs
  }
}

function openAac(codec: Codec): CodecContext {
  const context = new CodecContext()
  context.allocContext3(codec)
  context.sampleRate = sampleRateHz
  context.channelLayout = AV_CHANNEL_LAYOUT_STEREO
  context.sampleFormat = AV_SAMPLE_FMT_FLTP
  context.timeBase = new Rational(1, sampleRateHz)
  context.bitRate = BigInt(bitrateBps)
  context.threadCount = 1
  context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER)
  try {
    // Half the CPU of the default coder; at this bitrate nobody hears the difference in speech.
    setCodecOptions(context, { aac_coder: 'fast' })
    openCodec(context, codec)
  } catch (error) {
    context.freeContext()
    throw error
  }
  return context
}

function audioConfigOf(context: CodecContext): Uint8Array {
  const parameters = new CodecParameters()
  parameters.alloc()
  const result = parameters.fromContext(context)
  const extradata = result < 0 ? null : parameters.extradata
  const copy = extradata && Uint8Array.from(extradata)
  parameters.free()
  if (!copy || copy.length < 2) throw codecError('The AAC encoder tells no configuration', result)
  return copy
}
