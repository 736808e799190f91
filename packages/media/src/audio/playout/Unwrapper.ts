/** Makes a counter of `bits` bits that wraps into one that does not. Steps of less than half the range are safe. */
export class Unwrapper {
  readonly #range: number
  #last: number | null = null

  constructor(bits: 16 | 32) {
    this.#range = 2 ** bits
  }

  /** The value nearest to the highest one seen so far. Does not remember it. */
  peek(value: number): number {
    if (this.#last === null) return value
    const wrapped = ((this.#last % this.#range) + this.#range) % this.#range
    let delta = value - wrapped
    if (delta > this.#range / 2) delta -= this.#range
    else if (delta < -this.#range / 2) delta += this.#range
    return this.#last + delta
  }

  unwrap(value: number): number {
    const unwrapped = this.peek(value)
    if (this.#last === null || unwrapped > this.#last) this.#last = unwrapped
    return unwrapped
  }

  reset(): void {
    this.#last = null
  }
}
