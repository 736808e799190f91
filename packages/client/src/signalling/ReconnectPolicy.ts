export type ReconnectPolicyOptions = {
  /** Attempts before giving up. Default 12, which is about a minute. */
  maxAttempts?: number
  /** Longest wait before an attempt, in ms. Default 8,000. */
  maxDelayMs?: number
  /** A number in [0, 1). Default `Math.random`. */
  random?: () => number
}

/**
 * When to try next after the connection broke: almost at once (a short random wait keeps a thousand clients
 * of a restarted server apart), then after a random 1 to 4 s, then ever longer, always with jitter.
 */
export class ReconnectPolicy {
  readonly #maxAttempts: number
  readonly #maxDelayMs: number
  readonly #random: () => number

  constructor(options: ReconnectPolicyOptions = {}) {
    this.#maxAttempts = options.maxAttempts ?? 12
    this.#maxDelayMs = options.maxDelayMs ?? 8_000
    this.#random = options.random ?? Math.random
  }

  /** Delay before attempt number `attempt` (from 0), or undefined to stop. */
  nextDelayMs(attempt: number): number | undefined {
    if (attempt >= this.#maxAttempts) return undefined
    if (attempt === 0) return Math.round(this.#random() * 300)
    const ceilingMs = Math.min(4_000 * 2 ** (attempt - 1), this.#maxDelayMs)
    const floorMs = ceilingMs / 4
    return Math.round(floorMs + this.#random() * (ceilingMs - floorMs))
  }
}
