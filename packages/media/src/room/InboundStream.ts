import { ReceiveStatistics, type NtpTime, type ReportBlock, type RtpHeader } from '../rtp/index.ts'

/** The RTP stream a browser sends in one section: its SSRC and what the reports say of it. */
export class InboundStream {
  readonly payloadType: number
  readonly #clockRate: number
  #statistics: ReceiveStatistics | undefined
  /** Of the packets between the last two reports, 0 to 1. */
  lossShare = 0

  constructor(payloadType: number, clockRate: number) {
    this.payloadType = payloadType
    this.#clockRate = clockRate
  }

  /** Undefined until the first packet. */
  get ssrc(): number | undefined {
    return this.#statistics?.ssrc
  }

  /** Counts a packet; true when it begins a stream that replaces an older one (another SSRC). */
  take(header: RtpHeader, nowMs: number): boolean {
    let statistics = this.#statistics
    const restarted = statistics !== undefined && statistics.ssrc !== header.ssrc
    if (statistics === undefined || restarted) {
      statistics = new ReceiveStatistics(header.ssrc, this.#clockRate)
      this.#statistics = statistics
    }
    statistics.onPacket(header.sequenceNumber, header.timestamp, header.payloadLength, nowMs)
    return restarted
  }

  onSenderReport(ssrc: number, ntp: NtpTime, nowMs: number): void {
    if (ssrc === this.ssrc) this.#statistics?.onSenderReport(ntp, nowMs)
  }

  takeReportBlocks(nowMs: number): ReportBlock[] {
    const block = this.#statistics?.takeReportBlock(nowMs)
    if (block !== undefined) this.lossShare = block.fractionLost / 256
    return block === undefined ? [] : [block]
  }
}
