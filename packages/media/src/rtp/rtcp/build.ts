import { sequenceDistance } from '../sequence.ts'
import { FeedbackFormat, RtcpType } from './types.ts'
import type { ReportBlock, SenderReport } from './types.ts'

const reportBlockBytes = 24
const maxReportBlocks = 31
const maxTextBytes = 255

/** A sender report, then an SDES with the CNAME: the compound RFC 3550 6.1 asks for. */
export function buildSenderReport(report: SenderReport, cname: string, blocks: readonly ReportBlock[] = []) {
  const sdes = buildSourceDescription(report.ssrc, cname)
  const length = 28 + countBlocks(blocks) * reportBlockBytes
  const packet = Buffer.alloc(length + sdes.length)
  writeHeader(packet, countBlocks(blocks), RtcpType.senderReport, length, report.ssrc)
  packet.writeUInt32BE(report.ntp.seconds >>> 0, 8)
  packet.writeUInt32BE(report.ntp.fraction >>> 0, 12)
  packet.writeUInt32BE(report.rtpTimestamp >>> 0, 16)
  packet.writeUInt32BE(report.packetCount >>> 0, 20)
  packet.writeUInt32BE(report.octetCount >>> 0, 24)
  writeReportBlocks(packet, 28, blocks)
  sdes.copy(packet, length)
  return packet
}

/** A receiver report, then an SDES with the CNAME. */
export function buildReceiverReport(
  senderSsrc: number,
  cname: string,
  blocks: readonly ReportBlock[],
): Buffer {
  const sdes = buildSourceDescription(senderSsrc, cname)
  const length = 8 + countBlocks(blocks) * reportBlockBytes
  const packet = Buffer.alloc(length + sdes.length)
  writeHeader(packet, countBlocks(blocks), RtcpType.receiverReport, length, senderSsrc)
  writeReportBlocks(packet, 8, blocks)
  sdes.copy(packet, length)
  return packet
}

/**
 * Generic NACK (RFC 4585 6.2.1). Packs best when the sequence numbers rise; across the wrap is fine.
 */
export function buildNack(senderSsrc: number, mediaSsrc: number, sequenceNumbers: readonly number[]): Buffer {
  const entries: { packetId: number; following: number }[] = []
  let current: { packetId: number; following: number } | undefined
  for (const sequenceNumber of sequenceNumbers) {
    const distance = current ? sequenceDistance(sequenceNumber, current.packetId) : -1
    if (current && distance === 0) continue
    if (current && distance >= 1 && distance <= 16) {
      current.following |= 1 << (distance - 1)
    } else {
      current = { packetId: sequenceNumber & 0xffff, following: 0 }
      entries.push(current)
    }
  }
  const packet = Buffer.alloc(12 + entries.length * 4)
  writeHeader(packet, FeedbackFormat.nack, RtcpType.transportFeedback, packet.length, senderSsrc)
  packet.writeUInt32BE(mediaSsrc >>> 0, 8)
  entries.forEach((entry, i) => {
    packet.writeUInt16BE(entry.packetId, 12 + i * 4)
    packet.writeUInt16BE(entry.following, 14 + i * 4)
  })
  return packet
}

/** Picture loss indication (RFC 4585 6.3.1). */
export function buildPictureLoss(senderSsrc: number, mediaSsrc: number): Buffer {
  const packet = Buffer.alloc(12)
  writeHeader(packet, FeedbackFormat.pli, RtcpType.payloadFeedback, 12, senderSsrc)
  packet.writeUInt32BE(mediaSsrc >>> 0, 8)
  return packet
}

/** Receiver estimated maximum bitrate of all `ssrcs` together (draft-alvestrand-rmcat-remb-03 2.2). */
export function buildRemb(senderSsrc: number, bitrateBps: number, ssrcs: readonly number[]): Buffer {
  const packet = Buffer.alloc(20 + ssrcs.length * 4)
  writeHeader(packet, FeedbackFormat.afb, RtcpType.payloadFeedback, packet.length, senderSsrc)
  packet.write('REMB', 12, 'latin1')
  packet.writeUInt8(ssrcs.length, 16)
  let mantissa = Math.max(0, Math.floor(bitrateBps))
  let exponent = 0
  while (mantissa > 0x3ffff) {
    mantissa = Math.floor(mantissa / 2)
    exponent++
  }
  packet.writeUIntBE((exponent << 18) | mantissa, 17, 3)
  ssrcs.forEach((ssrc, i) => packet.writeUInt32BE(ssrc >>> 0, 20 + i * 4))
  return packet
}

/** RFC 3550 6.6. */
export function buildBye(ssrcs: readonly number[]): Buffer {
  const packet = Buffer.alloc(4 + ssrcs.length * 4)
  packet.writeUInt8(0x80 | ssrcs.length, 0)
  packet.writeUInt8(RtcpType.bye, 1)
  packet.writeUInt16BE(packet.length / 4 - 1, 2)
  ssrcs.forEach((ssrc, i) => packet.writeUInt32BE(ssrc >>> 0, 4 + i * 4))
  return packet
}

/** One chunk with one CNAME item (RFC 3550 6.5.1); names over 255 bytes are cut. */
export function buildSourceDescription(ssrc: number, cname: string): Buffer {
  const text = Buffer.from(cname, 'utf8').subarray(0, maxTextBytes)
  // Header, SSRC, item type and length, text, and at least one zero to end the items.
  const packet = Buffer.alloc(Math.ceil((8 + 2 + text.length + 1) / 4) * 4)
  writeHeader(packet, 1, RtcpType.sourceDescription, packet.length, ssrc)
  packet.writeUInt8(1, 8)
  packet.writeUInt8(text.length, 9)
  text.copy(packet, 10)
  return packet
}

function writeHeader(packet: Buffer, count: number, type: number, length: number, senderSsrc: number): void {
  packet.writeUInt8(0x80 | count, 0)
  packet.writeUInt8(type, 1)
  packet.writeUInt16BE(length / 4 - 1, 2)
  packet.writeUInt32BE(senderSsrc >>> 0, 4)
}

/** A report holds 31 blocks at most (RFC 3550 6.4.1); further ones are left out. */
function countBlocks(blocks: readonly ReportBlock[]): number {
  return Math.min(blocks.length, maxReportBlocks)
}

function writeReportBlocks(packet: Buffer, offset: number, blocks: readonly ReportBlock[]): void {
  for (const [i, block] of blocks.slice(0, maxReportBlocks).entries()) {
    const at = offset + i * reportBlockBytes
    packet.writeUInt32BE(block.ssrc >>> 0, at)
    packet.writeUInt8(block.fractionLost & 0xff, at + 4)
    packet.writeIntBE(block.cumulativeLost, at + 5, 3)
    packet.writeUInt32BE(block.highestSequence >>> 0, at + 8)
    packet.writeUInt32BE(block.jitter >>> 0, at + 12)
    packet.writeUInt32BE(block.lastSenderReport >>> 0, at + 16)
    packet.writeUInt32BE(block.delaySinceLastSenderReport >>> 0, at + 20)
  }
}
