export type ReconnectPolicyOptions = {
  /** How long after the loss it is tried again, in ms. Default 120,000. */
  limitMs?: number
  /** Longest wait before an attempt, in ms. Default 5,000. */
  maxDelayMs?: number
  /** A number in [0, 1). Default `Math.random`. */
  random?: () => number
}

/**
 * When to try next after the connection broke: almost at once (a short random wait keeps a thousand clients
 * of a restarted server apart), then after a random 1 to 4 s, then ever longer, always with jitter. The waits
 * stay short enough that a network which is back is used within a few seconds.
 */
export class ReconnectPolicy {
  /** How long after the loss it is tried again, in ms. */
  readonly limitMs: number
  readonly #maxDelayMs: number
  readonly #random: () => number

  constructor(options: ReconnectPolicyOptions = {}) {
    this.limitMs = options.limitMs ?? 120_000
    this.#maxDelayMs = options.maxDelayMs ?? 5_000
    this.#random = options.random ?? Math.random
  }

  /** Delay before attempt number `attempt` (from 0), `elapsedMs` after the loss; undefined to stop. */
  nextDelayMs(attempt: number, elapsedMs: number): number | undefined {
    if (elapsedMs >= this.limitMs) return undefined
    if (attempt === 0) return Math.round(this.#random() * 300)
    const ceilingMs = Math.min(4_000 * 2 ** (attempt - 1), this.#maxDelayMs)
    const floorMs = ceilingMs / 4
    return Math.round(floorMs + this.#random() * (ceilingMs - floorMs))
  }
}
