import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  AV_CODEC_ID_AAC,
  AV_CODEC_ID_H264,
  AV_OPT_SEARCH_CHILDREN,
  AV_OPT_TYPE_STRING,
  AV_PIX_FMT_YUV420P,
  AV_CHANNEL_LAYOUT_STEREO,
  AV_SAMPLE_FMT_FLTP,
  AVCOL_RANGE_MPEG,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
} from 'node-av/constants'
import { FFmpegError, FormatContext, Packet, Rational, type Stream } from 'node-av/lib'
import type { MediaFormat } from '../mediaUnits.ts'
import { describeAvError, describeFileError } from './fileErrors.ts'
import type { FileProgress, FileUnit } from './recorderMessages.ts'

/** Ticks per second of the picture (RFC 6184's clock, which all frame rates divide). */
const videoTimescale = 90_000
/** A file that is cut off is playable up to its last fragment. */
const fragmentUs = 500_000
/** Upper bound of what a unit adds to the index that is written at the end, in bytes. */
const indexBytesPerUnit = 24

/** A file that cannot be written (any more); the message names the path and the cause. */
export class FileError extends Error {
  override readonly name = 'FileError'
}

/**
 * Writes one MP4 file, synchronously. While it is written it is a fragmented one, playable wherever it is cut off;
 * `finish` makes an ordinary one of it.
 */
export class Mp4Writer {
  readonly #path: string
  readonly #context = new FormatContext()
  readonly #packet = new Packet()
  /** A handle of our own, for size and sync. */
  readonly #fd: number
  readonly #video: Stream
  readonly #audio: Stream
  #durationMs = 0
  #unitCount = 0
  #sizeBytes = 0
  #isClosed = false

  /** @throws FileError */
  constructor(path: string, format: MediaFormat) {
    this.#path = path
    try {
      // Says what is wrong better than FFmpeg does, and never takes the place of another file.
      this.#fd = openSync(path, 'wx', 0o640)
    } catch (error) {
      throw new FileError(describeFileError(path, error), { cause: error })
    }
    this.#packet.alloc()
    this.#check(this.#context.allocOutputContext2(null, 'mp4', `file:${path}`))
    this.#video = this.#context.newStream(null)
    this.#audio = this.#context.newStream(null)
    describeStreams(this.#video, this.#audio, format)
    this.#check(this.#context.openOutputSync())
    this.#set('movflags', 'hybrid_fragmented')
    this.#set('frag_duration', String(fragmentUs))
    this.#set('flush_packets', '1')
    this.#check(this.#context.writeHeaderSync(null))
  }

  /** @throws FileError */
  write({ kind, data, isKey, timeMs, durationMs }: FileUnit): void {
    const stream = kind === 'video' ? this.#video : this.#audio
    const { num, den } = stream.timeBase
    const ticksPerMs = den / num / 1000
    this.#packet.unref()
    this.#packet.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    this.#packet.streamIndex = stream.index
    this.#packet.pts = this.#packet.dts = BigInt(Math.round(timeMs * ticksPerMs))
    this.#packet.duration = BigInt(Math.round(durationMs * ticksPerMs))
    this.#packet.isKeyframe = isKey
    this.#check(this.#context.interleavedWriteFrameSync(this.#packet))
    this.#durationMs = Math.max(this.#durationMs, timeMs + durationMs)
    this.#unitCount++
  }

  /** What is in the file now. */
  progress(): FileProgress {
    if (!this.#isClosed) this.#sizeBytes = fstatSync(this.#fd).size
    return { durationMs: this.#durationMs, sizeBytes: this.#sizeBytes }
  }

  /** What the file will take, as far as is known now: with the index that `finish` adds. */
  get expectedSizeBytes(): number {
    return this.progress().sizeBytes + this.#unitCount * indexBytesPerUnit
  }

  /**
   * Makes an ordinary MP4 of it and brings it to the disk.
   *
   * @throws FileError It stays a fragmented one then.
   */
  finish(): void {
    this.#checkRoomForIndex()
    this.#check(this.#context.writeTrailerSync())
    this.#context.closeOutputSync()
    this.#sync()
    this.close()
  }

  /** Leaves the file as it is. May be called twice. */
  close(): void {
    if (this.#isClosed) return
    this.progress()
    this.#isClosed = true
    this.#context.closeOutputSync()
    this.#context.freeContext()
    this.#packet.free()
    closeSync(this.#fd)
  }

  /** FFmpeg turns the fragments into one `mdat` even if the index that takes their place did not fit. */
  #checkRoomForIndex(): void {
    const { size } = fstatSync(this.#fd)
    try {
      const index = Buffer.alloc(this.#unitCount * indexBytesPerUnit + 4096)
      for (let written = 0; written < index.length;)
        written += writeSync(this.#fd, index, written, undefined, size + written)
    } catch (error) {
      throw new FileError(describeFileError(this.#path, error), { cause: error })
    } finally {
      ftruncateSync(this.#fd, size)
    }
  }

  #sync(): void {
    try {
      fsyncSync(this.#fd)
      const directory = openSync(dirname(this.#path), 'r')
      try {
        fsyncSync(directory)
      } finally {
        closeSync(directory)
      }
    } catch (error) {
      throw new FileError(describeFileError(this.#path, error), { cause: error })
    }
  }

  #set(name: string, value: string): void {
    this.#check(this.#context.setOption(name, value, AV_OPT_TYPE_STRING, AV_OPT_SEARCH_CHILDREN))
  }

  #check(result: number): void {
    if (result >= 0) return
    throw new FileError(describeAvError(this.#path, result, new FFmpegError(result).message))
  }
}

function describeStreams(video: Stream, audio: Stream, format: MediaFormat): void {
  video.timeBase = new Rational(1, videoTimescale)
  const picture = video.codecpar
  picture.codecType = AVMEDIA_TYPE_VIDEO
  picture.codecId = AV_CODEC_ID_H264
  picture.format = AV_PIX_FMT_YUV420P
  picture.colorRange = AVCOL_RANGE_MPEG
  picture.width = format.video.width
  picture.height = format.video.height
  picture.bitRate = BigInt(format.video.bitrateBps)
  picture.frameRate = new Rational(format.video.fps, 1)
  picture.extradata = Buffer.from(format.video.decoderConfig)
  video.avgFrameRate = new Rational(format.video.fps, 1)

  audio.timeBase = new Rational(1, format.audio.sampleRateHz)
  const sound = audio.codecpar
  sound.codecType = AVMEDIA_TYPE_AUDIO
  sound.codecId = AV_CODEC_ID_AAC
  sound.format = AV_SAMPLE_FMT_FLTP
  sound.sampleRate = format.audio.sampleRateHz
  sound.channelLayout = AV_CHANNEL_LAYOUT_STEREO
  sound.frameSize = 1024
  sound.bitRate = BigInt(format.audio.bitrateBps)
  sound.extradata = Buffer.from(format.audio.decoderConfig)
}
