import type { AssembledFrame, Depacketizer } from './codec.ts'
import { FrameAssembler } from './FrameAssembler.ts'
import { NalType, nalType } from './nalUnit.ts'

const annexBStartCode = Uint8Array.of(0, 0, 0, 1)

/**
 * H.264 access units in Annex B from RTP payloads (RFC 6184, packetization modes 0 and 1: single NAL units,
 * STAP-A, FU-A). A keyframe is an IDR picture that brings its SPS and PPS along, as browsers send them.
 */
export class H264Depacketizer implements Depacketizer {
  readonly #assembler = new FrameAssembler()
  #inFragment = false
  #hasSequenceParameters = false
  #hasPictureParameters = false
  #hasIdr = false

  startsKeyframe(packet: Buffer, offset: number, length: number): boolean {
    if (length < 1) return false
    const type = nalType(packet.readUInt8(offset))
    if (type === NalType.sequenceParameters) return true
    if (type !== NalType.stapA) return false
    const end = offset + length
    let at = offset + 1
    while (at + 3 <= end) {
      if (nalType(packet.readUInt8(at + 2)) === NalType.sequenceParameters) return true
      at += 2 + packet.readUInt16BE(at)
    }
    return false
  }

  add(packet: Buffer, offset: number, length: number): boolean {
    if (length < 1) return false
    const type = nalType(packet.readUInt8(offset))
    if (type === NalType.fuA) return this.#addFragment(packet, offset, length)
    // The last fragment of the one before never came.
    if (this.#inFragment) return false
    if (type === NalType.stapA) return this.#addAggregate(packet, offset, length)
    if (type < 1 || type > 23) return false
    this.#addUnit(packet, offset, offset + length)
    return true
  }

  finish(): AssembledFrame | undefined {
    const isWhole = this.#assembler.byteLength > 0 && !this.#inFragment
    const isKey = this.#hasIdr && this.#hasSequenceParameters && this.#hasPictureParameters
    const frame = isWhole ? { data: this.#assembler.take(), isKey } : undefined
    this.clear()
    return frame
  }

  clear(): void {
    this.#assembler.clear()
    this.#inFragment = false
    this.#hasSequenceParameters = false
    this.#hasPictureParameters = false
    this.#hasIdr = false
  }

  #addUnit(packet: Buffer, start: number, end: number): void {
    this.#note(nalType(packet.readUInt8(start)))
    this.#assembler.add(annexBStartCode, 0, annexBStartCode.length)
    this.#assembler.add(packet, start, end)
  }

  /** RFC 6184 5.7.1: each NAL unit follows its 16-bit size. */
  #addAggregate(packet: Buffer, offset: number, length: number): boolean {
    const end = offset + length
    let at = offset + 1
    if (at >= end) return false
    while (at < end) {
      if (at + 2 > end) return false
      const size = packet.readUInt16BE(at)
      at += 2
      if (size === 0 || at + size > end) return false
      this.#addUnit(packet, at, at + size)
      at += size
    }
    return true
  }

  /** RFC 6184 5.8: indicator, header with S, E and the type, then a part of the NAL unit without its own header. */
  #addFragment(packet: Buffer, offset: number, length: number): boolean {
    if (length < 3) return false
    const header = packet.readUInt8(offset + 1)
    const isStart = (header & 0x80) !== 0
    const isEnd = (header & 0x40) !== 0
    if (isStart === this.#inFragment || (isStart && isEnd)) return false
    if (isStart) {
      this.#note(nalType(header))
      this.#assembler.add(annexBStartCode, 0, annexBStartCode.length)
      this.#assembler.addByte((packet.readUInt8(offset) & 0xe0) | nalType(header))
    }
    this.#assembler.add(packet, offset + 2, offset + length)
    this.#inFragment = !isEnd
    return true
  }

  #note(type: number): void {
    if (type === NalType.idrSlice) this.#hasIdr = true
    else if (type === NalType.sequenceParameters) this.#hasSequenceParameters = true
    else if (type === NalType.pictureParameters) this.#hasPictureParameters = true
  }
}
