import { MediaError, type MediaErrorCode } from '../MediaError.ts'
import { playerOpenTimeoutMs, type PlayerInfo, type PlayerOptions } from '../playerTypes.ts'
import { MediaReader, type RawPicture } from './mediaPipe.ts'
import { PlayerAudio } from './PlayerAudio.ts'
import { machineMs, PlayerClock } from './PlayerClock.ts'
import type { FromPlayer, PlayerTile } from './playerMessages.ts'
import { PlayerProcess } from './PlayerProcess.ts'

/** Until the sound of the new place has come over from the process. */
const startDelayMs = 80
const seekTimeoutMs = 10_000

export type PlayerContext = {
  options: PlayerOptions
  allowedHosts: readonly string[]
  maxFps: number
  tile: PlayerTile
  /** `host:port` of the URL, for messages. */
  authority: string
  onPicture: (picture: RawPicture, onTaken: (bytes: ArrayBuffer) => void) => void
  onState: (state: 'playing' | 'paused', positionMs: number) => void
  /** Once, if it was opened and not closed by us. */
  onEnded: (positionMs: number, error: string | null) => void
}

type Waiter<T> = { resolve: (value: T) => void; reject: (error: Error) => void; timer: NodeJS.Timeout }

/** One URL that plays in a room: its process, its clock, its sound. A source of the mixer (`PcmSource`). */
export class Player {
  readonly #context: PlayerContext
  readonly #audio = new PlayerAudio()
  readonly #clock = new PlayerClock()
  readonly #process: PlayerProcess
  readonly #reader: MediaReader
  /** From the mixer's clock to the machine's. */
  readonly #clockOffsetMs: number
  #opening: Waiter<PlayerInfo> | null = null
  #seeks: Waiter<{ positionMs: number }>[] = []
  #info: PlayerInfo | null = null
  #isLive = false
  /** Of live sources: where it stood when it was opened; its position counts from there. */
  #originMs = 0
  #isPaused = false
  #isBuffering = true
  #wasLost = false
  #generation = 0
  #end: { endMs: number; error: string | null } | null = null
  #isClosed = false

  /** @param nowMs The mixer's clock, as given to `render`. */
  constructor(context: PlayerContext, nowMs: number) {
    this.#context = context
    this.#clockOffsetMs = machineMs() - nowMs
    this.#audio.setVolume(context.options.volumeDb)
    this.#reader = new MediaReader({
      onAudio: (generation, ptsMs, samples) => {
        if (generation === this.#generation) this.#audio.push(ptsMs, samples)
      },
      onPicture: (generation, picture) => this.#takePicture(generation, picture),
      onBroken: (why) => this.#process.kill(`its process ${why}`),
    })
    this.#process = new PlayerProcess({
      onMessage: (message) => this.#onMessage(message),
      onMedia: (chunk) => this.#reader.push(chunk),
      onExit: (why) => this.#fail('player_failed', `${context.authority} cannot be played on: ${why}`),
    })
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /** Resolves when it plays. Rejects within `playerOpenTimeoutMs`; then the player is closed. */
  open(): Promise<PlayerInfo> {
    const { options, allowedHosts, maxFps, tile, authority } = this.#context
    const { url, positionMs } = options
    this.#process.send({ type: 'open', url, positionMs, allowedHosts, maxFps, tile })
    return new Promise((resolve, reject) => {
      const seconds = playerOpenTimeoutMs / 1000
      const timer = setTimeout(
        () => this.#fail('player_failed', `${authority} sent nothing that can be played within ${seconds} s`),
        playerOpenTimeoutMs,
      )
      this.#opening = { resolve, reject, timer }
    })
  }

  get positionMs(): number {
    const mediaMs = this.#clock.mediaMs(machineMs()) - this.#originMs
    const endMs = this.#end?.endMs ?? this.#info?.durationMs ?? Infinity
    return Math.max(0, Math.min(mediaMs, endMs))
  }

  pause(): void {
    if (!this.#isPaused) {
      this.#isPaused = true
      this.#stopClock()
    }
    this.#tellState()
  }

  resume(): void {
    if (this.#isPaused) {
      this.#isPaused = false
      if (this.#isLive) {
        // What was sent meanwhile has passed.
        this.#isBuffering = true
        this.#audio.clear()
        this.#process.send({ type: 'catchUp' })
      } else if (!this.#isBuffering) {
        this.#startClock(this.#clock.mediaMs(machineMs()), 0)
      }
    }
    this.#tellState()
  }

  /** Resolves with where it landed. */
  seek(positionMs: number): Promise<{ positionMs: number }> {
    if (this.#info?.seekable !== true) {
      return Promise.reject(new MediaError('player_failed', 'A live source has no other places to go to'))
    }
    const target = Math.max(0, Math.min(positionMs, this.#info.durationMs ?? positionMs))
    this.#generation++
    this.#end = null
    this.#isBuffering = true
    this.#audio.clear()
    this.#clock.set({ mediaMs: target, atMs: machineMs(), isRunning: false })
    this.#process.send({ type: 'seek', generation: this.#generation, positionMs: target })
    return new Promise((resolve, reject) => {
      const words = `${this.#context.authority} sent nothing from there within ${seekTimeoutMs / 1000} s`
      const timer = setTimeout(() => this.#fail('player_failed', words), seekTimeoutMs)
      this.#seeks.push({ resolve, reject, timer })
    })
  }

  setVolume(volumeDb: number): void {
    this.#audio.setVolume(volumeDb)
  }

  setTile(tile: PlayerTile): void {
    this.#process.send({ type: 'tile', tile })
  }

  /** In silence. Resolves when the process is gone. */
  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true
      this.#settleAll(new MediaError('player_failed', 'The playback was closed'))
      this.#process.kill()
    }
    return this.#process.exited
  }

  // A source of the mixer.

  get frame(): Float32Array {
    return this.#audio.frame
  }

  get contributes(): boolean {
    return this.#audio.contributes
  }

  render(nowMs: number): void {
    const { isRunning } = this.#clock
    const mediaMs = this.#clock.mediaMs(nowMs + this.#clockOffsetMs)
    const hasBegun = nowMs + this.#clockOffsetMs >= this.#clock.state.atMs
    this.#audio.render(isRunning && hasBegun ? mediaMs : null)
    if (isRunning && this.#end !== null && mediaMs >= this.#end.endMs) this.#finish(this.#end.error)
  }

  #startClock(mediaMs: number, delayMs: number): void {
    this.#clock.start(mediaMs, machineMs() + delayMs)
    this.#process.send({ type: 'clock', clock: this.#clock.state })
  }

  #stopClock(): void {
    this.#audio.stop()
    this.#clock.stop(machineMs())
    this.#process.send({ type: 'clock', clock: this.#clock.state })
  }

  /** The process stands at a place and has enough in hand to go on. */
  #goOn(mediaMs: number): void {
    this.#isBuffering = false
    if (this.#isPaused) {
      this.#clock.set({ mediaMs, atMs: machineMs(), isRunning: false })
      this.#process.send({ type: 'clock', clock: this.#clock.state })
    } else {
      this.#startClock(mediaMs, startDelayMs)
    }
  }

  #onMessage(message: FromPlayer): void {
    if (this.#isClosed) return
    switch (message.type) {
      case 'alive':
        break
      case 'opened':
        this.#opened(message)
        break
      case 'failed':
        this.#fail(message.code, message.message)
        break
      case 'seeked':
        if (message.generation === this.#generation) this.#seeked(message.positionMs)
        break
      case 'buffering':
        this.#isBuffering = true
        this.#wasLost ||= message.isLost
        this.#stopClock()
        break
      case 'buffered':
        this.#audio.stop()
        this.#goOn(message.positionMs)
        if (this.#wasLost) this.#tellState()
        this.#wasLost = false
        break
      case 'finished':
        if (message.generation === this.#generation) this.#end = message
        break
    }
  }

  #opened({ info, isLive, positionMs }: FromPlayer & { type: 'opened' }): void {
    const opening = this.#opening
    if (opening === null) return
    this.#opening = null
    clearTimeout(opening.timer)
    this.#info = info
    this.#isLive = isLive
    this.#originMs = isLive ? positionMs : 0
    this.#goOn(positionMs)
    opening.resolve(info)
  }

  #seeked(positionMs: number): void {
    this.#goOn(positionMs)
    for (const { resolve, timer } of this.#seeks.splice(0)) {
      clearTimeout(timer)
      resolve({ positionMs })
    }
    this.#tellState()
  }

  #takePicture(generation: number, picture: RawPicture): void {
    const recycle = (bytes: ArrayBuffer): void => this.#reader.recycle(bytes)
    if (generation === this.#generation && !this.#isClosed) this.#context.onPicture(picture, recycle)
    else recycle(picture.bytes)
  }

  #tellState(): void {
    this.#context.onState(this.#isPaused ? 'paused' : 'playing', this.positionMs)
  }

  /** It ends by itself, well or not. */
  #finish(error: string | null): void {
    if (this.#isClosed) return
    const { positionMs } = this
    void this.close()
    this.#context.onEnded(positionMs, error)
  }

  #fail(code: MediaErrorCode, message: string): void {
    if (this.#isClosed) return
    const isOpening = this.#opening !== null
    this.#settleAll(new MediaError(code, message))
    if (isOpening) void this.close()
    else this.#finish(message)
  }

  #settleAll(error: MediaError): void {
    for (const waiter of [this.#opening, ...this.#seeks.splice(0)]) {
      if (waiter === null) continue
      clearTimeout(waiter.timer)
      waiter.reject(error)
    }
    this.#opening = null
  }
}
