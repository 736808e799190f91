/**
 * Calls `onTick` at the frame rate, on the beats of one fixed grid: late ticks do not shift later ones, and
 * beats that were missed are left out, never made up for.
 */
export class FrameClock {
  readonly #intervalMs: number
  readonly #onTick: (frameNumber: number) => void
  #startMs = 0
  #lastFrame = -1
  #timer: NodeJS.Timeout | null = null
  #skipped = 0

  constructor(fps: number, onTick: (frameNumber: number) => void) {
    this.#intervalMs = 1000 / fps
    this.#onTick = onTick
  }

  /** Beats left out because the tick before took too long. */
  get skipped(): number {
    return this.#skipped
  }

  /** When a frame was due, on the clock of `performance.now()`. */
  dueMs(frameNumber: number): number {
    return this.#startMs + frameNumber * this.#intervalMs
  }

  start(): void {
    if (this.#timer) return
    this.#startMs = performance.now() - (this.#lastFrame + 1) * this.#intervalMs
    this.#schedule()
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }

  #schedule(): void {
    const dueMs = this.dueMs(this.#lastFrame + 1)
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, Math.round(dueMs - performance.now())))
  }

  #tick(): void {
    // Timers fire up to a millisecond early: half a beat decides which one is meant.
    const beat = Math.floor((performance.now() - this.#startMs) / this.#intervalMs + 0.5)
    const frameNumber = Math.max(this.#lastFrame + 1, beat)
    this.#skipped += frameNumber - this.#lastFrame - 1
    this.#lastFrame = frameNumber
    this.#schedule()
    this.#onTick(frameNumber)
  }
}
