import type { Packetizer, PacketWriter } from './codec.ts'
import { forEachNalUnit, NalType, nalType } from './nalUnit.ts'

const fragmentHeaderBytes = 2
const sizeFieldBytes = 2

/**
 * H.264 access units in Annex B to RTP payloads (RFC 6184, packetization-mode 1): parameter sets and other
 * small units before the slices go into one STAP-A, slices into single NAL unit packets or FU-A.
 */
export class H264Packetizer implements Packetizer {
  readonly #maxPayloadBytes: number
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  #count = 0

  constructor(maxPayloadBytes: number) {
    this.#maxPayloadBytes = maxPayloadBytes
  }

  countPackets(frame: Uint8Array): number {
    this.#findUnits(frame)
    let packets = 0
    for (let i = 0; i < this.#count; i++) packets += this.#fragmentCount(this.#end(i) - this.#start(i))
    return packets
  }

  packetize(frame: Uint8Array, writer: PacketWriter): void {
    this.#findUnits(frame)
    let i = 0
    while (i < this.#count) {
      const following = this.#aggregateEnd(frame, i)
      const isLast = following === this.#count
      if (following - i > 1) this.#writeAggregate(frame, writer, i, following, isLast)
      else this.#writeUnit(frame, writer, this.#start(i), this.#end(i), isLast)
      i = following
    }
  }

  #start(unit: number): number {
    return this.#starts[unit] ?? 0
  }

  #end(unit: number): number {
    return this.#ends[unit] ?? 0
  }

  #findUnits(frame: Uint8Array): void {
    this.#count = 0
    forEachNalUnit(frame, (start, end) => {
      this.#starts[this.#count] = start
      this.#ends[this.#count] = end
      this.#count++
    })
  }

  /** The unit after the last one that fits into one STAP-A with unit `first`. */
  #aggregateEnd(frame: Uint8Array, first: number): number {
    let length = 1
    let unit = first
    while (unit < this.#count && isSmallPrefix(frame[this.#start(unit)] ?? 0)) {
      length += sizeFieldBytes + this.#end(unit) - this.#start(unit)
      if (length > this.#maxPayloadBytes) break
      unit++
    }
    return Math.max(unit, first + 1)
  }

  /** RFC 6184 5.7.1. */
  #writeAggregate(frame: Uint8Array, writer: PacketWriter, from: number, to: number, isLast: boolean): void {
    let length = 1
    let importance = 0
    for (let i = from; i < to; i++) {
      length += sizeFieldBytes + this.#end(i) - this.#start(i)
      importance = Math.max(importance, (frame[this.#start(i)] ?? 0) & 0x60)
    }
    let at = writer.open(length, isLast)
    writer.buffer.writeUInt8(importance | NalType.stapA, at++)
    for (let i = from; i < to; i++) {
      const unit = frame.subarray(this.#start(i), this.#end(i))
      writer.buffer.writeUInt16BE(unit.length, at)
      writer.buffer.set(unit, at + sizeFieldBytes)
      at += sizeFieldBytes + unit.length
    }
  }

  #fragmentCount(unitLength: number): number {
    if (unitLength <= this.#maxPayloadBytes) return 1
    return Math.ceil((unitLength - 1) / (this.#maxPayloadBytes - fragmentHeaderBytes))
  }

  /** RFC 6184 5.6 and 5.8; fragments are of nearly equal size. */
  #writeUnit(frame: Uint8Array, writer: PacketWriter, start: number, end: number, isLast: boolean): void {
    const count = this.#fragmentCount(end - start)
    if (count === 1) {
      writer.buffer.set(frame.subarray(start, end), writer.open(end - start, isLast))
      return
    }
    const header = frame[start] ?? 0
    const bodyLength = end - start - 1
    for (let i = 0; i < count; i++) {
      const from = start + 1 + Math.floor((bodyLength * i) / count)
      const to = start + 1 + Math.floor((bodyLength * (i + 1)) / count)
      const at = writer.open(fragmentHeaderBytes + to - from, isLast && i === count - 1)
      const edge = i === 0 ? 0x80 : i === count - 1 ? 0x40 : 0
      writer.buffer.writeUInt8((header & 0xe0) | NalType.fuA, at)
      writer.buffer.writeUInt8(edge | nalType(header), at + 1)
      writer.buffer.set(frame.subarray(from, to), at + fragmentHeaderBytes)
    }
  }
}

function isSmallPrefix(header: number): boolean {
  const type = nalType(header)
  return type >= NalType.supplementalInfo && type <= NalType.accessUnitDelimiter
}
