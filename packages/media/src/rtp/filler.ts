import { rtpHeaderBytes, writeRtpHeader } from './RtpHeader.ts'

/** The last byte of a packet says how much padding it has. */
const maxPaddingBytes = 255

export type FillerFields = {
  payloadType: number
  sequenceNumber: number
  /** Of the frame before: a filler belongs to no other. */
  rtpTimestamp: number
  ssrc: number
}

/** How much padding a filler has that is sent again: it only fills the gap in the numbers. */
export const repeatedFillerBytes = 1

/**
 * A packet of nothing but padding (RFC 3550 5.1), which receivers count and throw away: for finding out whether a
 * line takes more than the picture needs now. Goes between frames only.
 */
export class Filler {
  readonly #packet = Buffer.alloc(rtpHeaderBytes + maxPaddingBytes)

  /** `paddingBytes`: 1 to 255. Valid until the next call. */
  build(
    { payloadType, sequenceNumber, rtpTimestamp, ssrc }: FillerFields,
    paddingBytes = maxPaddingBytes,
  ): Buffer {
    writeRtpHeader(this.#packet, 0, false, payloadType, sequenceNumber, rtpTimestamp, ssrc)
    this.#packet.writeUInt8(0x80 | 0x20, 0)
    const packet = this.#packet.subarray(0, rtpHeaderBytes + paddingBytes)
    packet.fill(0, rtpHeaderBytes).writeUInt8(paddingBytes, packet.length - 1)
    return packet
  }
}
