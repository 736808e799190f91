import type { Clock } from './Clock.ts'

/** A rate limit that lets short bursts pass. */
export class TokenBucket {
  readonly #clock: Clock
  readonly #perSecond: number
  readonly #burst: number
  #tokens: number
  #filledAtMs: number

  constructor(clock: Clock, options: { perSecond: number; burst: number }) {
    this.#clock = clock
    this.#perSecond = options.perSecond
    this.#burst = options.burst
    this.#tokens = options.burst
    this.#filledAtMs = clock.nowMs()
  }

  /** Takes `cost` tokens; false, and nothing taken, if there are not enough. */
  take(cost = 1): boolean {
    const nowMs = this.#clock.nowMs()
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs)
    this.#filledAtMs = nowMs
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsedMs / 1000) * this.#perSecond)
    if (this.#tokens < cost) return false
    this.#tokens -= cost
    return true
  }
}
