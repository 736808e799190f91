import { frameMs } from './constants.ts'

/** Called once per 20 ms; `nowMs` is the moment the tick was due, so a late timer does not bend playout. */
export type AudioTick = (nowMs: number) => void

export interface AudioClockOptions {
  /** Monotonic milliseconds. Default `performance.now`. */
  now?: () => number
  /** A tick that throws does not stop the others; without this the error is thrown on its own. */
  onError?: (error: unknown) => void
}

/** Ticks made up for at once when the process was held up; time beyond that is skipped. */
export const maxCatchUpTicks = 5

/**
 * The one timer behind the sound of all rooms: every 20 ms of monotonic time, without drift. It runs only
 * while it is started and somebody listens.
 */
export class AudioClock {
  readonly #now: () => number
  readonly #onError: (error: unknown) => void
  readonly #ticks = new Set<AudioTick>()
  #timer: NodeJS.Timeout | undefined
  #started = false
  #dueMs = 0
  #skippedTicks = 0

  constructor(options: AudioClockOptions = {}) {
    this.#now = options.now ?? (() => performance.now())
    this.#onError =
      options.onError ??
      ((error) => {
        setImmediate(() => {
          throw error
        })
      })
  }

  /** Ticks lost for good because the process was held up for longer than `maxCatchUpTicks`. */
  get skippedTicks(): number {
    return this.#skippedTicks
  }

  add(tick: AudioTick): void {
    this.#ticks.add(tick)
    this.#run()
  }

  remove(tick: AudioTick): void {
    this.#ticks.delete(tick)
    if (this.#ticks.size === 0) this.#halt()
  }

  start(): void {
    this.#started = true
    this.#run()
  }

  stop(): void {
    this.#started = false
    this.#halt()
  }

  #run(): void {
    if (!this.#started || this.#ticks.size === 0 || this.#timer) return
    this.#dueMs = this.#now() + frameMs
    this.#schedule()
  }

  #halt(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #schedule(): void {
    this.#timer = setTimeout(this.#fire, Math.max(0, this.#dueMs - this.#now()))
  }

  readonly #fire = (): void => {
    const timer = this.#timer
    for (let caughtUp = 0; this.#now() >= this.#dueMs; caughtUp++) {
      if (caughtUp === maxCatchUpTicks) {
        const behind = Math.floor((this.#now() - this.#dueMs) / frameMs) + 1
        this.#dueMs += behind * frameMs
        this.#skippedTicks += behind
        break
      }
      this.#tickAll(this.#dueMs)
      this.#dueMs += frameMs
      // A tick may have stopped the clock, or stopped and started it.
      if (this.#timer !== timer) return
    }
    this.#schedule()
  }

  #tickAll(nowMs: number): void {
    for (const tick of this.#ticks) {
      try {
        tick(nowMs)
      } catch (error) {
        this.#onError(error)
      }
    }
  }
}
