import { rtpHeaderBytes } from './RtpHeader.ts'

/** How long a browser shall hold pictures at least (and, in step with them, sound) before it shows them. */
export const playoutDelayUri = 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay'

/** A header extension with one element in the one-byte form (RFC 8285 4.2). */
const extensionBytes = 8
/** Values are in units of 10 ms, of 12 bits. */
const maxDelayMs = 40_950

/** Room for a packet with its extension. */
export const playoutDelayScratchBytes = 2048

/**
 * Copies a packet without extensions into `scratch`, with the least delay added to its header, and returns it. A
 * browser keeps to the last value it was told.
 */
export function withPlayoutDelay(
  packet: Buffer,
  extensionId: number,
  minDelayMs: number,
  scratch: Buffer,
): Buffer {
  packet.copy(scratch, 0, 0, rtpHeaderBytes)
  scratch.writeUInt8(scratch.readUInt8(0) | 0x10, 0)
  scratch.writeUInt32BE(0xbede0001, rtpHeaderBytes)
  const min = Math.round(Math.min(minDelayMs, maxDelayMs) / 10)
  scratch.writeUInt8((extensionId << 4) | 2, rtpHeaderBytes + 4)
  scratch.writeUIntBE((min << 12) | (maxDelayMs / 10), rtpHeaderBytes + 5, 3)
  packet.copy(scratch, rtpHeaderBytes + extensionBytes, rtpHeaderBytes)
  return scratch.subarray(0, packet.length + extensionBytes)
}
