/** An RTP packet with a one-byte-repeated payload. */
export function rtpPacket(packet: {
  payloadType: number
  ssrc: number
  sequenceNumber: number
  fill?: number
  payloadBytes?: number
}): Buffer {
  const buffer = Buffer.alloc(12 + (packet.payloadBytes ?? 40), packet.fill ?? 0)
  buffer[0] = 0x80
  buffer[1] = packet.payloadType
  buffer.writeUInt16BE(packet.sequenceNumber & 0xffff, 2)
  buffer.writeUInt32BE((packet.sequenceNumber * 960) >>> 0, 4)
  buffer.writeUInt32BE(packet.ssrc, 8)
  return buffer
}

/** A picture loss indication (RFC 4585 section 6.3.1). */
export function pli(senderSsrc: number, mediaSsrc: number): Buffer {
  const buffer = Buffer.alloc(12)
  buffer[0] = 0x81
  buffer[1] = 206
  buffer.writeUInt16BE(2, 2)
  buffer.writeUInt32BE(senderSsrc, 4)
  buffer.writeUInt32BE(mediaSsrc, 8)
  return buffer
}
