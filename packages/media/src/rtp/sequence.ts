/** How far `a` is ahead of `b` on the 16-bit circle: -32768..32767 (RFC 3550 A.1). */
export function sequenceDistance(a: number, b: number): number {
  return ((a - b) << 16) >> 16
}

/** Whether sequence number `a` comes after `b`. */
export function isNewerSequence(a: number, b: number): boolean {
  return sequenceDistance(a, b) > 0
}

/** How far 32-bit RTP timestamp `a` is ahead of `b`, in clock ticks. */
export function timestampDistance(a: number, b: number): number {
  return (a - b) | 0
}

/**
 * Turns 16-bit sequence numbers into numbers that never wrap. Each is taken to be the one nearest to the
 * one before it; the first keeps its value, and one before that may come out negative.
 */
export class SequenceUnwrapper {
  #last: number | undefined

  unwrap(sequenceNumber: number): number {
    const last = this.#last
    this.#last = last === undefined ? sequenceNumber : last + sequenceDistance(sequenceNumber, last & 0xffff)
    return this.#last
  }

  reset(): void {
    this.#last = undefined
  }
}

/** Turns 32-bit RTP timestamps into numbers that never wrap; see `SequenceUnwrapper`. */
export class TimestampUnwrapper {
  #last: number | undefined

  unwrap(rtpTimestamp: number): number {
    const last = this.#last
    // `|` takes both numbers modulo 2^32, which is what the difference needs.
    this.#last = last === undefined ? rtpTimestamp : last + timestampDistance(rtpTimestamp, last)
    return this.#last
  }

  reset(): void {
    this.#last = undefined
  }
}

/** A first sequence number below 2^15, so that SRTP's rollover counter starts unambiguous (RFC 3711 3.3.1). */
export function randomSequenceStart(random: () => number = Math.random): number {
  return Math.floor(random() * 0x8000)
}
