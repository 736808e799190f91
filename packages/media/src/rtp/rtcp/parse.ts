import { FeedbackFormat, RtcpType } from './types.ts'
import type { ReportBlock, RtcpHandler } from './types.ts'

const reportBlockBytes = 24
/** `REMB` in ASCII. */
const rembIdentifier = 0x52454d42

/** A NACK for more than this is cut: nobody keeps more packets than that to answer with. */
export const maxNackedPerPacket = 1024

/**
 * Visits the packets of a compound or reduced-size RTCP packet (RFC 3550 6.1, RFC 5506). Unknown types are
 * skipped. Returns false if something was malformed: what came before has been handed over, the rest has
 * not. Never throws by itself and always ends, whatever the bytes.
 */
export function parseRtcp(packet: Buffer, handler: RtcpHandler): boolean {
  let offset = 0
  while (offset < packet.length) {
    if (offset + 4 > packet.length) return false
    const first = packet.readUInt8(offset)
    if (first >> 6 !== 2) return false
    const type = packet.readUInt8(offset + 1)
    const next = offset + (packet.readUInt16BE(offset + 2) + 1) * 4
    if (next > packet.length) return false
    let end = next
    if (first & 0x20) {
      const padding = packet.readUInt8(next - 1)
      if (padding === 0 || padding > next - offset - 4) return false
      end -= padding
    }
    if (!parseOne(packet, offset, end, type, first & 0x1f, handler)) return false
    offset = next
  }
  return packet.length > 0
}

/** `count` is the five-bit field that is called RC, SC or FMT depending on the type. */
function parseOne(
  packet: Buffer,
  offset: number,
  end: number,
  type: number,
  count: number,
  handler: RtcpHandler,
): boolean {
  switch (type) {
    case RtcpType.senderReport:
      return parseSenderReport(packet, offset, end, count, handler)
    case RtcpType.receiverReport:
      return parseReportBlocks(packet, offset, offset + 8, end, count, handler)
    case RtcpType.bye:
      return parseBye(packet, offset, end, count, handler)
    case RtcpType.transportFeedback:
      if (count !== FeedbackFormat.nack) return true
      return parseNack(packet, offset, end, handler)
    case RtcpType.payloadFeedback:
      return parsePayloadFeedback(packet, offset, end, count, handler)
    default:
      return true
  }
}

function parseSenderReport(packet: Buffer, offset: number, end: number, count: number, handler: RtcpHandler) {
  if (offset + 28 > end) return false
  handler.onSenderReport?.({
    ssrc: packet.readUInt32BE(offset + 4),
    ntp: { seconds: packet.readUInt32BE(offset + 8), fraction: packet.readUInt32BE(offset + 12) },
    rtpTimestamp: packet.readUInt32BE(offset + 16),
    packetCount: packet.readUInt32BE(offset + 20),
    octetCount: packet.readUInt32BE(offset + 24),
  })
  return parseReportBlocks(packet, offset, offset + 28, end, count, handler)
}

function parseReportBlocks(
  packet: Buffer,
  offset: number,
  firstBlock: number,
  end: number,
  count: number,
  handler: RtcpHandler,
): boolean {
  if (firstBlock + count * reportBlockBytes > end) return false
  if (!handler.onReportBlock) return true
  const senderSsrc = packet.readUInt32BE(offset + 4)
  for (let i = 0; i < count; i++) {
    handler.onReportBlock(readReportBlock(packet, firstBlock + i * reportBlockBytes), senderSsrc)
  }
  return true
}

function readReportBlock(packet: Buffer, offset: number): ReportBlock {
  return {
    ssrc: packet.readUInt32BE(offset),
    fractionLost: packet.readUInt8(offset + 4),
    cumulativeLost: packet.readIntBE(offset + 5, 3),
    highestSequence: packet.readUInt32BE(offset + 8),
    jitter: packet.readUInt32BE(offset + 12),
    lastSenderReport: packet.readUInt32BE(offset + 16),
    delaySinceLastSenderReport: packet.readUInt32BE(offset + 20),
  }
}

/** RFC 3550 6.6; the reason is of no use to us. */
function parseBye(packet: Buffer, offset: number, end: number, count: number, handler: RtcpHandler): boolean {
  if (offset + 4 + count * 4 > end) return false
  for (let i = 0; i < count; i++) handler.onBye?.(packet.readUInt32BE(offset + 4 + i * 4))
  return true
}

/** RFC 4585 6.2.1: pairs of a sequence number and a bit mask of the 16 that follow it. */
function parseNack(packet: Buffer, offset: number, end: number, handler: RtcpHandler): boolean {
  if (offset + 12 > end) return false
  if (!handler.onNack) return true
  const sequenceNumbers: number[] = []
  for (let at = offset + 12; at + 4 <= end && sequenceNumbers.length < maxNackedPerPacket; at += 4) {
    const packetId = packet.readUInt16BE(at)
    sequenceNumbers.push(packetId)
    let following = packet.readUInt16BE(at + 2)
    for (let i = 1; following !== 0 && sequenceNumbers.length < maxNackedPerPacket; i++, following >>= 1) {
      if (following & 1) sequenceNumbers.push((packetId + i) & 0xffff)
    }
  }
  if (sequenceNumbers.length > 0) {
    handler.onNack(packet.readUInt32BE(offset + 8), sequenceNumbers, packet.readUInt32BE(offset + 4))
  }
  return true
}

function parsePayloadFeedback(
  packet: Buffer,
  offset: number,
  end: number,
  format: number,
  handler: RtcpHandler,
) {
  if (offset + 12 > end) return false
  const senderSsrc = packet.readUInt32BE(offset + 4)
  if (format === FeedbackFormat.pli) {
    handler.onPictureLoss?.(packet.readUInt32BE(offset + 8), senderSsrc)
  } else if (format === FeedbackFormat.fir) {
    // RFC 5104 4.3.1: the media SSRC of the header is unused, each entry names its own.
    for (let at = offset + 12; at + 8 <= end; at += 8) {
      handler.onFullIntraRequest?.(packet.readUInt32BE(at), packet.readUInt8(at + 4), senderSsrc)
    }
  } else if (format === FeedbackFormat.afb && offset + 20 <= end) {
    if (packet.readUInt32BE(offset + 12) === rembIdentifier) {
      return parseRemb(packet, offset, end, senderSsrc, handler)
    }
  }
  return true
}

/** draft-alvestrand-rmcat-remb-03 2.2: 6 bits of exponent, 18 of mantissa. */
function parseRemb(packet: Buffer, offset: number, end: number, senderSsrc: number, handler: RtcpHandler) {
  const count = packet.readUInt8(offset + 16)
  if (offset + 20 + count * 4 > end) return false
  if (!handler.onRemb) return true
  const exponent = packet.readUInt8(offset + 17) >> 2
  const mantissa = packet.readUIntBE(offset + 17, 3) & 0x3ffff
  const ssrcs: number[] = []
  for (let i = 0; i < count; i++) ssrcs.push(packet.readUInt32BE(offset + 20 + i * 4))
  handler.onRemb(mantissa * 2 ** exponent, ssrcs, senderSsrc)
  return true
}
