const closeTimeoutMs = 15_000

/** What has to be closed at the end, whatever the end is: the last opened first, each within a time. */
export class Closers {
  readonly #closers: (() => Promise<void>)[] = []
  #closing: Promise<void> | undefined

  /** Closes `resource` at the end; at once if the end was while it was being opened. */
  async add<T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> {
    const resource = await opening
    if (this.#closing !== undefined) {
      await resource.close()
      throw new Error('Closed while something was being opened')
    }
    this.#closers.push(() => resource.close())
    return resource
  }

  /** May be called several times; never rejects. */
  closeAll(): Promise<void> {
    this.#closing ??= this.#closeAll()
    return this.#closing
  }

  async #closeAll(): Promise<void> {
    for (const close of this.#closers.reverse()) {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, closeTimeoutMs)))
      await Promise.race([close().catch((error: unknown) => console.error(error)), late])
      clearTimeout(timer)
    }
  }
}
