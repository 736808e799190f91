import { frameMs, samplesPerMs } from '../constants.ts'

const minTargetMs = 20
const maxTargetMs = 280

/** The fastest packet is looked for over this window and the one before it; it follows clock drift. */
const baselineWindowMs = 2000

const bucketMs = 5
const bucketCount = 60
/** Share of packets that shall arrive in time. */
const quantile = 0.98
/** What 20 ms of packets add to the histogram, and take from what was there: it halves in 7 s. */
const newShare = 0.002
/** With one 20 ms tick on top this is the 40 ms a stream starts with. */
const initialJitterMs = 20

/** A packet that came too late for its place raises the target at once, at most by this much. */
const lateStepMs = 40
/** ... which is taken back this slowly. */
const lateDecayMsPerSecond = 4

/**
 * How long sound has to wait so that its packets are there in time. Transit time (arrival minus RTP time) is
 * measured against that of the fastest packet of the last seconds; the target is the delay that 98 % of the
 * packets stay below, plus the 20 ms in which a tick fetches its packet, within 20 to 280 ms.
 */
export class DelayEstimator {
  readonly #histogram = new Float64Array(bucketCount)
  #windowMinMs = Infinity
  #previousMinMs = Infinity
  #windowStartMs = 0
  #lastPacketMs = -Infinity
  #latePeakMs = 0
  #latePeakAtMs = 0
  #jitterMs = initialJitterMs

  constructor() {
    this.reset()
  }

  /** Transit time of the fastest recent packet, on an arbitrary scale. Infinity before the first packet. */
  get baselineMs(): number {
    return Math.min(this.#windowMinMs, this.#previousMinMs)
  }

  /** What a packet arriving now with this timestamp took longer than the fastest one; may be negative. */
  relativeDelayMs(timestamp: number, nowMs: number): number {
    return nowMs - timestamp / samplesPerMs - this.baselineMs
  }

  targetMs(nowMs: number): number {
    const jitterMs = Math.max(this.#jitterMs, this.#decayedPeakMs(nowMs))
    return Math.min(Math.max(jitterMs + frameMs, minTargetMs), maxTargetMs)
  }

  onPacket(timestamp: number, nowMs: number): void {
    const transitMs = nowMs - timestamp / samplesPerMs
    if (nowMs - this.#windowStartMs >= baselineWindowMs) {
      // After a long pause the old window says nothing any more about the clocks.
      const stale = nowMs - this.#windowStartMs >= 30 * baselineWindowMs
      this.#previousMinMs = stale ? Infinity : this.#windowMinMs
      this.#windowMinMs = Infinity
      this.#windowStartMs = nowMs
    }
    this.#windowMinMs = Math.min(this.#windowMinMs, transitMs)
    // By time, not by number: the burst that ends a stall is one event, however many packets it holds.
    const weight = Math.min(Math.max((nowMs - this.#lastPacketMs) / frameMs, 0), 1)
    this.#lastPacketMs = nowMs
    this.#count(transitMs - this.baselineMs, weight * newShare)
  }

  /** A packet came after its place had been played. */
  onLatePacket(timestamp: number, nowMs: number): void {
    const lateMs = this.relativeDelayMs(timestamp, nowMs)
    const currentMs = this.targetMs(nowMs) - frameMs
    this.#latePeakMs = Math.max(this.#decayedPeakMs(nowMs), Math.min(lateMs, currentMs + lateStepMs))
    this.#latePeakAtMs = nowMs
  }

  /** Forgets the clocks, keeps what is known about the network: for a new stream of the same sender. */
  rebase(): void {
    this.#windowMinMs = Infinity
    this.#previousMinMs = Infinity
    this.#windowStartMs = -Infinity
  }

  reset(): void {
    this.rebase()
    this.#histogram.fill(0)
    this.#histogram[initialJitterMs / bucketMs - 1] = 1
    this.#jitterMs = initialJitterMs
    this.#latePeakMs = 0
  }

  #decayedPeakMs(nowMs: number): number {
    if (this.#latePeakMs === 0) return 0
    return Math.max(0, this.#latePeakMs - ((nowMs - this.#latePeakAtMs) / 1000) * lateDecayMsPerSecond)
  }

  #count(delayMs: number, addedShare: number): void {
    const bucket = Math.min(Math.floor(delayMs / bucketMs), bucketCount - 1)
    let below = 0
    let found = bucketCount
    for (let i = 0; i < bucketCount; i++) {
      let share = this.#histogram[i]! * (1 - addedShare)
      if (i === bucket) share += addedShare
      this.#histogram[i] = share
      below += share
      if (found === bucketCount && below >= quantile) found = i + 1
    }
    this.#jitterMs = found * bucketMs
  }
}
