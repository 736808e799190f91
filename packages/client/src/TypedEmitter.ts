/** Event name to the tuple of arguments that its handlers get. */
export type EventArguments<Events> = { [Name in keyof Events]: unknown[] }

export type Handler<Args extends unknown[]> = (...args: Args) => unknown

type Entry = { handler: Handler<never>; once: boolean }

/**
 * An event emitter whose names and handler arguments are typed by one map. A handler that throws, or whose
 * promise rejects, is reported and stops neither the other handlers nor the emitter.
 */
export class TypedEmitter<Events extends EventArguments<Events>> {
  readonly #entries = new Map<keyof Events, Entry[]>()

  /** Calls `handler` at every `event` from now on. The same handler added twice is called twice. */
  on<Name extends keyof Events>(event: Name, handler: Handler<Events[Name]>): this {
    return this.#add(event, handler, false)
  }

  /** Calls `handler` at the next `event` only. */
  once<Name extends keyof Events>(event: Name, handler: Handler<Events[Name]>): this {
    return this.#add(event, handler, true)
  }

  /** Removes `handler` (every addition of it), or all handlers of `event` if it is left out. */
  off<Name extends keyof Events>(event: Name, handler?: Handler<Events[Name]>): this {
    const entries = this.#entries.get(event)
    if (!entries) return this
    const kept = handler ? entries.filter((entry) => entry.handler !== handler) : []
    if (kept.length > 0) this.#entries.set(event, kept)
    else this.#entries.delete(event)
    return this
  }

  /** Removes all handlers of `event`, or of every event if it is left out. */
  removeAllListeners(event?: keyof Events): this {
    if (event === undefined) this.#entries.clear()
    else this.#entries.delete(event)
    return this
  }

  /** Names of the events that have a handler. */
  eventNames(): (keyof Events)[] {
    return [...this.#entries.keys()]
  }

  /** How many handlers an event has. */
  listenerCount(event: keyof Events): number {
    return this.#entries.get(event)?.length ?? 0
  }

  protected emit<Name extends keyof Events>(event: Name, ...args: Events[Name]): void {
    // Handlers are called on a copy: those added or removed meanwhile count from the next event on.
    for (const entry of [...(this.#entries.get(event) ?? [])]) {
      if (entry.once) this.#remove(event, entry)
      try {
        const result = (entry.handler as Handler<Events[Name]>)(...args)
        if (result instanceof Promise) result.catch((error: unknown) => this.onHandlerError(event, error))
      } catch (error) {
        this.onHandlerError(event, error)
      }
    }
  }

  /** Called with what a handler threw. */
  protected onHandlerError(event: keyof Events, error: unknown): void {
    console.error(`A handler of "${String(event)}" failed.`, error)
  }

  #add<Name extends keyof Events>(event: Name, handler: Handler<Events[Name]>, once: boolean): this {
    if (typeof handler !== 'function') {
      throw new TypeError(`The handler of "${String(event)}" must be a function, not ${typeof handler}.`)
    }
    const entries = this.#entries.get(event) ?? []
    this.#entries.set(event, [...entries, { handler: handler as Handler<never>, once }])
    return this
  }

  #remove(event: keyof Events, entry: Entry): void {
    const kept = (this.#entries.get(event) ?? []).filter((other) => other !== entry)
    if (kept.length > 0) this.#entries.set(event, kept)
    else this.#entries.delete(event)
  }
}
