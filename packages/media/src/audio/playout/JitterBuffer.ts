/** A packet in the buffer. Numbers are unwrapped: they grow past 2^16 and 2^32. */
export interface BufferedPacket {
  sequence: number
  timestamp: number
  durationSamples: number
  payload: Buffer
  size: number
}

/** 500 ms of the shortest packets that browsers send (10 ms) fit many times. Power of two. */
const slotCount = 256
const initialPayloadBytes = 256
/** RTP over UDP: nothing longer arrives unfragmented. */
const maxPayloadBytes = 4096

/** Puts packets in order, once each. Knows no time; entries and their memory are recycled. */
export class JitterBuffer {
  readonly #slots: (BufferedPacket | null)[] = new Array<BufferedPacket | null>(slotCount).fill(null)
  readonly #free: BufferedPacket[] = []
  #size = 0
  #firstSequence = 0
  #lastSequence = 0

  get size(): number {
    return this.#size
  }

  /** The packet with the lowest sequence number. */
  first(): BufferedPacket | null {
    return this.#size === 0 ? null : this.#slots[this.#firstSequence & (slotCount - 1)]!
  }

  /** The packet with the highest sequence number. */
  last(): BufferedPacket | null {
    return this.#size === 0 ? null : this.#slots[this.#lastSequence & (slotCount - 1)]!
  }

  /** Copies the payload. False for a duplicate, and for one too large or too far out of order to hold. */
  insert(sequence: number, timestamp: number, durationSamples: number, payload: Uint8Array): boolean {
    if (payload.length > maxPayloadBytes) return false
    if (this.#size > 0) {
      if (sequence <= this.#lastSequence - slotCount) return false
      while (this.#size > 0 && sequence >= this.#firstSequence + slotCount) this.dropFirst()
    }
    const slot = sequence & (slotCount - 1)
    if (this.#slots[slot]) return false
    const entry = this.#free.pop() ?? newEntry()
    if (entry.payload.length < payload.length) entry.payload = Buffer.alloc(payload.length)
    entry.payload.set(payload)
    entry.size = payload.length
    entry.sequence = sequence
    entry.timestamp = timestamp
    entry.durationSamples = durationSamples
    this.#slots[slot] = entry
    if (this.#size === 0 || sequence < this.#firstSequence) this.#firstSequence = sequence
    if (this.#size === 0 || sequence > this.#lastSequence) this.#lastSequence = sequence
    this.#size++
    return true
  }

  /** Gives up the first packet; what `first()` returned is overwritten by a later insert. */
  dropFirst(): void {
    if (this.#size === 0) return
    const slot = this.#firstSequence & (slotCount - 1)
    this.#free.push(this.#slots[slot]!)
    this.#slots[slot] = null
    this.#size--
    if (this.#size === 0) return
    do this.#firstSequence++
    while (!this.#slots[this.#firstSequence & (slotCount - 1)])
  }

  clear(): void {
    while (this.#size > 0) this.dropFirst()
  }
}

function newEntry(): BufferedPacket {
  return {
    sequence: 0,
    timestamp: 0,
    durationSamples: 0,
    payload: Buffer.alloc(initialPayloadBytes),
    size: 0,
  }
}
