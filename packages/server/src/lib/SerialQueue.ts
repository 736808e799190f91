/** A queue had no room for another task. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError'
}

/**
 * Runs tasks one after the other in the order they came. A task that rejects concerns only its own caller.
 * Tasks must bound their own waiting.
 */
export class SerialQueue {
  readonly #limit: number
  #tail: Promise<unknown> = Promise.resolve()
  #size = 0

  /** @param limit Tasks waiting or running at most; the next is refused with `QueueFullError`. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Tasks that wait or run. */
  get size(): number {
    return this.#size
  }

  run<T>(task: () => T | Promise<T>): Promise<T> {
    if (this.#size >= this.#limit) {
      return Promise.reject(new QueueFullError(`The queue holds ${this.#limit} tasks already`))
    }
    this.#size += 1
    const result = this.#tail.then(task)
    const settled = (): void => {
      this.#size -= 1
    }
    this.#tail = result.then(settled, settled)
    return result
  }

  /** Resolves when everything that is in the queue now is done. */
  async drained(): Promise<void> {
    await this.#tail
  }
}
