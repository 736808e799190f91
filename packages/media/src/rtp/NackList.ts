export type NackListOptions = {
  /** How long a packet may be late before it is asked for. Default 10. */
  reorderToleranceMs?: number
  /** How often a packet is asked for at most. Default 10. */
  maxRequests?: number
  /** How many packets are asked for at a time; more than that missing is not worth mending. Default 256. */
  maxEntries?: number
}

type Missing = { sinceMs: number; askedAtMs: number; requests: number }

/** Time between two requests for the same packet while the round trip time is unknown. */
export const defaultRetryMs = 40

/** The packets that a receiver misses, and when to ask for each (RFC 4585 6.2.1). Unwrapped numbers. */
export class NackList {
  readonly #reorderToleranceMs: number
  readonly #maxRequests: number
  readonly #maxEntries: number
  readonly #missing = new Map<number, Missing>()
  #retryMs = defaultRetryMs

  constructor(options: NackListOptions = {}) {
    this.#reorderToleranceMs = options.reorderToleranceMs ?? 10
    this.#maxRequests = options.maxRequests ?? 10
    this.#maxEntries = options.maxEntries ?? 256
  }

  get size(): number {
    return this.#missing.size
  }

  /** A resend cannot be here before that; kept within 20 and 200 ms. */
  setRoundTripTime(rttMs: number): void {
    this.#retryMs = Math.min(200, Math.max(20, rttMs))
  }

  /** `from` up to but without `to` are missing. False: too many, none of these is noted. */
  add(from: number, to: number, nowMs: number): boolean {
    if (this.#missing.size + to - from > this.#maxEntries) return false
    for (let sequence = from; sequence < to; sequence++) {
      this.#missing.set(sequence, { sinceMs: nowMs, askedAtMs: -Infinity, requests: 0 })
    }
    return true
  }

  received(sequence: number): void {
    this.#missing.delete(sequence)
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
      missing.requests++
      due.push(sequence & 0xffff)
    }
    return due
  }
}
