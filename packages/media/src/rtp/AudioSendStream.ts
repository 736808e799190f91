import { rtpHeaderBytes, writeRtpHeader } from './RtpHeader.ts'
import type { PacketSource, SentCounts } from './SendStream.ts'
import { randomSequenceStart } from './sequence.ts'

/** The largest Opus packet is 1275 bytes (RFC 6716 3.4, one frame); longer ones are not made by us. */
const maxPayloadBytes = 1488
const slotBytes = rtpHeaderBytes + maxPayloadBytes

export type AudioSendStreamOptions = {
  ssrc: number
  payloadType: number
  /** Of `red` (RFC 2198), if the browser offered it: `redundancy` needs it. */
  redPayloadType?: number | undefined
  /** Packets kept to answer NACKs with; a power of two. Default 0: none, browsers ask for no lost sound. */
  ringPackets?: number
  /** Default: random, below 2^15. */
  firstSequenceNumber?: number
}

/** The packet before that a packet may repeat: one of 20 ms, and the one before that. */
export const maxAudioRedundancy = 2
const samplesPerPacket = 960
/** RFC 2198 3: ten bits. */
const maxRepeatedBytes = 1023

type Repeatable = { bytes: Buffer; length: number; rtpTimestamp: number }

/** The RTP packets of the sound one leg gets. */
export class AudioSendStream implements PacketSource, SentCounts {
  readonly ssrc: number
  packetCount = 0
  octetCount = 0
  /**
   * How many packets before are sent again with each: a lost packet is whole again when the next one comes. Default
   * 0, at most `maxAudioRedundancy`; without a `redPayloadType` it does nothing.
   */
  redundancy = 0
  readonly #payloadType: number
  readonly #redPayloadType: number | undefined
  /** The last payloads, the newest first. */
  readonly #before: Repeatable[] = []
  readonly #ringPackets: number
  readonly #buffer: Buffer
  readonly #packets: (Buffer | undefined)[]
  readonly #sequenceNumbers: Int32Array
  #nextSequence: number

  constructor(options: AudioSendStreamOptions) {
    const ringPackets = options.ringPackets ?? 0
    if (ringPackets < 0 || ringPackets > 0x8000 || (ringPackets & (ringPackets - 1)) !== 0) {
      throw new RangeError(`ringPackets is ${ringPackets}; allowed are 0 and powers of two up to 32768`)
    }
    this.ssrc = options.ssrc
    this.#payloadType = options.payloadType
    this.#redPayloadType = options.redPayloadType
    this.#ringPackets = ringPackets
    const slots = Math.max(1, ringPackets)
    this.#buffer = Buffer.alloc(slots * slotBytes)
    this.#packets = new Array<Buffer | undefined>(slots).fill(undefined)
    this.#sequenceNumbers = new Int32Array(slots).fill(-1)
    this.#nextSequence = (options.firstSequenceNumber ?? randomSequenceStart()) & 0xffff
  }

  get nextSequenceNumber(): number {
    return this.#nextSequence
  }

  /**
   * The next packet: valid until the next call (with a ring: until it is overwritten), so send it at once.
   * `marker`: the first packet after silence (RFC 3551 4.1).
   */
  write(opusPayload: Uint8Array, rtpTimestamp: number, marker: boolean): Buffer {
    const length = opusPayload.length
    if (length > maxPayloadBytes) {
      throw new RangeError(
        `an Opus payload has ${length} bytes; at most ${maxPayloadBytes} fit into a packet`,
      )
    }
    const sequenceNumber = this.#nextSequence
    this.#nextSequence = (sequenceNumber + 1) & 0xffff
    const slot = this.#ringPackets === 0 ? 0 : sequenceNumber & (this.#ringPackets - 1)
    const start = slot * slotBytes
    const repeated = this.#repeated(length, rtpTimestamp)
    let at = writeRtpHeader(
      this.#buffer,
      start,
      marker,
      repeated.length > 0 ? (this.#redPayloadType ?? this.#payloadType) : this.#payloadType,
      sequenceNumber,
      rtpTimestamp,
      this.ssrc,
    )
    if (repeated.length > 0) at = this.#writeRepeated(repeated, rtpTimestamp, at)
    this.#buffer.set(opusPayload, at)
    this.#remember(opusPayload, rtpTimestamp)
    const packet = this.#buffer.subarray(start, at + length)
    this.#packets[slot] = packet
    this.#sequenceNumbers[slot] = sequenceNumber
    this.packetCount++
    this.octetCount += packet.length - rtpHeaderBytes
    return packet
  }

  /** A packet to resend; always undefined without a ring. */
  get(sequenceNumber: number): Buffer | undefined {
    if (this.#ringPackets === 0) return undefined
    const slot = sequenceNumber & (this.#ringPackets - 1)
    return this.#sequenceNumbers[slot] === sequenceNumber ? this.#packets[slot] : undefined
  }

  /** The packets before this one that are sent with it, the oldest first. */
  #repeated(length: number, rtpTimestamp: number): Repeatable[] {
    if (this.#redPayloadType === undefined || this.redundancy === 0) return []
    const repeated: Repeatable[] = []
    let bytes = length + 1
    for (let i = 0; i < Math.min(this.redundancy, this.#before.length); i++) {
      const one = this.#before[i]!
      bytes += one.length + 4
      const age = (rtpTimestamp - one.rtpTimestamp) >>> 0
      if (age !== (i + 1) * samplesPerPacket || one.length > maxRepeatedBytes || bytes > maxPayloadBytes)
        break
      repeated.unshift(one)
    }
    return repeated
  }

  /** RFC 2198 3: the headers of all, then what they announce; the packet's own payload comes last. */
  #writeRepeated(repeated: readonly Repeatable[], rtpTimestamp: number, offset: number): number {
    const buffer = this.#buffer
    let at = offset
    for (const one of repeated) {
      const age = (rtpTimestamp - one.rtpTimestamp) >>> 0
      at = buffer.writeUInt8(0x80 | this.#payloadType, at)
      at = buffer.writeUIntBE((age << 10) | one.length, at, 3)
    }
    at = buffer.writeUInt8(this.#payloadType, at)
    for (const one of repeated) at += one.bytes.copy(buffer, at, 0, one.length)
    return at
  }

  #remember(opusPayload: Uint8Array, rtpTimestamp: number): void {
    if (this.#redPayloadType === undefined) return
    const oldest = this.#before.length < maxAudioRedundancy ? undefined : this.#before.pop()
    const one = oldest ?? { bytes: Buffer.alloc(maxPayloadBytes), length: 0, rtpTimestamp: 0 }
    one.bytes.set(opusPayload)
    one.length = opusPayload.length
    one.rtpTimestamp = rtpTimestamp
    this.#before.unshift(one)
  }
}
