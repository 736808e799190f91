import type { NtpTime } from './ntp.ts'

/** RTCP packet types (RFC 3550 12.1, RFC 4585 6.1). */
export const RtcpType = {
  senderReport: 200,
  receiverReport: 201,
  sourceDescription: 202,
  bye: 203,
  transportFeedback: 205,
  payloadFeedback: 206,
} as const

/** FMT values of the feedback packets: RFC 4585 6.2 and 6.3, RFC 5104 4.3, draft-alvestrand-rmcat-remb-03. */
export const FeedbackFormat = { nack: 1, pli: 1, fir: 4, afb: 15 } as const

/** RFC 3550 6.4.1. */
export type ReportBlock = {
  /** The stream that is reported on. */
  ssrc: number
  /** 0..255, in 1/256 of the packets expected since the report before. */
  fractionLost: number
  /** Signed 24 bits: duplicates make it negative. */
  cumulativeLost: number
  /** Highest sequence number received, with the count of wraps in the upper 16 bits. */
  highestSequence: number
  /** In ticks of the stream's RTP clock. */
  jitter: number
  /** Middle 32 bits of the last sender report's NTP time; 0: none received. */
  lastSenderReport: number
  /** 1/65536 s. */
  delaySinceLastSenderReport: number
}

export type SenderReport = {
  ssrc: number
  ntp: NtpTime
  /** The RTP timestamp of the same moment. */
  rtpTimestamp: number
  packetCount: number
  /** Payload only, without headers and padding. */
  octetCount: number
}

/** Who is called with what a compound packet holds. Numbers come from the network: check every SSRC. */
export interface RtcpHandler {
  onSenderReport?(report: SenderReport): void
  onReportBlock?(block: ReportBlock, senderSsrc: number): void
  /** Generic NACK: at most `maxNackedPerPacket` sequence numbers, in the order asked for. */
  onNack?(mediaSsrc: number, sequenceNumbers: number[], senderSsrc: number): void
  onPictureLoss?(mediaSsrc: number, senderSsrc: number): void
  /** FIR: called once for each entry. A repeated `requestNumber` is the same request again. */
  onFullIntraRequest?(mediaSsrc: number, requestNumber: number, senderSsrc: number): void
  /** Receiver estimated maximum bitrate, for all the streams together. */
  onRemb?(bitrateBps: number, ssrcs: number[], senderSsrc: number): void
  onBye?(ssrc: number): void
}
