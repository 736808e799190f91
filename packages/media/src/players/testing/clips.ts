import {
  AV_CHANNEL_LAYOUT_STEREO,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AV_PKT_DATA_DISPLAYMATRIX,
  AV_PIX_FMT_YUV420P,
  AV_SAMPLE_FMT_FLTP,
  AV_SAMPLE_FMT_FLT,
  FF_ENCODER_AAC,
  FF_ENCODER_LIBMP3LAME,
  FF_ENCODER_LIBOPUS,
  FF_ENCODER_LIBVPX_VP8,
  FF_ENCODER_LIBVPX_VP9,
  FF_ENCODER_LIBX264,
  type FFAudioEncoder,
  type FFVideoEncoder,
} from 'node-av/constants'
import {
  Codec,
  CodecContext,
  Dictionary,
  FormatContext,
  Frame,
  Packet,
  Rational,
  type Stream,
} from 'node-av/lib'

import { Canvas } from '../../video/Canvas.ts'
import { openCodec, setCodecOptions } from '../../video/codecs.ts'
import { colours, fillRect, isColour, type Yuv } from '../../video/testKit.ts'

export const clipFps = 25
const rateHz = 48_000
const order = [colours.red, colours.green, colours.blue, colours.yellow, colours.magenta, colours.cyan]

/** Every second of a clip has its colour, */
export function colourAt(second: number): Yuv {
  return order[second % order.length]!
}

/** and its tone. */
export function toneHzAt(second: number): number {
  return 400 + 150 * (second % order.length)
}

/** The second modulo 6 whose colour this is; -1 for none. */
export function secondOfColour(sample: Yuv): number {
  return order.findIndex((colour) => isColour(sample, colour))
}

/** Peak of the tones. */
export const toneAmplitude = 0.25

export type ClipOptions = {
  /** Path or URL. */
  path: string
  /** FFmpeg's muxer. Default: by the file's name. */
  format?: string
  seconds: number
  video?: { codec: 'h264' | 'vp8' | 'vp9'; width: number; height: number; bitrateBps?: number } | null
  audio?: 'aac' | 'mp3' | 'opus' | null
  /** How a player has to turn its picture, clockwise. */
  rotation?: 0 | 90 | 180 | 270
  muxerOptions?: Record<string, string>
  /** Waits so that it is written in real time. Stops when this becomes true. */
  live?: { stop: () => boolean }
  /** Whether a picture is left out, so that the one before it stays; keyframes (one a second) must not be. */
  leavesOut?: (frameNumber: number) => boolean
  /** Paints in place of the colour of the second. */
  paint?: (canvas: Canvas, frameNumber: number) => void
}

/** Makes a file or stream of colours and tones, with a keyframe every second. */
export async function writeClip(options: ClipOptions): Promise<void> {
  const { path, seconds, muxerOptions, live } = options
  const output = new FormatContext()
  output.allocOutputContext2(null, options.format ?? null, path)
  const video = options.video === null ? null : new ClipVideo(output, options)
  const audio = options.audio === null ? null : new ClipAudio(output, options.audio ?? 'aac')
  const opened = await output.openOutput()
  if (opened < 0) throw new Error(`${path} cannot be written (FFmpeg error ${opened})`)
  await output.writeHeader(muxerOptions === undefined ? null : Dictionary.fromObject(muxerOptions))
  const startMs = performance.now()
  for (let number = 0; number < seconds * clipFps; number++) {
    if (live !== undefined) {
      if (live.stop()) break
      const waitMs = startMs + (number * 1000) / clipFps - performance.now()
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
    }
    if (options.leavesOut?.(number) !== true) await video?.write(number)
    await audio?.writeUntil((number + 1) / clipFps)
  }
  await video?.finish()
  await audio?.finish()
  await output.writeTrailer()
  await output.closeOutput()
  output.freeContext()
  video?.free()
  audio?.free()
}

class Track {
  readonly context = new CodecContext()
  readonly #output: FormatContext
  readonly #stream: Stream
  readonly #packet = new Packet()

  constructor(
    output: FormatContext,
    name: FFAudioEncoder | FFVideoEncoder,
    configure: (context: CodecContext) => Record<string, string>,
  ) {
    this.#output = output
    const codec = Codec.findEncoderByName(name)
    if (codec === null) throw new Error(`No encoder ${name}`)
    this.context.allocContext3(codec)
    this.context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER)
    setCodecOptions(this.context, configure(this.context))
    openCodec(this.context, codec)
    this.#stream = output.newStream(null)
    this.#stream.timeBase = this.context.timeBase
    this.context.parametersFromContext(this.#stream.codecpar)
    this.#packet.alloc()
  }

  rotate(degrees: number): void {
    const [cos, sin] = [Math.cos, Math.sin].map((of) => Math.round(of((degrees * Math.PI) / 180)) << 16)
    const matrix = Buffer.alloc(36)
    const entries = [cos!, sin!, 0, -sin!, cos!, 0, 0, 0, 1 << 30]
    entries.forEach((value, index) => matrix.writeInt32LE(value, index * 4))
    this.#stream.codecpar.addCodedSideData(AV_PKT_DATA_DISPLAYMATRIX, matrix)
  }

  async encode(frame: Frame | null): Promise<void> {
    const sent = this.context.sendFrameSync(frame)
    if (sent < 0) throw new Error(`The encoder refuses a frame (FFmpeg error ${sent})`)
    while (this.context.receivePacketSync(this.#packet) >= 0) {
      this.#packet.streamIndex = this.#stream.index
      // Pictures have none, and then the last one lies behind the end of an MP4 and is not shown.
      if (this.#packet.duration <= 0n) this.#packet.duration = 1n
      this.#packet.rescaleTs(this.context.timeBase, this.#stream.timeBase)
      const written = await this.#output.interleavedWriteFrame(this.#packet)
      if (written < 0) throw new Error(`A packet cannot be written (FFmpeg error ${written})`)
      this.#packet.unref()
    }
  }

  free(): void {
    this.#packet.free()
    this.context.freeContext()
  }
}

const videoEncoders = {
  h264: FF_ENCODER_LIBX264,
  vp8: FF_ENCODER_LIBVPX_VP8,
  vp9: FF_ENCODER_LIBVPX_VP9,
} as const

class ClipVideo {
  readonly #canvas: Canvas
  readonly #track: Track
  readonly #paint: NonNullable<ClipOptions['paint']>

  constructor(output: FormatContext, options: ClipOptions) {
    const given: NonNullable<ClipOptions['video']> = options.video ?? {
      codec: 'h264',
      width: 320,
      height: 180,
    }
    const { codec, width, height, bitrateBps = 400_000 } = given
    this.#canvas = new Canvas(width, height)
    this.#paint = options.paint ?? paintColour
    const { rotation = 0 } = options
    this.#track = new Track(output, videoEncoders[codec], (context) => {
      context.width = width
      context.height = height
      context.pixelFormat = AV_PIX_FMT_YUV420P
      context.timeBase = new Rational(1, clipFps)
      context.framerate = new Rational(clipFps, 1)
      context.gopSize = clipFps
      context.threadCount = 1
      context.bitRate = BigInt(bitrateBps)
      const settings: Record<string, string> =
        codec === 'h264'
          ? { preset: 'ultrafast', bf: '2', 'forced-idr': '1' }
          : { deadline: 'realtime', 'cpu-used': codec === 'vp9' ? '8' : '-10', 'lag-in-frames': '0' }
      return settings
    })
    if (rotation !== 0) this.#track.rotate(rotation)
  }

  async write(number: number): Promise<void> {
    this.#paint(this.#canvas, number)
    const { frame } = this.#canvas
    frame.pts = BigInt(number)
    frame.pictType = number % clipFps === 0 ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE
    await this.#track.encode(frame)
  }

  finish(): Promise<void> {
    return this.#track.encode(null)
  }

  free(): void {
    this.#track.free()
    this.#canvas.free()
  }
}

function paintColour(canvas: Canvas, number: number): void {
  fillRect(canvas, 0, 0, canvas.width, canvas.height, colourAt(Math.floor(number / clipFps)))
}

const audioEncoders = {
  aac: { name: FF_ENCODER_AAC, format: AV_SAMPLE_FMT_FLTP },
  mp3: { name: FF_ENCODER_LIBMP3LAME, format: AV_SAMPLE_FMT_FLTP },
  opus: { name: FF_ENCODER_LIBOPUS, format: AV_SAMPLE_FMT_FLT },
} as const

class ClipAudio {
  readonly #track: Track
  readonly #frame = new Frame()
  readonly #isPlanar: boolean
  readonly #frameSize: number
  #written = 0
  #phase = 0

  constructor(output: FormatContext, codec: keyof typeof audioEncoders) {
    const { name, format } = audioEncoders[codec]
    this.#isPlanar = format === AV_SAMPLE_FMT_FLTP
    this.#track = new Track(output, name, (context) => {
      context.sampleFormat = format
      context.sampleRate = rateHz
      context.channelLayout = AV_CHANNEL_LAYOUT_STEREO
      context.timeBase = new Rational(1, rateHz)
      context.bitRate = 128_000n
      return {}
    })
    this.#frameSize = this.#track.context.frameSize
    this.#frame.alloc()
    this.#frame.format = format
    this.#frame.nbSamples = this.#frameSize
    this.#frame.sampleRate = rateHz
    this.#frame.channelLayout = AV_CHANNEL_LAYOUT_STEREO
    this.#frame.getBuffer(0)
  }

  async writeUntil(seconds: number): Promise<void> {
    while ((this.#written + this.#frameSize) / rateHz <= seconds) {
      this.#frame.makeWritable()
      const planes = this.#frame.data!.map(
        (plane) => new Float32Array(plane.buffer, plane.byteOffset, plane.length / 4),
      )
      for (let i = 0; i < this.#frameSize; i++) {
        const hz = toneHzAt(Math.floor((this.#written + i) / rateHz))
        this.#phase += (2 * Math.PI * hz) / rateHz
        const value = toneAmplitude * Math.sin(this.#phase)
        if (this.#isPlanar) {
          planes[0]![i] = value
          planes[1]![i] = value
        } else {
          planes[0]![2 * i] = value
          planes[0]![2 * i + 1] = value
        }
      }
      this.#frame.pts = BigInt(this.#written)
      this.#written += this.#frameSize
      await this.#track.encode(this.#frame)
    }
  }

  finish(): Promise<void> {
    return this.#track.encode(null)
  }

  free(): void {
    this.#track.free()
    this.#frame.free()
  }
}
