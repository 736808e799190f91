import type { Packetizer, PacketWriter } from './codec.ts'

/** One byte, extension bits, 15-bit PictureID. */
const descriptorBytes = 4

/**
 * Numbers the pictures of several encodes of one thing, so that a receiver that changes between them on keyframes
 * sees them rise: a keyframe is numbered above every picture before, in whichever encode; others follow on theirs.
 */
export class PictureIds {
  #last: number

  constructor(first = Math.floor(Math.random() * 0x8000)) {
    this.#last = first - 1
  }

  next(before: number | undefined, isKey: boolean): number {
    const id = isKey || before === undefined ? this.#last + 1 : before + 1
    this.#last = Math.max(this.#last, id)
    return id
  }
}

/**
 * VP8 frames to RTP payloads (RFC 7741 4.2), as few as possible and of nearly equal size. Each carries a
 * 15-bit PictureID that counts frames.
 */
export class Vp8Packetizer implements Packetizer {
  readonly #maxDataBytes: number
  readonly #pictureIds: PictureIds
  /** Without wraps. */
  #pictureId: number | undefined

  /** `maxPayloadBytes` counts the descriptor too. */
  constructor(maxPayloadBytes: number, pictureIds = new PictureIds()) {
    this.#maxDataBytes = maxPayloadBytes - descriptorBytes
    this.#pictureIds = pictureIds
  }

  countPackets(frame: Uint8Array): number {
    return Math.ceil(frame.length / this.#maxDataBytes)
  }

  packetize(frame: Uint8Array, writer: PacketWriter): void {
    const count = this.countPackets(frame)
    if (count === 0) return
    // RFC 6386 9.1: the first bit of a frame is 0 in keyframes.
    const id = this.#pictureIds.next(this.#pictureId, (frame[0]! & 1) === 0)
    this.#pictureId = id
    for (let i = 0; i < count; i++) {
      const start = Math.floor((frame.length * i) / count)
      const end = Math.floor((frame.length * (i + 1)) / count)
      const at = writer.open(descriptorBytes + end - start, i === count - 1)
      // X, and S on the first packet; I; M with the PictureID.
      writer.buffer.writeUInt8(i === 0 ? 0x90 : 0x80, at)
      writer.buffer.writeUInt8(0x80, at + 1)
      writer.buffer.writeUInt16BE(0x8000 | (id & 0x7fff), at + 2)
      writer.buffer.set(frame.subarray(start, end), at + descriptorBytes)
    }
  }
}
