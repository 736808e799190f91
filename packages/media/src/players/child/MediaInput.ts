import {
  AV_DISPOSITION_ATTACHED_PIC,
  AV_NOPTS_VALUE,
  AV_PKT_DATA_DISPLAYMATRIX,
  AVDISCARD_ALL,
  AVDISCARD_DEFAULT,
  AVERROR_DECODER_NOT_FOUND,
  AVERROR_INVALIDDATA,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
  AVSEEK_FLAG_BACKWARD,
} from 'node-av/constants'
import { Dictionary, FFmpegError, FormatContext, type Packet, type Stream } from 'node-av/lib'

import { MediaError } from '../../MediaError.ts'
import { playerLimits } from '../limits.ts'
import type { MediaSource } from './MediaSource.ts'
import { type Rotation, rotationOf } from './rotation.ts'

/** One stream that is played. */
export type InputStream = {
  index: number
  stream: Stream
  /** Milliseconds per unit of its timestamps. */
  unitMs: number
  /** How pictures are to be turned. */
  rotation: Rotation
}

/** An open file or stream, found to be within the limits. No decoder is open yet. */
export class MediaInput {
  readonly #context: FormatContext
  readonly video: InputStream | null
  readonly audio: InputStream | null
  readonly durationMs: number | null
  readonly isLive: boolean
  readonly seekable: boolean
  /** Time of the first packet on the file's own scale; null: that of the first packet to come. */
  readonly startMs: number | null

  /**
   * @param timeoutMs Then it is given up.
   * @throws MediaError in words for users.
   */
  static async open(source: MediaSource, timeoutMs: number): Promise<MediaInput> {
    const context = new FormatContext()
    // Without this an interruption does nothing while it opens.
    context.allocContext()
    const timer = setTimeout(() => context.interrupt(), timeoutMs)
    try {
      check(await context.openInput(source.url, null, Dictionary.fromObject({ ...source.options })), source)
      // Looking for more opens decoders: what the container tells is checked first.
      refuseEarly(context)
      check(await context.findStreamInfo(), source)
      return new MediaInput(context, source)
    } catch (error) {
      await context.closeInput()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  private constructor(context: FormatContext, source: MediaSource) {
    this.#context = context
    const { video, audio } = chooseStreams(context)
    this.video = video
    this.audio = audio
    if (this.video === null && this.audio === null) {
      throw new MediaError('player_failed', `${source.authority} has neither sound nor picture to play`)
    }
    const { duration, startTime } = context
    const durationMs = duration === AV_NOPTS_VALUE || duration <= 0n ? null : Number(duration) / 1000
    if (durationMs !== null && durationMs > playerLimits.maxDurationMs) {
      const hours = playerLimits.maxDurationMs / 3_600_000
      throw new MediaError(
        'player_failed',
        `It is longer than ${hours} hours, which is the most that is played`,
      )
    }
    const isPlaylist = context.iformat?.name === 'hls'
    this.isLive = source.isPushed || durationMs === null
    this.durationMs = this.isLive ? null : durationMs
    this.seekable = !this.isLive && (isPlaylist || source.hasRanges)
    this.startMs = this.isLive ? null : startTime === AV_NOPTS_VALUE ? 0 : Number(startTime) / 1000
  }

  /** 0, or a negative error of FFmpeg. */
  read(packet: Packet): Promise<number> {
    return this.#context.readFrame(packet)
  }

  /** To the last keyframe at or before `positionMs`. A negative result is an error of FFmpeg. */
  async seek(positionMs: number): Promise<number> {
    const { index, unitMs } = (this.video ?? this.audio)!
    const target = BigInt(Math.round((positionMs + (this.startMs ?? 0)) / unitMs))
    return this.#context.seekFrame(index, target, AVSEEK_FLAG_BACKWARD)
  }

  close(): Promise<void> {
    return this.#context.closeInput()
  }
}

/** What the container tells of its pictures. Those that are not allowed are not decoded to learn more of them. */
function refuseEarly({ streams }: FormatContext): void {
  const pictures = streams.filter(isPicture)
  const refused = pictures.filter((stream) => refusalOf(stream) !== null)
  if (refused.length > 0 && refused.length === pictures.length) {
    throw new MediaError('player_failed', refusalOf(refused[0]!)!)
  }
  for (const stream of refused) stream.discard = AVDISCARD_ALL
}

/** The streams to be played; all others are not even read. Of several pictures, the largest that is allowed. */
function chooseStreams(context: FormatContext): { video: InputStream | null; audio: InputStream | null } {
  const { streams } = context
  const pictures = streams.filter(isPicture)
  const allowed = pictures
    .filter((stream) => refusalOf(stream) === null)
    .sort((a, b) => pixelsOf(b) - pixelsOf(a))
  const refused = pictures[0] === undefined ? null : refusalOf(pictures[0])
  if (allowed.length === 0 && refused !== null) throw new MediaError('player_failed', refused)
  const video = allowed[0] ?? null
  const sound = streams[context.findBestStream(AVMEDIA_TYPE_AUDIO, -1, video?.index ?? -1)]
  const audio = sound?.codecpar.codecType === AVMEDIA_TYPE_AUDIO ? sound : null
  const problem = audio === null ? null : refusalOf(audio)
  if (problem !== null) throw new MediaError('player_failed', problem)
  for (const stream of streams) {
    const isPlayed = stream.index === video?.index || stream.index === audio?.index
    stream.discard = isPlayed ? AVDISCARD_DEFAULT : AVDISCARD_ALL
  }
  return { video: video && toInput(video), audio: audio && toInput(audio) }
}

function toInput(stream: Stream): InputStream {
  const { index, timeBase, codecpar } = stream
  const rotation = rotationOf(codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX))
  return { index, stream, unitMs: (1000 * timeBase.num) / timeBase.den, rotation }
}

/** A cover of an album is no picture that moves. */
function isPicture(stream: Stream): boolean {
  return (
    stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO && !stream.hasDisposition(AV_DISPOSITION_ATTACHED_PIC)
  )
}

function pixelsOf({ codecpar }: Stream): number {
  return codecpar.width * codecpar.height
}

/** Why a stream is beyond the limits; null if it is within. */
function refusalOf(stream: Stream): string | null {
  const { codecpar, avgFrameRate } = stream
  if (codecpar.codecType === AVMEDIA_TYPE_VIDEO) {
    if (pixelsOf(stream) > playerLimits.maxPixels) {
      return `Its picture of ${codecpar.width}x${codecpar.height} is larger than 1920x1200, either way up`
    }
    const fps = avgFrameRate.den > 0 ? avgFrameRate.num / avgFrameRate.den : 0
    if (fps > playerLimits.maxFps) {
      return `It has ${Math.round(fps)} pictures a second, ${playerLimits.maxFps - 1} are the most`
    }
    return null
  }
  const { sampleRate, channels } = codecpar
  if (sampleRate <= playerLimits.maxSampleRateHz && channels <= playerLimits.maxChannels) return null
  const most = `${playerLimits.maxChannels} at ${playerLimits.maxSampleRateHz} Hz`
  return `Its sound of ${channels} channels at ${sampleRate} Hz is more than ${most}`
}

function check(result: number, source: MediaSource): void {
  if (result < 0) throw inputError(result, source)
}

/** Why FFmpeg cannot read (on), in words for users. */
export function inputError(result: number, source: MediaSource): MediaError {
  if (source.lastError !== null) return source.lastError
  if (result === AVERROR_INVALIDDATA || result === AVERROR_DECODER_NOT_FOUND) {
    const kinds = 'MP4, WebM, MP3, AAC, Ogg, WAV, FLAC, MPEG-TS, HLS or RTMP'
    return new MediaError(
      'player_failed',
      `${source.authority} sends nothing that can be played: no ${kinds}`,
    )
  }
  const words = new FFmpegError(result).message
  return new MediaError('player_failed', `${source.authority} cannot be played (${words})`)
}
