/** Bytes of the fixed header, without CSRCs and extension (RFC 3550 5.1). */
export const rtpHeaderBytes = 12

/** RTP and RTCP on one port: second byte modulo 128 in 64..95 is RTCP (RFC 5761 4). */
export function isRtcp(packet: Buffer): boolean {
  if (packet.length < 2) return false
  const type = packet.readUInt8(1) & 0x7f
  return type >= 64 && type <= 95
}

/**
 * The header of one RTP packet (RFC 3550 5.1). Make one and reuse it: `parse` overwrites all fields and
 * allocates nothing. When `parse` returns false the fields are meaningless.
 */
export class RtpHeader {
  marker = false
  payloadType = 0
  sequenceNumber = 0
  timestamp = 0
  ssrc = 0
  /** Where the payload starts: after CSRCs and the header extension. */
  payloadOffset = 0
  /** Without padding; 0 for packets that are all padding (Chrome's bandwidth probes). */
  payloadLength = 0
  paddingLength = 0
  /** The `defined by profile` word of the extension (0xbede: one-byte form, RFC 8285 4.2), or -1 for none. */
  extensionProfile = -1
  extensionOffset = 0
  extensionLength = 0

  /** False for anything that is not a well-formed packet of version 2. */
  parse(packet: Buffer): boolean {
    const length = packet.length
    if (length < rtpHeaderBytes) return false
    const first = packet.readUInt8(0)
    if (first >> 6 !== 2) return false

    const second = packet.readUInt8(1)
    this.marker = second >= 0x80
    this.payloadType = second & 0x7f
    this.sequenceNumber = packet.readUInt16BE(2)
    this.timestamp = packet.readUInt32BE(4)
    this.ssrc = packet.readUInt32BE(8)

    let offset = rtpHeaderBytes + (first & 0x0f) * 4
    this.extensionProfile = -1
    this.extensionOffset = 0
    this.extensionLength = 0
    if (first & 0x10) {
      if (offset + 4 > length) return false
      this.extensionProfile = packet.readUInt16BE(offset)
      this.extensionLength = packet.readUInt16BE(offset + 2) * 4
      this.extensionOffset = offset + 4
      offset += 4 + this.extensionLength
    }
    if (offset > length) return false

    this.paddingLength = 0
    if (first & 0x20) {
      const padding = packet.readUInt8(length - 1)
      if (padding === 0 || padding > length - offset) return false
      this.paddingLength = padding
    }
    this.payloadOffset = offset
    this.payloadLength = length - offset - this.paddingLength
    return true
  }
}

/** Writes a header without CSRCs and extension at `offset`; returns where the payload goes. */
export function writeRtpHeader(
  target: Buffer,
  offset: number,
  marker: boolean,
  payloadType: number,
  sequenceNumber: number,
  timestamp: number,
  ssrc: number,
): number {
  target.writeUInt8(0x80, offset)
  target.writeUInt8((marker ? 0x80 : 0) | (payloadType & 0x7f), offset + 1)
  target.writeUInt16BE(sequenceNumber & 0xffff, offset + 2)
  target.writeUInt32BE(timestamp >>> 0, offset + 4)
  target.writeUInt32BE(ssrc >>> 0, offset + 8)
  return offset + rtpHeaderBytes
}

/** Changes the payload type in place; the marker stays. */
export function patchPayloadType(packet: Buffer, payloadType: number): void {
  packet.writeUInt8((packet.readUInt8(1) & 0x80) | (payloadType & 0x7f), 1)
}

export function patchSequenceNumber(packet: Buffer, sequenceNumber: number): void {
  packet.writeUInt16BE(sequenceNumber & 0xffff, 2)
}

export function patchSsrc(packet: Buffer, ssrc: number): void {
  packet.writeUInt32BE(ssrc >>> 0, 8)
}
