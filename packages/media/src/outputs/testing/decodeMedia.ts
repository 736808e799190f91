import { AV_SAMPLE_FMT_FLTP, AVMEDIA_TYPE_AUDIO, AVMEDIA_TYPE_VIDEO } from 'node-av/constants'
import {
  Codec,
  CodecContext,
  Dictionary,
  FFmpegError,
  FormatContext,
  Frame,
  Packet,
  type Stream,
} from 'node-av/lib'
import { openCodec } from '../../video/codecs.ts'

export type DecodedPicture = {
  frame: Frame
  /** Its place in the file, milliseconds. */
  timeMs: number
  isKey: boolean
}

export type DecodeOptions = {
  /** Valid during the call only. False ends decoding. */
  onPicture?: (picture: DecodedPicture) => boolean | void
  /** A live URL: times count from its first packet, and it ends after so much. Default: a file, the whole of it. */
  liveMs?: number
}

export type DecodedMedia = {
  /** Up to the end of the last packet. */
  durationMs: number
  width: number
  height: number
  /** When each picture begins, ms. */
  pictureTimesMs: number[]
  /** Places of the packets as the file tells them, ms. */
  keyframeTimesMs: number[]
  sampleRateHz: number
  channels: number
  /** First channel, from 0 of the file on: what lies where nothing is, is silence. */
  samples: Float32Array
  /** Largest hole or overlap between a sound packet and the one before, ms. */
  largestSoundGapMs: number
  profile: number
}

/** Decodes a whole file (or a stretch of a live URL), picture by picture, and keeps its sound. */
export async function decodeMedia(url: string, options: DecodeOptions = {}): Promise<DecodedMedia> {
  const context = new FormatContext()
  // A server that says nothing would hold up a thread of the process for ever.
  const limits = options.liveMs === undefined ? null : Dictionary.fromObject({ rw_timeout: '10000000' })
  const opened = await context.openInput(url, null, limits)
  if (opened < 0) throw new Error(`${url} cannot be opened: ${new FFmpegError(opened).message}`)
  try {
    return await new MediaDecoder(context, options).run()
  } finally {
    await context.closeInput()
  }
}

class MediaDecoder {
  readonly #context: FormatContext
  readonly #options: DecodeOptions
  readonly #packet = new Packet()
  readonly #frame = new Frame()
  readonly #decoders = new Map<number, { stream: Stream; decoder: CodecContext }>()
  readonly #pieces: { timeMs: number; samples: Float32Array }[] = []
  readonly #media: DecodedMedia = {
    durationMs: 0,
    width: 0,
    height: 0,
    pictureTimesMs: [],
    keyframeTimesMs: [],
    sampleRateHz: 48_000,
    channels: 0,
    samples: new Float32Array(0),
    largestSoundGapMs: 0,
    profile: 0,
  }
  #soundEndMs: number | null = null
  #isStopped = false
  #originMs: number | null = null

  constructor(context: FormatContext, options: DecodeOptions) {
    this.#context = context
    this.#options = options
    this.#packet.alloc()
    this.#frame.alloc()
  }

  async run(): Promise<DecodedMedia> {
    await this.#context.findStreamInfo(null)
    for (const stream of this.#context.streams) this.#addDecoder(stream)
    const maxMs = this.#options.liveMs ?? Infinity
    while (!this.#isStopped && this.#media.durationMs < maxMs) {
      if ((await this.#context.readFrame(this.#packet)) < 0) break
      this.#takePacket()
      this.#packet.unref()
    }
    for (const { stream, decoder } of this.#decoders.values()) {
      decoder.sendPacketSync(null)
      this.#takeFrames(stream, decoder)
      decoder.freeContext()
    }
    this.#packet.free()
    this.#frame.free()
    this.#media.samples = this.#joined()
    return this.#media
  }

  #addDecoder(stream: Stream): void {
    const { codecpar } = stream
    if (codecpar.codecType !== AVMEDIA_TYPE_VIDEO && codecpar.codecType !== AVMEDIA_TYPE_AUDIO) return
    const codec = Codec.findDecoder(codecpar.codecId)
    if (codec === null) throw new Error(`No decoder for stream ${stream.index}`)
    const decoder = new CodecContext()
    decoder.allocContext3(codec)
    codecpar.toContext(decoder)
    decoder.threadCount = 1
    decoder.pktTimebase = stream.timeBase
    openCodec(decoder, codec)
    this.#decoders.set(stream.index, { stream, decoder })
    if (codecpar.codecType === AVMEDIA_TYPE_VIDEO) {
      this.#media.width = codecpar.width
      this.#media.height = codecpar.height
      this.#media.profile = codecpar.profile
    } else {
      this.#media.sampleRateHz = codecpar.sampleRate
      this.#media.channels = codecpar.channels
    }
  }

  #takePacket(): void {
    const entry = this.#decoders.get(this.#packet.streamIndex)
    if (entry === undefined) return
    const { stream, decoder } = entry
    if (this.#options.liveMs !== undefined) this.#originMs ??= toMs(this.#packet.pts, stream)
    const timeMs = toMs(this.#packet.pts, stream) - (this.#originMs ?? 0)
    const endMs = timeMs + toMs(this.#packet.duration, stream)
    this.#media.durationMs = Math.max(this.#media.durationMs, endMs)
    if (stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO) {
      if (this.#packet.isKeyframe) this.#media.keyframeTimesMs.push(timeMs)
    } else {
      const gapMs = Math.abs(timeMs - (this.#soundEndMs ?? timeMs))
      this.#media.largestSoundGapMs = Math.max(this.#media.largestSoundGapMs, gapMs)
      this.#soundEndMs = endMs
    }
    if (decoder.sendPacketSync(this.#packet) >= 0) this.#takeFrames(stream, decoder)
  }

  #takeFrames(stream: Stream, decoder: CodecContext): void {
    while (!this.#isStopped && decoder.receiveFrameSync(this.#frame) >= 0) {
      const timeMs = toMs(this.#frame.bestEffortTimestamp, stream) - (this.#originMs ?? 0)
      if (stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO) {
        this.#media.pictureTimesMs.push(timeMs)
        const picture = { frame: this.#frame, timeMs, isKey: this.#frame.keyFrame === 1 }
        if (this.#options.onPicture?.(picture) === false) this.#isStopped = true
      } else this.#takeSamples(timeMs)
    }
  }

  #takeSamples(timeMs: number): void {
    const plane = this.#frame.data?.[0]
    if (plane === undefined || this.#frame.format !== AV_SAMPLE_FMT_FLTP) return
    const view = new Float32Array(plane.buffer, plane.byteOffset, this.#frame.nbSamples)
    this.#pieces.push({ timeMs, samples: Float32Array.from(view) })
  }

  #joined(): Float32Array {
    const indexOf = (timeMs: number): number => Math.round((timeMs / 1000) * this.#media.sampleRateHz)
    const length = this.#pieces.reduce(
      (max, { timeMs, samples }) => Math.max(max, indexOf(timeMs) + samples.length),
      0,
    )
    const joined = new Float32Array(length)
    for (const { timeMs, samples } of this.#pieces) {
      const index = indexOf(timeMs)
      if (index >= 0) joined.set(samples, index)
    }
    return joined
  }
}

function toMs(ticks: bigint, { timeBase }: Stream): number {
  return (Number(ticks) * timeBase.num * 1000) / timeBase.den
}
