import type { AssembledFrame, Depacketizer } from './codec.ts'
import { FrameAssembler } from './FrameAssembler.ts'
import { Vp8Descriptor } from './Vp8Descriptor.ts'

/** VP8 frames from RTP payloads (RFC 7741). */
export class Vp8Depacketizer implements Depacketizer {
  readonly #descriptor = new Vp8Descriptor()
  readonly #assembler = new FrameAssembler()
  #isKey = false

  startsKeyframe(packet: Buffer, offset: number, length: number): boolean {
    const descriptor = this.#descriptor
    if (!descriptor.parse(packet, offset, length) || !descriptor.startsFrame) return false
    return isKeyframeByte(packet.readUInt8(descriptor.dataOffset))
  }

  add(packet: Buffer, offset: number, length: number): boolean {
    const descriptor = this.#descriptor
    if (!descriptor.parse(packet, offset, length)) return false
    const isFirst = this.#assembler.byteLength === 0
    // A frame begins with the start of partition 0 and has only one such packet.
    if (isFirst !== descriptor.startsFrame) return false
    if (isFirst) this.#isKey = isKeyframeByte(packet.readUInt8(descriptor.dataOffset))
    this.#assembler.add(packet, descriptor.dataOffset, descriptor.dataOffset + descriptor.dataLength)
    return true
  }

  finish(): AssembledFrame | undefined {
    if (this.#assembler.byteLength === 0) return undefined
    return { data: this.#assembler.take(), isKey: this.#isKey }
  }

  clear(): void {
    this.#assembler.clear()
  }
}

/** The P bit of the payload header, inverted (RFC 7741 4.3). */
function isKeyframeByte(firstByte: number): boolean {
  return (firstByte & 0x01) === 0
}
