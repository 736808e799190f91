import { sequenceDistance } from './sequence.ts'

/**
 * The sequence numbers of a shared stream as one receiver sees them. A receiver that is left out for a while
 * must not see a jump when it comes back: over 2^15 numbers and SRTP on both sides loses count of the wraps
 * (RFC 3711 3.3.1), so the stream would be dead for it. The same goes for one that joins right before a wrap
 * and loses its first packets: give it a start below 2^15 (`randomSequenceStart`).
 */
export class ReceiverSequence {
  #offset = 0
  #next: number | undefined
  #paused = false
  /** As the receiver sees it; packets before belong to another offset. */
  #resumedAt: number | undefined

  /** `start`: the number of the first packet. Default: the stream's own, until a pause. */
  constructor(start?: number) {
    this.#next = start
    this.#paused = start !== undefined
  }

  /** For each packet sent the first time: the number it goes out with. */
  map(sequenceNumber: number): number {
    if (this.#paused && this.#next !== undefined) {
      this.#offset = this.#next - sequenceNumber
      this.#resumedAt = this.#next
    }
    this.#paused = false
    const mapped = (sequenceNumber + this.#offset) & 0xffff
    this.#next = (mapped + 1) & 0xffff
    // Half a circle on, what was sent after the pause would look like sent before it.
    if (this.#resumedAt !== undefined && sequenceDistance(mapped, this.#resumedAt) > 0x4000) {
      this.#resumedAt = undefined
    }
    return mapped
  }

  /** For a NACK: the stream's number, or undefined for a packet from before the last pause. */
  unmap(mapped: number): number | undefined {
    if (this.#resumedAt !== undefined && sequenceDistance(mapped, this.#resumedAt) < 0) return undefined
    return (mapped - this.#offset) & 0xffff
  }

  /** The receiver is left out from now on, until the next `map`. */
  pause(): void {
    this.#paused = true
  }
}
