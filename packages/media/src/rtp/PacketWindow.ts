import type { RtpHeader } from './RtpHeader.ts'

/** One received packet; lives in the window's slot and is overwritten with it. */
export type WindowSlot = {
  /** Unwrapped; NaN: empty. */
  sequence: number
  packet: Buffer
  timestamp: number
  marker: boolean
  payloadOffset: number
  payloadLength: number
}

const noPacket = Buffer.alloc(0)

/**
 * The last packets of a stream by unwrapped sequence number, from `start` on, at most `capacity` of them.
 * Slots are made once; packets are held, not copied.
 */
export class PacketWindow {
  readonly capacity: number
  readonly #mask: number
  readonly #slots: WindowSlot[]
  #start = 0
  #end = 0

  /** `capacity`: a power of two. */
  constructor(capacity: number) {
    if (capacity < 2 || (capacity & (capacity - 1)) !== 0) {
      throw new RangeError(`a packet window of ${capacity} was asked for; allowed are powers of two from 2`)
    }
    this.capacity = capacity
    this.#mask = capacity - 1
    this.#slots = Array.from({ length: capacity }, () => ({
      sequence: NaN,
      packet: noPacket,
      timestamp: 0,
      marker: false,
      payloadOffset: 0,
      payloadLength: 0,
    }))
  }

  /** The lowest number that is accepted. */
  get start(): number {
    return this.#start
  }

  /** One above the highest number received. */
  get end(): number {
    return this.#end
  }

  get(sequence: number): WindowSlot | undefined {
    const slot = this.#slots[sequence & this.#mask]
    return slot?.sequence === sequence ? slot : undefined
  }

  /** The caller has seen to it that `start <= sequence < start + capacity`. */
  insert(sequence: number, packet: Buffer, header: RtpHeader): void {
    const slot = this.#slots[sequence & this.#mask]
    if (!slot) return
    slot.sequence = sequence
    slot.packet = packet
    slot.timestamp = header.timestamp
    slot.marker = header.marker
    slot.payloadOffset = header.payloadOffset
    slot.payloadLength = header.payloadLength
    if (sequence >= this.#end) this.#end = sequence + 1
  }

  /** Lets go of everything below `start`. */
  advance(start: number): void {
    const clearUntil = Math.min(start, this.#start + this.capacity)
    for (let sequence = this.#start; sequence < clearUntil; sequence++) {
      const slot = this.#slots[sequence & this.#mask]
      if (!slot) continue
      slot.sequence = NaN
      slot.packet = noPacket
    }
    this.#start = Math.max(this.#start, start)
    this.#end = Math.max(this.#end, this.#start)
  }

  /** Empties the window; `end` is the packet expected next. */
  reset(start: number, end: number): void {
    for (const slot of this.#slots) {
      slot.sequence = NaN
      slot.packet = noPacket
    }
    this.#start = start
    this.#end = end
  }
}
