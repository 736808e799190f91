/** Calls back when it was not fed for `timeoutMs`. Runs only after it was first fed. */
export class Watchdog {
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #timeoutMs: number
  readonly #onTimeout: () => void

  constructor(timeoutMs: number, onTimeout: () => void) {
    this.#timeoutMs = timeoutMs
    this.#onTimeout = onTimeout
  }

  feed(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#onTimeout, this.#timeoutMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
