import { compactNtp } from './rtcp/ntp.ts'
import type { NtpTime } from './rtcp/ntp.ts'
import type { ReportBlock } from './rtcp/types.ts'

/**
 * Jumps beyond these are a restarted sender, not loss or reordering (RFC 3550 A.1). Resends on the same SSRC
 * come late, so the second one is wider than the RFC's 100.
 */
const maxDropout = 3000
const maxMisorder = 1000

/**
 * What a receiver report says about one received stream (RFC 3550 6.4.1, A.1, A.3, A.8). All `nowMs` are of
 * one monotonic clock. Make a new one when the SSRC changes.
 */
export class ReceiveStatistics {
  readonly ssrc: number
  readonly #clockRate: number
  #started = false
  #baseSequence = 0
  #maxSequence = 0
  #cycles = 0
  #restartSequence = -1
  #received = 0
  #octets = 0
  #expectedPrior = 0
  #receivedPrior = 0
  #transitBefore = 0
  #jitter = 0
  #lastSenderReport = 0
  #lastSenderReportAtMs = 0

  constructor(ssrc: number, clockRate: number) {
    this.ssrc = ssrc
    this.#clockRate = clockRate
  }

  get packetsReceived(): number {
    return this.#received
  }

  get octetsReceived(): number {
    return this.#octets
  }

  /** Smoothed interarrival jitter. */
  get jitterMs(): number {
    return (this.#jitter * 1000) / this.#clockRate
  }

  /** For every packet of the stream that arrives: duplicates, resends and padding too. */
  onPacket(sequenceNumber: number, rtpTimestamp: number, payloadLength: number, nowMs: number): void {
    if (!this.#started) this.#restart(sequenceNumber)
    else if (!this.#advance(sequenceNumber)) return
    this.#received++
    this.#octets += payloadLength
    // A resent or late packet says nothing about the path's jitter, only about the wait for it.
    if (sequenceNumber === this.#maxSequence) this.#updateJitter(rtpTimestamp, nowMs)
  }

  /** For every sender report about the stream, so that the sender can work out the round trip time. */
  onSenderReport(ntp: NtpTime, nowMs: number): void {
    this.#lastSenderReport = compactNtp(ntp)
    this.#lastSenderReportAtMs = nowMs
  }

  /**
   * The block for the next report; undefined before the first packet. Starts a new interval for
   * `fractionLost`: call it once for each report that is sent.
   */
  takeReportBlock(nowMs: number): ReportBlock | undefined {
    if (!this.#started) return undefined
    const highestSequence = this.#cycles + this.#maxSequence
    const expected = highestSequence - this.#baseSequence + 1
    const expectedInterval = expected - this.#expectedPrior
    const lostInterval = expectedInterval - (this.#received - this.#receivedPrior)
    this.#expectedPrior = expected
    this.#receivedPrior = this.#received
    const lost = expectedInterval > 0 && lostInterval > 0 ? lostInterval / expectedInterval : 0
    const sinceReportMs = this.#lastSenderReport === 0 ? 0 : Math.max(0, nowMs - this.#lastSenderReportAtMs)
    return {
      ssrc: this.ssrc,
      fractionLost: Math.min(255, Math.floor(lost * 256)),
      cumulativeLost: Math.min(0x7fffff, Math.max(-0x800000, expected - this.#received)),
      highestSequence: highestSequence >>> 0,
      jitter: Math.floor(this.#jitter),
      lastSenderReport: this.#lastSenderReport,
      delaySinceLastSenderReport: Math.min(0xffffffff, Math.round(sinceReportMs * 65.536)),
    }
  }

  #restart(sequenceNumber: number): void {
    this.#started = true
    this.#baseSequence = sequenceNumber
    this.#maxSequence = sequenceNumber
    this.#cycles = 0
    this.#restartSequence = -1
    this.#received = 0
    this.#octets = 0
    this.#expectedPrior = 0
    this.#receivedPrior = 0
    this.#transitBefore = NaN
    this.#jitter = 0
  }

  /** False for a packet that belongs to nothing; two such in a row mean that the sender began anew. */
  #advance(sequenceNumber: number): boolean {
    const ahead = (sequenceNumber - this.#maxSequence) & 0xffff
    if (ahead < maxDropout) {
      if (sequenceNumber < this.#maxSequence) this.#cycles += 0x10000
      this.#maxSequence = sequenceNumber
    } else if (ahead <= 0x10000 - maxMisorder) {
      if (sequenceNumber !== this.#restartSequence) {
        this.#restartSequence = (sequenceNumber + 1) & 0xffff
        return false
      }
      this.#restart(sequenceNumber)
    }
    return true
  }

  /** RFC 3550 A.8, in fractions of a tick. */
  #updateJitter(rtpTimestamp: number, nowMs: number): void {
    const transit = (nowMs * this.#clockRate) / 1000 - rtpTimestamp
    if (!Number.isNaN(this.#transitBefore)) {
      let difference = transit - this.#transitBefore
      // The RTP timestamp wraps, the arrival time does not.
      if (difference > 2 ** 31) difference -= 2 ** 32
      else if (difference < -(2 ** 31)) difference += 2 ** 32
      this.#jitter += (Math.abs(difference) - this.#jitter) / 16
    }
    this.#transitBefore = transit
  }
}
