import { AV_CHANNEL_LAYOUT_MONO, AV_NOPTS_VALUE, AV_SAMPLE_FMT_FLTP, AVERROR_EOF } from 'node-av/constants'
import type { AVSampleFormat } from 'node-av/constants'
import { type CodecContext, Frame, type Packet, SoftwareResampleContext } from 'node-av/lib'

import { frameMs, frameSamples, sampleRateHz, samplesPerMs } from '../../audio/constants.ts'
import { playerLimits } from '../limits.ts'
import type { InputStream } from './MediaInput.ts'
import { openDecoder } from './openDecoder.ts'
import { PacketQueue } from './PacketQueue.ts'

/** Decoded sound that may wait, 4 s: one frame of a strange file may be long. */
const capacity = 4 * sampleRateHz
/** Timestamps this far from where the samples lead them are a gap or a jump, not rounding. */
const maxDriftMs = 40
const maxGapMs = 2000

export type AudioFrame = { ptsMs: number; samples: Float32Array }

/** From packets to frames of 20 ms, mono, 48 kHz. Times are on the stream's own scale. */
export class AudioTrack {
  readonly queue: PacketQueue
  readonly #unitMs: number
  readonly #decoder: CodecContext
  readonly #frame = new Frame()
  #resampler: { context: SoftwareResampleContext; key: string } | null = null
  readonly #converted = new Float32Array(capacity)
  readonly #convertedBytes = Buffer.from(this.#converted.buffer)
  readonly #samples = new Float32Array(capacity)
  #length = 0
  /** Time of the first sample that waits; null: that of the next decoded frame. */
  #startMs: number | null = null
  #isDrained = false

  constructor(input: InputStream) {
    this.#unitMs = input.unitMs
    this.queue = new PacketQueue(input.unitMs)
    this.#decoder = openDecoder(input)
    this.#frame.alloc()
  }

  /** End of what can be played without waiting for the network; -Infinity if there is nothing. */
  get endMs(): number {
    return Math.max(this.queue.newestMs, this.#startMs === null ? -Infinity : this.#decodedEndMs)
  }

  /** No packet will come, and all sound was taken. */
  get isEmpty(): boolean {
    return this.#isDrained && this.#length < frameSamples
  }

  /** The next 20 ms; null if there is no packet for it. */
  next(): AudioFrame | null {
    while (this.#length < frameSamples) {
      if (!this.#decode()) return null
    }
    const samples = this.#samples.slice(0, frameSamples)
    const ptsMs = this.#startMs!
    this.#samples.copyWithin(0, frameSamples, this.#length)
    this.#length -= frameSamples
    this.#startMs = ptsMs + frameMs
    return { ptsMs, samples }
  }

  /** No packet will come: what the decoder holds comes out. */
  drain(): void {
    if (this.#isDrained || this.queue.length > 0) return
    this.#isDrained = true
    this.#decoder.sendPacketSync(null)
    this.#receive()
    // The last bit of sound fills a frame with silence.
    const rest = this.#length % frameSamples
    if (rest > 0 && this.#length + frameSamples <= capacity) {
      this.#samples.fill(0, this.#length, this.#length + frameSamples - rest)
      this.#length += frameSamples - rest
    }
  }

  /** The next packet comes from another place in the file. */
  flush(): void {
    this.queue.clear()
    this.#decoder.flushBuffers()
    this.#resampler?.context.free()
    this.#resampler = null
    this.#length = 0
    this.#startMs = null
    this.#isDrained = false
  }

  close(): void {
    this.queue.clear()
    this.#resampler?.context.free()
    this.#decoder.freeContext()
    this.#frame.free()
  }

  get #decodedEndMs(): number {
    return (this.#startMs ?? 0) + this.#length / samplesPerMs
  }

  #decode(): boolean {
    const packet: Packet | undefined = this.queue.shift()
    if (packet === undefined) return false
    // What is broken is left out: the timestamps after it leave silence in its place.
    if (this.#decoder.sendPacketSync(packet) >= 0) this.#receive()
    packet.free()
    return true
  }

  #receive(): void {
    for (;;) {
      const result = this.#decoder.receiveFrameSync(this.#frame)
      if (result === AVERROR_EOF || result < 0) return
      this.#take(this.#frame)
      this.#frame.unref()
    }
  }

  #take(frame: Frame): void {
    const count = this.#resample(frame)
    const timestamp = frame.bestEffortTimestamp === AV_NOPTS_VALUE ? frame.pts : frame.bestEffortTimestamp
    const ptsMs = timestamp === AV_NOPTS_VALUE ? this.#decodedEndMs : Number(timestamp) * this.#unitMs
    if (this.#startMs === null) {
      this.#startMs = ptsMs
    } else {
      const gapMs = ptsMs - this.#decodedEndMs
      if (gapMs > maxDriftMs && gapMs <= maxGapMs) this.#append(null, Math.round(gapMs * samplesPerMs))
      else if (Math.abs(gapMs) > maxDriftMs) {
        // A jump: what waits is short, and would be heard at the wrong time.
        this.#length = 0
        this.#startMs = ptsMs
      }
    }
    this.#append(this.#converted, count)
  }

  #append(samples: Float32Array | null, count: number): void {
    const fitting = Math.min(count, capacity - this.#length)
    if (samples === null) this.#samples.fill(0, this.#length, this.#length + fitting)
    else this.#samples.set(samples.subarray(0, fitting), this.#length)
    this.#length += fitting
  }

  /** Into `#converted`; the number of samples. */
  #resample(frame: Frame): number {
    const { sampleRate, channels, nbSamples } = frame
    if (sampleRate <= 0 || sampleRate > playerLimits.maxSampleRateHz) return 0
    if (channels <= 0 || channels > playerLimits.maxChannels || nbSamples <= 0) return 0
    const key = `${sampleRate} ${channels} ${frame.format} ${frame.channelLayout.mask}`
    if (this.#resampler?.key !== key) {
      this.#resampler?.context.free()
      this.#resampler = { context: openResampler(frame), key }
    }
    const planes = frame.extendedData
    if (planes === null) return 0
    return Math.max(
      0,
      this.#resampler.context.convertSync([this.#convertedBytes], capacity, planes, nbSamples),
    )
  }
}

function openResampler(frame: Frame): SoftwareResampleContext {
  const context = new SoftwareResampleContext()
  context.allocSetOpts2(
    AV_CHANNEL_LAYOUT_MONO,
    AV_SAMPLE_FMT_FLTP,
    sampleRateHz,
    frame.channelLayout,
    frame.format as AVSampleFormat,
    frame.sampleRate,
  )
  // The same sound in all channels stays as loud as it is: FFmpeg would add 3 dB and more.
  context.setOption('rematrix_maxval', '1.0')
  const result = context.init()
  if (result < 0)
    throw new Error(`Sound of ${frame.channels} channels cannot be mixed down (FFmpeg ${result}).`)
  return context
}
