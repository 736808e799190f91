/** `mediaMs` is played at `atMs`; from there the clock runs, or stands still. */
export type ClockState = { mediaMs: number; atMs: number; isRunning: boolean }

/** Milliseconds with fraction on a clock that all processes of a machine share and nobody sets. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** Which moment of a file is played when. `atMs` is `machineMs`. */
export class PlayerClock {
  #state: ClockState = { mediaMs: 0, atMs: 0, isRunning: false }

  get state(): ClockState {
    return this.#state
  }

  get isRunning(): boolean {
    return this.#state.isRunning
  }

  set(state: ClockState): void {
    this.#state = state
  }

  /** Never before where it started: a start may lie a little ahead. */
  mediaMs(nowMs: number): number {
    const { mediaMs, atMs, isRunning } = this.#state
    return isRunning ? mediaMs + Math.max(0, nowMs - atMs) : mediaMs
  }

  start(mediaMs: number, atMs: number): void {
    this.#state = { mediaMs, atMs, isRunning: true }
  }

  stop(nowMs: number): void {
    this.#state = { mediaMs: this.mediaMs(nowMs), atMs: nowMs, isRunning: false }
  }
}
