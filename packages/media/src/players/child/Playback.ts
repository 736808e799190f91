import { AVERROR_EOF } from 'node-av/constants'
import { Packet } from 'node-av/lib'

import { MediaError } from '../../MediaError.ts'
import { playerOpenTimeoutMs, type PlayerInfo } from '../../playerTypes.ts'
import { playerLimits } from '../limits.ts'
import type { MediaWriter } from '../mediaPipe.ts'
import { machineMs, PlayerClock, type ClockState } from '../PlayerClock.ts'
import type { FromPlayer, PlayerTile } from '../playerMessages.ts'
import { AudioTrack } from './AudioTrack.ts'
import { inputError, MediaInput } from './MediaInput.ts'
import type { MediaSource } from './MediaSource.ts'
import { PictureScaler } from './PictureScaler.ts'
import { VideoTrack } from './VideoTrack.ts'

/** How often what is due is sent. */
const stepMs = 10
/** Decoding at one go, before messages are looked at. */
const decodeBudgetMs = 15
/** Sound is sent this long before it is heard, pictures a moment before they are seen. */
const audioAheadMs = 600
const pictureAheadMs = 20
/** Timestamps are rounded: a picture that is due this soon is the one of a position. */
const roundingMs = 5
/** In hand before it starts or goes on: enough for the unevenness of the network. */
const startBufferMs = 700
/** A live source is heard this long after it was sent; when it is later than the second, it jumps there. */
const liveBufferMs = 800
const liveMaxBufferMs = 4000
/** Read ahead of the clock. */
const readAheadMs = 2000
/** A stream that is dry while the other has this much has simply nothing to say. */
const sparseMs = 3000
/** To come to a position from the keyframe before it; then it goes on from where it is. */
const maxSeekDecodeMs = 4000
/** A live source that is gone is tried again after these; then it has ended. */
const reconnectDelaysMs = [500, 1000, 2000, 3000]
const reconnectTimeoutMs = 4000
/** Timestamps of a live source that jump this far come from a sender that began anew. */
const maxBackwardJumpMs = 1500
const maxForwardJumpMs = 10_000

type State = 'starting' | 'seeking' | 'playing' | 'buffering' | 'finished'

export type PlaybackOptions = {
  source: MediaSource
  writer: MediaWriter
  send: (message: FromPlayer) => void
  positionMs: number
  maxFps: number
  tile: PlayerTile
}

/** Reads, decodes and sends one source in step with the clock that the media process sets. */
export class Playback {
  readonly #options: PlaybackOptions
  readonly #clock = new PlayerClock()
  #scaler = new PictureScaler()
  #input: MediaInput
  #audio: AudioTrack | null = null
  #video: VideoTrack | null = null
  #tile: PlayerTile
  #state: State = 'starting'
  #generation = 0
  /** What to add to the source's own time to get the time of the player; null: the first packet tells. */
  #offsetMs: number | null = null
  /** Where a live source goes on, when its first packet comes. */
  #resumeMs = 0
  #seek: { positionMs: number } | null = null
  #seekDeadlineMs = 0
  #isAtEnd = false
  #endError: string | null = null
  #isLost = false
  #sentSerial = -1
  #nextPictureMs = 0
  #lastAudioEndMs = 0
  /** Own time of the last packet of a live source. */
  #lastOwnMs: number | null = null
  #wake: (() => void) | null = null

  /** @throws MediaError if it cannot be played; otherwise it reads from now on. */
  static async open(options: PlaybackOptions): Promise<Playback> {
    return new Playback(options, await MediaInput.open(options.source, playerOpenTimeoutMs))
  }

  private constructor(options: PlaybackOptions, input: MediaInput) {
    this.#options = options
    this.#tile = options.tile
    this.#input = input
    this.#openTracks()
    const positionMs = input.seekable ? this.#clamp(options.positionMs) : 0
    this.#standAt(positionMs)
    if (positionMs > 0) this.#seek = { positionMs }
    this.#seekDeadlineMs = performance.now() + maxSeekDecodeMs
    setInterval(() => this.#step(), stepMs)
    void this.#read()
  }

  setClock(clock: ClockState): void {
    this.#clock.set(clock)
    this.#wake?.()
  }

  setTile(tile: PlayerTile): void {
    this.#tile = tile
    this.#sentSerial = -1
    this.#nextPictureMs = 0
  }

  seek(generation: number, positionMs: number): void {
    this.#generation = generation
    const target = this.#clamp(positionMs)
    this.#standAt(target)
    this.#seek = { positionMs: target }
    this.#state = 'seeking'
    this.#wake?.()
  }

  catchUp(): void {
    if (this.#state === 'playing') this.#state = 'buffering'
  }

  #standAt(mediaMs: number): void {
    this.#clock.set({ mediaMs, atMs: machineMs(), isRunning: false })
  }

  #clamp(positionMs: number): number {
    return Math.min(Math.max(0, positionMs), this.#input.durationMs ?? 0)
  }

  #openTracks(): void {
    const { video, audio, startMs } = this.#input
    this.#lastOwnMs = null
    this.#offsetMs = startMs === null ? null : -startMs
    this.#video = video === null ? null : new VideoTrack(video)
    this.#scaler.close()
    this.#scaler = new PictureScaler(video?.rotation)
    this.#audio = audio === null ? null : new AudioTrack(audio)
  }

  get #tracks(): (AudioTrack | VideoTrack)[] {
    return [this.#audio, this.#video].filter((track) => track !== null)
  }

  // Reading: one call of FFmpeg at a time, in its own thread.

  async #read(): Promise<void> {
    for (;;) {
      if (this.#seek !== null) {
        await this.#carryOutSeek(this.#seek)
        continue
      }
      if (this.#isAtEnd || !this.#wantsMore()) {
        await this.#pause(stepMs * 2)
        continue
      }
      const packet = new Packet()
      packet.alloc()
      const result = await this.#input.read(packet)
      if (result >= 0 && this.#seek === null) {
        this.#take(packet)
        continue
      }
      packet.free()
      if (this.#seek !== null) continue
      if (this.#input.isLive && (result !== AVERROR_EOF || this.#options.source.isPushed)) {
        await this.#reconnect()
        continue
      }
      this.#isAtEnd = true
      const error =
        result === AVERROR_EOF ? this.#options.source.lastError : inputError(result, this.#options.source)
      this.#endError = error?.message ?? null
    }
  }

  #pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, durationMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async #carryOutSeek(seek: { positionMs: number }): Promise<void> {
    const result = await this.#input.seek(seek.positionMs)
    // Another one has come meanwhile.
    if (this.#seek !== seek) return
    this.#seek = null
    this.#seekDeadlineMs = performance.now() + maxSeekDecodeMs
    for (const track of this.#tracks) track.flush()
    this.#isAtEnd = result < 0
    this.#endError = result < 0 ? inputError(result, this.#options.source).message : null
    this.#lastAudioEndMs = 0
  }

  #take(packet: Packet): void {
    const { video, audio, isLive } = this.#input
    const index = packet.streamIndex
    const isVideo = index === video?.index
    const track = isVideo ? this.#video : index === audio?.index ? this.#audio : null
    if (track === null) {
      packet.free()
      return
    }
    const ownMs = track.queue.timeMs(packet)
    if (isLive && Number.isFinite(ownMs)) this.#followTime(ownMs)
    // While it is paused, only what is needed to go on from now is kept.
    const isWaiting = isLive && this.#state === 'playing' && !this.#clock.isRunning
    if (isWaiting && (isVideo ? packet.isKeyframe : this.#video === null && track.queue.length > 50)) {
      for (const each of this.#tracks) each.queue.clear()
    }
    if (this.#queuedBytes > playerLimits.maxQueuedBytes) for (const each of this.#tracks) each.flush()
    track.queue.push(packet)
  }

  /** Where the time of a live source lies on the player's. */
  #followTime(ownMs: number): void {
    const jumpMs = ownMs - (this.#lastOwnMs ?? ownMs)
    this.#lastOwnMs = ownMs
    if (jumpMs < -maxBackwardJumpMs || jumpMs > maxForwardJumpMs) {
      for (const track of this.#tracks) track.flush()
      this.#resumeMs = this.#clock.mediaMs(machineMs())
      this.#offsetMs = null
      this.#lastAudioEndMs = 0
      this.#bufferAgain(false)
    }
    this.#offsetMs ??= this.#resumeMs - ownMs
  }

  #bufferAgain(isLost: boolean): void {
    if (this.#state !== 'playing') return
    this.#state = 'buffering'
    this.#options.send({ type: 'buffering', isLost })
  }

  get #queuedBytes(): number {
    return this.#tracks.reduce((sum, { queue }) => sum + queue.bytes, 0)
  }

  #wantsMore(): boolean {
    if (this.#options.source.isPushed) return true
    if (this.#queuedBytes > playerLimits.maxQueuedBytes / 2) return false
    const { least, most } = this.#ahead()
    return least < readAheadMs && most < readAheadMs + sparseMs
  }

  /** How much of the streams is in hand beyond the clock, in milliseconds. */
  #ahead(): { least: number; most: number } {
    const mediaMs = this.#clock.mediaMs(machineMs())
    const ahead = this.#tracks.map((track) => Math.max(-readAheadMs, this.#toMedia(track.endMs) - mediaMs))
    return { least: Math.min(...ahead), most: Math.max(...ahead) }
  }

  #toMedia(ownMs: number): number {
    return ownMs + (this.#offsetMs ?? 0)
  }

  async #reconnect(): Promise<void> {
    const { source } = this.#options
    this.#isLost = true
    let lastError = source.lastError
    for (const delayMs of reconnectDelaysMs) {
      await this.#pause(delayMs)
      try {
        const input = await MediaInput.open(source, reconnectTimeoutMs)
        await this.#input.close()
        for (const track of this.#tracks) track.close()
        this.#input = input
        this.#resumeMs = this.#clock.mediaMs(machineMs())
        this.#openTracks()
        this.#lastAudioEndMs = 0
        this.#sentSerial = -1
        this.#isLost = false
        this.#bufferAgain(true)
        return
      } catch (error) {
        lastError = error instanceof MediaError ? error : lastError
      }
    }
    this.#isAtEnd = true
    this.#isLost = false
    this.#endError = `The live source ended and did not come back${lastError === null ? '' : `: ${lastError.message}`}`
  }

  // Sending: every few milliseconds.

  #step(): void {
    // The decoders stand at another place until the seek is carried out.
    if (this.#seek !== null) return
    const nowMs = machineMs()
    const mediaMs = this.#clock.mediaMs(nowMs)
    if (this.#isAtEnd) for (const track of this.#tracks) track.drain()
    this.#sendAudio(mediaMs)
    this.#advanceVideo(mediaMs)
    this.#sendPicture(nowMs)
    if (this.#state === 'playing') this.#checkSupply(nowMs)
    else if (this.#state !== 'finished') this.#settle(mediaMs)
    this.#finish()
  }

  #sendAudio(mediaMs: number): void {
    const audio = this.#audio
    if (audio === null) return
    const deadlineMs = performance.now() + decodeBudgetMs
    while (this.#lastAudioEndMs < mediaMs + audioAheadMs && performance.now() < deadlineMs) {
      const frame = audio.next()
      if (frame === null) return
      const ptsMs = this.#toMedia(frame.ptsMs)
      this.#lastAudioEndMs = ptsMs + 20
      if (ptsMs + 20 <= mediaMs) continue
      this.#options.writer.writeAudio(this.#generation, ptsMs, frame.samples)
    }
  }

  #advanceVideo(mediaMs: number): void {
    const maySkip = this.#state === 'playing' && this.#clock.isRunning
    const aheadMs = maySkip ? pictureAheadMs : roundingMs
    const ownMs = mediaMs + aheadMs - (this.#offsetMs ?? 0)
    this.#video?.advance(ownMs, maySkip, performance.now() + decodeBudgetMs)
  }

  #sendPicture(nowMs: number): void {
    const { writer, maxFps } = this.#options
    const video = this.#video
    if (video === null || this.#tile === null || !writer.takesPicture) return
    if (video.serial === this.#sentSerial || nowMs < this.#nextPictureMs) return
    // On the way to a position nothing is shown.
    if (this.#state !== 'playing' && this.#state !== 'buffering' && !video.isUpToDate) return
    const { current } = video
    if (current === null) return
    this.#sentSerial = video.serial
    const intervalMs = 1000 / maxFps
    this.#nextPictureMs = Math.max(this.#nextPictureMs + intervalMs, nowMs - stepMs)
    const scaled = this.#scaler.scale(current, this.#tile)
    if (scaled === null) return
    const ptsMs = this.#toMedia(video.currentMs ?? 0)
    writer.writePicture({ ...scaled.head, generation: this.#generation, ptsMs }, scaled.planes)
  }

  /** Playing: is there anything to play? */
  #checkSupply(nowMs: number): void {
    if (!this.#clock.isRunning || this.#isAtEnd) return
    const { least, most } = this.#ahead()
    const { isPushed } = this.#options.source
    if (isPushed && least > liveMaxBufferMs) {
      this.#jumpToNewest(nowMs)
      return
    }
    if (least > 0 || most > sparseMs) return
    this.#bufferAgain(this.#isLost)
  }

  /** Starting, seeking or buffering: is there enough to go on? */
  #settle(mediaMs: number): void {
    if (this.#isLost) return
    const { source, send } = this.#options
    const { least, most } = this.#ahead()
    const { isLive, seekable, durationMs } = this.#input
    const isSupplied =
      this.#isAtEnd || most > sparseMs || least >= (source.isPushed ? liveBufferMs : startBufferMs)
    const isArrived = this.#video === null || this.#video.isUpToDate || most > sparseMs
    if (!isSupplied || (!isArrived && performance.now() < this.#seekDeadlineMs)) return
    const wasState = this.#state
    this.#state = 'playing'
    const positionMs = source.isPushed && !this.#isAtEnd ? mediaMs + least - liveBufferMs : mediaMs
    if (wasState === 'starting') {
      const info: PlayerInfo = {
        seekable,
        durationMs,
        hasAudio: this.#audio !== null,
        hasVideo: this.#video !== null,
      }
      send({ type: 'opened', info, isLive, positionMs })
    } else if (wasState === 'seeking') {
      send({ type: 'seeked', generation: this.#generation, positionMs })
    } else {
      send({ type: 'buffered', positionMs })
    }
  }

  #jumpToNewest(nowMs: number): void {
    const positionMs = this.#clock.mediaMs(nowMs) + this.#ahead().least - liveBufferMs
    this.#clock.start(positionMs, nowMs)
    this.#options.send({ type: 'buffered', positionMs })
  }

  #finish(): void {
    if (!this.#isAtEnd || this.#state !== 'playing') return
    if (this.#tracks.some((track) => !track.isEmpty)) return
    this.#state = 'finished'
    const ends = [this.#lastAudioEndMs, this.#toMedia(this.#video?.endMs ?? -Infinity)]
    const endMs = Math.max(0, this.#clock.mediaMs(machineMs()), ...ends)
    const error = this.#endError
    this.#options.send({ type: 'finished', generation: this.#generation, endMs, error })
  }
}
