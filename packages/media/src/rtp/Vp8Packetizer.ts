import type { Packetizer, PacketWriter } from './codec.ts'

/** One byte, extension bits, 15-bit PictureID. */
const descriptorBytes = 4

/**
 * VP8 frames to RTP payloads (RFC 7741 4.2), as few as possible and of nearly equal size. Each carries a
 * 15-bit PictureID that counts frames.
 */
export class Vp8Packetizer implements Packetizer {
  readonly #maxDataBytes: number
  #pictureId: number

  /** `maxPayloadBytes` counts the descriptor too. */
  constructor(maxPayloadBytes: number, firstPictureId = Math.floor(Math.random() * 0x8000)) {
    this.#maxDataBytes = maxPayloadBytes - descriptorBytes
    this.#pictureId = firstPictureId & 0x7fff
  }

  countPackets(frame: Uint8Array): number {
    return Math.ceil(frame.length / this.#maxDataBytes)
  }

  packetize(frame: Uint8Array, writer: PacketWriter): void {
    const count = this.countPackets(frame)
    for (let i = 0; i < count; i++) {
      const start = Math.floor((frame.length * i) / count)
      const end = Math.floor((frame.length * (i + 1)) / count)
      const at = writer.open(descriptorBytes + end - start, i === count - 1)
      // X, and S on the first packet; I; M with the PictureID.
      writer.buffer.writeUInt8(i === 0 ? 0x90 : 0x80, at)
      writer.buffer.writeUInt8(0x80, at + 1)
      writer.buffer.writeUInt16BE(0x8000 | this.#pictureId, at + 2)
      writer.buffer.set(frame.subarray(start, end), at + descriptorBytes)
    }
    if (count > 0) this.#pictureId = (this.#pictureId + 1) & 0x7fff
  }
}
