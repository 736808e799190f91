export type NackListOptions = {
  /**
   * How long a packet may be late before it is asked for, at least; on a line where packets come out of order, most
   * of those that come late by themselves are waited for, up to `maxReorderToleranceMs`. Default 10.
   */
  reorderToleranceMs?: number
  /** How often a packet is asked for at most. Default 10. */
  maxRequests?: number
  /** How many packets are asked for at a time; more than that missing is not worth mending. Default 256. */
  maxEntries?: number
}

type Missing = { sinceMs: number; firstAskedAtMs: number; askedAtMs: number; requests: number }

/** Beyond this, a packet that is late is asked for on any line. */
export const maxReorderToleranceMs = 150
/** The tolerance follows packets that are later than it quickly, and others slowly: it is about the 96th percentile. */
const toleranceRise = 0.25
const toleranceFall = 0.01

/** Time between two requests for the same packet while the round trip time is unknown. */
export const defaultRetryMs = 40

/** The packets that a receiver misses, and when to ask for each (RFC 4585 6.2.1). Unwrapped numbers. */
export class NackList {
  readonly #minReorderToleranceMs: number
  #reorderToleranceMs: number
  readonly #maxRequests: number
  readonly #maxEntries: number
  readonly #missing = new Map<number, Missing>()
  #retryMs = defaultRetryMs

  constructor(options: NackListOptions = {}) {
    this.#minReorderToleranceMs = options.reorderToleranceMs ?? 10
    this.#reorderToleranceMs = this.#minReorderToleranceMs
    this.#maxRequests = options.maxRequests ?? 10
    this.#maxEntries = options.maxEntries ?? 256
  }

  get size(): number {
    return this.#missing.size
  }

  /** How long a packet may be late before it is asked for. */
  get reorderToleranceMs(): number {
    return this.#reorderToleranceMs
  }

  /** A resend cannot be here before that; kept within 20 and 500 ms. */
  setRoundTripTime(rttMs: number): void {
    this.#retryMs = Math.min(500, Math.max(20, rttMs))
  }

  /** `from` up to but without `to` are missing. False: too many, none of these is noted. */
  add(from: number, to: number, nowMs: number): boolean {
    if (this.#missing.size + to - from > this.#maxEntries) return false
    for (let sequence = from; sequence < to; sequence++) {
      this.#missing.set(sequence, {
        sinceMs: nowMs,
        firstAskedAtMs: Infinity,
        askedAtMs: -Infinity,
        requests: 0,
      })
    }
    return true
  }

  received(sequence: number, nowMs: number): void {
    const missing = this.#missing.get(sequence)
    if (missing === undefined) return
    this.#missing.delete(sequence)
    // What comes this soon after it was asked for was on its way already.
    const cameByItself = nowMs - missing.firstAskedAtMs < this.#retryMs / 2
    const lateMs =
      cameByItself || missing.requests === 0 ? nowMs - missing.sinceMs : this.#minReorderToleranceMs
    const share = lateMs > this.#reorderToleranceMs ? toleranceRise : toleranceFall
    const toleranceMs = this.#reorderToleranceMs + (lateMs - this.#reorderToleranceMs) * share
    this.#reorderToleranceMs = Math.min(
      maxReorderToleranceMs,
      Math.max(this.#minReorderToleranceMs, toleranceMs),
    )
  }

  /** Since when it is known to be missing. */
  sinceMs(sequence: number): number | undefined {
    return this.#missing.get(sequence)?.sinceMs
  }

  dropBefore(sequence: number): void {
    if (this.#missing.size === 0) return
    for (const missing of this.#missing.keys()) {
      if (missing < sequence) this.#missing.delete(missing)
    }
  }

  dropOlderThan(sinceMs: number): void {
    for (const [sequence, missing] of this.#missing) {
      if (missing.sinceMs <= sinceMs) this.#missing.delete(sequence)
    }
  }

  clear(): void {
    this.#missing.clear()
  }

  /** The 16-bit numbers to ask for now, in rising order. */
  takeDue(nowMs: number): number[] {
    const due: number[] = []
    for (const [sequence, missing] of this.#missing) {
      if (missing.requests >= this.#maxRequests) continue
      if (nowMs - missing.sinceMs < this.#reorderToleranceMs) continue
      if (nowMs - missing.askedAtMs < this.#retryMs) continue
      missing.askedAtMs = nowMs
      if (missing.requests === 0) missing.firstAskedAtMs = nowMs
      missing.requests++
      due.push(sequence & 0xffff)
    }
    return due
  }
}
