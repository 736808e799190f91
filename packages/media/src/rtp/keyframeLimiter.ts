/** Keyframes are ten times the size of other frames: no stream is asked for them more often than this. */
export const defaultKeyframeIntervalMs = 300

/**
 * Says when a keyframe may be asked for (or made). A request that comes too early is remembered: poll `due`.
 */
export class KeyframeLimiter {
  readonly #minIntervalMs: number
  #lastMs = -Infinity
  #pending = false

  constructor(minIntervalMs = defaultKeyframeIntervalMs) {
    this.#minIntervalMs = minIntervalMs
  }

  /** True: do it now. False: too early, `due` will tell. */
  request(nowMs: number): boolean {
    this.#pending = true
    return this.due(nowMs)
  }

  /** True once, when a remembered request may be carried out. */
  due(nowMs: number): boolean {
    if (!this.#pending || nowMs - this.#lastMs < this.#minIntervalMs) return false
    this.#pending = false
    this.#lastMs = nowMs
    return true
  }

  /** A keyframe came, or nobody waits any more: forget the remembered request. */
  cancel(): void {
    this.#pending = false
  }
}
