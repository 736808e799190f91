const maxCandidates = 16
const epochMs = Date.UTC(2026, 0, 1)
const steps = 2 ** 27

/**
 * Priorities for the candidates of one answer, highest first, always higher than those of the answer before.
 *
 * After an ICE restart a browser stays on the old pair, until that times out seconds later, unless the new
 * one ranks higher; constant priorities made restarts take 3 s. The step is taken from the wall clock, so
 * that it also rises when another process takes over a leg; inside a leg it rises whatever the clock does.
 */
export class CandidatePriority {
  #step = -1

  /** `count` priorities (at most 16), each below 2^31 (RFC 8445 section 5.1.2). */
  next(count: number, nowMs = Date.now()): number[] {
    const clockStep = Math.max(0, Math.floor((nowMs - epochMs) / 1000)) % (steps - 1)
    this.#step = Math.max(this.#step + 1, clockStep)
    const lowest = Math.min(this.#step, steps - 1) * maxCandidates
    return Array.from({ length: Math.min(count, maxCandidates) }, (_, i) => lowest + maxCandidates - 1 - i)
  }
}
