import type { ReportBlock } from './rtcp/types.ts'

/**
 * The share of packets that a receiver never got, over intervals of a useful length: browsers send a report with every
 * NACK, and `fractionLost` then tells of a few packets. What was lost and came after all by a resend is not lost.
 */
export class ReportedLoss {
  readonly #minIntervalMs: number
  readonly #minPackets: number
  #since: { atMs: number; highestSequence: number; cumulativeLost: number } | undefined

  constructor(minIntervalMs = 1000, minPackets = 20) {
    this.#minIntervalMs = minIntervalMs
    this.#minPackets = minPackets
  }

  /** 0 to 1 when an interval is complete; undefined meanwhile, and for reports that come late. */
  onReport({ highestSequence, cumulativeLost }: ReportBlock, nowMs: number): number | undefined {
    const since = this.#since
    const expected = since === undefined ? 0 : (highestSequence - since.highestSequence) | 0
    if (since !== undefined && expected < 0 && expected > -0x10000) return undefined
    if (since !== undefined && expected >= 0) {
      if (nowMs - since.atMs < this.#minIntervalMs || expected < this.#minPackets) return undefined
    }
    this.#since = { atMs: nowMs, highestSequence, cumulativeLost }
    // Far back: the receiver has begun to count anew.
    if (since === undefined || expected < 0) return undefined
    return Math.min(1, Math.max(0, (cumulativeLost - since.cumulativeLost) / expected))
  }
}
