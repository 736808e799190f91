/**
 * Tells RTP and RTCP apart on a shared port (RFC 5761 section 4). Undefined for what is neither: too short,
 * or not version 2.
 */
export function packetKindOf(packet: Buffer): 'rtp' | 'rtcp' | undefined {
  const [first, second] = packet
  if (first === undefined || second === undefined || first >> 6 !== 2) return undefined
  const type = second & 0x7f
  if (type >= 64 && type <= 95) return packet.length >= 8 ? 'rtcp' : undefined
  return packet.length >= 12 ? 'rtp' : undefined
}
