/** The one reply to a request. What is sent after the first time is dropped. */
export interface Reply {
  send(result: Record<string, unknown>): void
  /**
   * It will be sent by what `done` is the end of, or refused if that rejects; further requests of the same client
   * need not wait for it.
   */
  sendLater(done: Promise<void>): void
  /** Already answered, e.g. because it took too long: the caller has given up. */
  readonly settled: boolean
}
