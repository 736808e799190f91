/** Keeps the values used last, up to a number, and frees the others. */
export class LruCache<T> {
  readonly #maxSize: number
  readonly #free: (value: T) => void
  /** Least recently used first. */
  readonly #values = new Map<string, T>()

  constructor(maxSize: number, free: (value: T) => void) {
    this.#maxSize = maxSize
    this.#free = free
  }

  get(key: string, create: () => T): T {
    const known = this.#values.get(key)
    const value = known ?? create()
    this.#values.delete(key)
    this.#values.set(key, value)
    if (this.#values.size > this.#maxSize) {
      const [oldest] = this.#values
      this.#values.delete(oldest![0])
      this.#free(oldest![1])
    }
    return value
  }

  clear(): void {
    for (const value of this.#values.values()) this.#free(value)
    this.#values.clear()
  }
}
