/** The one reply to a request. What is sent after the first time is dropped. */
export interface Reply {
  send(result: Record<string, unknown>): void
  /** Already answered, e.g. because it took too long: the caller has given up. */
  readonly settled: boolean
}
