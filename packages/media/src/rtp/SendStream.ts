import { createPacketizer, defaultMaxPayloadBytes } from './codec.ts'
import type { Packetizer, PacketWriter, VideoCodec } from './codec.ts'
import {
  patchPayloadType,
  patchSequenceNumber,
  patchSsrc,
  rtpHeaderBytes,
  writeRtpHeader,
} from './RtpHeader.ts'
import { randomSequenceStart } from './sequence.ts'
import type { PictureIds } from './Vp8Packetizer.ts'

export type SendStreamOptions = {
  codec: VideoCodec
  ssrc: number
  /** Default 0: every receiver patches its own in. */
  payloadType?: number
  /** How many packets are kept for NACKs; a power of two. Default 1024. */
  ringPackets?: number
  /** Payload bytes of a packet at most. Default 1100. */
  maxPayloadBytes?: number
  /** Default: random, below 2^15. */
  firstSequenceNumber?: number
  /** Shared with other encodes that a receiver may change to (VP8). Default: its own. */
  pictureIds?: PictureIds
}

/** What a sender report says was sent. */
export type SentCounts = { readonly packetCount: number; readonly octetCount: number }

/** Something that resends come from. */
export interface PacketSource {
  get(sequenceNumber: number): Buffer | undefined
}

/**
 * The packets of one encoded video, made once for all receivers and kept in a preallocated ring to answer
 * NACKs from. Per receiver only the header is patched, in place, right before sending (`patchForReceiver`):
 * whoever sends must copy synchronously, as the SRTP layer does.
 */
export class SendStream implements PacketSource, SentCounts {
  readonly ssrc: number
  packetCount = 0
  octetCount = 0
  readonly #payloadType: number
  readonly #packetizer: Packetizer
  readonly #mask: number
  readonly #slotBytes: number
  readonly #ring: Buffer
  readonly #packets: (Buffer | undefined)[]
  readonly #sequenceNumbers: Int32Array
  readonly #writer: PacketWriter
  #nextSequence: number
  #frameSequence: number
  #framePackets = 0
  #frameOctets = 0
  #frameIsKey = false
  #rtpTimestamp = 0

  constructor(options: SendStreamOptions) {
    const ringPackets = options.ringPackets ?? 1024
    if (ringPackets < 2 || ringPackets > 0x8000 || (ringPackets & (ringPackets - 1)) !== 0) {
      throw new RangeError(`ringPackets is ${ringPackets}; allowed are powers of two from 2 to 32768`)
    }
    const maxPayloadBytes = options.maxPayloadBytes ?? defaultMaxPayloadBytes
    if (maxPayloadBytes < 16 || maxPayloadBytes > 1488) {
      throw new RangeError(`maxPayloadBytes is ${maxPayloadBytes}; allowed are 16 to 1488`)
    }
    this.ssrc = options.ssrc
    this.#payloadType = options.payloadType ?? 0
    this.#packetizer = createPacketizer(options.codec, maxPayloadBytes, options.pictureIds)
    this.#mask = ringPackets - 1
    this.#slotBytes = rtpHeaderBytes + maxPayloadBytes
    this.#ring = Buffer.alloc(ringPackets * this.#slotBytes)
    this.#packets = new Array<Buffer | undefined>(ringPackets).fill(undefined)
    this.#sequenceNumbers = new Int32Array(ringPackets).fill(-1)
    this.#nextSequence = (options.firstSequenceNumber ?? randomSequenceStart()) & 0xffff
    this.#frameSequence = this.#nextSequence
    this.#writer = { buffer: this.#ring, open: (length, isLast) => this.#openPacket(length, isLast) }
  }

  /** Of the packet that comes next; what has this number or a later one does not exist yet. */
  get nextSequenceNumber(): number {
    return this.#nextSequence
  }

  get frameIsKey(): boolean {
    return this.#frameIsKey
  }

  /** Of the last frame's first packet. */
  get frameSequenceNumber(): number {
    return this.#frameSequence
  }

  get frameRtpTimestamp(): number {
    return this.#rtpTimestamp
  }

  /** Packets and payload octets of the last frame: what to add to each receiver's counts. */
  get framePacketCount(): number {
    return this.#framePackets
  }

  get frameOctetCount(): number {
    return this.#frameOctets
  }

  /**
   * Makes the packets of a frame (a VP8 frame or an H.264 access unit in Annex B) and returns how many.
   * Throws a `RangeError` for a frame that does not fit into the ring.
   */
  packetize(frame: Uint8Array, isKey: boolean, rtpTimestamp: number): number {
    const needed = this.#packetizer.countPackets(frame)
    if (needed > this.#packets.length) {
      throw new RangeError(
        `a frame of ${frame.length} bytes takes ${needed} packets; the ring holds ${this.#packets.length}`,
      )
    }
    this.#frameSequence = this.#nextSequence
    this.#framePackets = 0
    this.#frameOctets = 0
    this.#frameIsKey = isKey
    this.#rtpTimestamp = rtpTimestamp >>> 0
    this.#packetizer.packetize(frame, this.#writer)
    this.packetCount += this.#framePackets
    this.octetCount += this.#frameOctets
    return this.#framePackets
  }

  /** The packets of the last frame, in order, each with the stream's own sequence number. */
  forEachPacketOfFrame(visit: (packet: Buffer, sequenceNumber: number) => void): void {
    for (let i = 0; i < this.#framePackets; i++) {
      const sequenceNumber = (this.#frameSequence + i) & 0xffff
      const packet = this.get(sequenceNumber)
      if (packet) visit(packet, sequenceNumber)
    }
  }

  /** The packet with this number, or undefined when it has been overwritten or never was. */
  get(sequenceNumber: number): Buffer | undefined {
    const slot = sequenceNumber & this.#mask
    if (this.#sequenceNumbers[slot] !== sequenceNumber) return undefined
    const packet = this.#packets[slot]
    // A receiver with numbers of its own may have been the last to patch it.
    if (packet) patchSequenceNumber(packet, sequenceNumber)
    return packet
  }

  #openPacket(payloadLength: number, isLast: boolean): number {
    const sequenceNumber = this.#nextSequence
    const slot = sequenceNumber & this.#mask
    const start = slot * this.#slotBytes
    this.#packets[slot] = this.#ring.subarray(start, start + rtpHeaderBytes + payloadLength)
    this.#sequenceNumbers[slot] = sequenceNumber
    this.#nextSequence = (sequenceNumber + 1) & 0xffff
    this.#framePackets++
    this.#frameOctets += payloadLength
    return writeRtpHeader(
      this.#ring,
      start,
      isLast,
      this.#payloadType,
      sequenceNumber,
      this.#rtpTimestamp,
      this.ssrc,
    )
  }
}

/**
 * Sets in place what differs between the receivers of a shared packet, and returns it. `sequenceNumber` is for
 * a receiver with numbers of its own (`ReceiverSequence`).
 */
export function patchForReceiver(
  packet: Buffer,
  payloadType: number,
  ssrc: number,
  sequenceNumber?: number,
): Buffer {
  patchPayloadType(packet, payloadType)
  patchSsrc(packet, ssrc)
  if (sequenceNumber !== undefined) patchSequenceNumber(packet, sequenceNumber)
  return packet
}
