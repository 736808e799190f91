/** Shortest time between two keyframes that were asked for. */
export const minKeyframeIntervalMs = 300

/** Many receivers ask for keyframes at once; this makes one of their requests, and not too many in a row. */
export class KeyframeGate {
  #isWanted = false
  #lastMs = -Infinity

  request(): void {
    this.#isWanted = true
  }

  /** Whether the picture made now shall be a keyframe. */
  take(nowMs: number): boolean {
    return this.#isWanted && nowMs - this.#lastMs >= minKeyframeIntervalMs
  }

  /** A keyframe was made, for whatever reason: whoever asked has it. */
  made(nowMs: number): void {
    this.#isWanted = false
    this.#lastMs = nowMs
  }
}
