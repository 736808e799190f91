import { rtpHeaderBytes, writeRtpHeader } from './RtpHeader.ts'
import type { PacketSource, SentCounts } from './SendStream.ts'
import { randomSequenceStart } from './sequence.ts'

/** The largest Opus packet is 1275 bytes (RFC 6716 3.4, one frame); longer ones are not made by us. */
const maxPayloadBytes = 1488
const slotBytes = rtpHeaderBytes + maxPayloadBytes

export type AudioSendStreamOptions = {
  ssrc: number
  payloadType: number
  /** Packets kept to answer NACKs with; a power of two. Default 0: none, browsers ask for no lost sound. */
  ringPackets?: number
  /** Default: random, below 2^15. */
  firstSequenceNumber?: number
}

/** Ring size for legs whose browser negotiated NACK for audio: 2.5 s of 20 ms packets. */
export const audioRingPackets = 128

/** The RTP packets of the sound one leg gets. */
export class AudioSendStream implements PacketSource, SentCounts {
  readonly ssrc: number
  packetCount = 0
  octetCount = 0
  readonly #payloadType: number
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
    const at = writeRtpHeader(
      this.#buffer,
      start,
      marker,
      this.#payloadType,
      sequenceNumber,
      rtpTimestamp,
      this.ssrc,
    )
    this.#buffer.set(opusPayload, at)
    const packet = this.#buffer.subarray(start, at + length)
    this.#packets[slot] = packet
    this.#sequenceNumbers[slot] = sequenceNumber
    this.packetCount++
    this.octetCount += length
    return packet
  }

  /** A packet to resend; always undefined without a ring. */
  get(sequenceNumber: number): Buffer | undefined {
    if (this.#ringPackets === 0) return undefined
    const slot = sequenceNumber & (this.#ringPackets - 1)
    return this.#sequenceNumbers[slot] === sequenceNumber ? this.#packets[slot] : undefined
  }
}
