import type { OutputEvent } from '../outputTypes.ts'
import type { FeedConsumer } from './OutputFeed.ts'

/** A recording or a stream. Moments are unix milliseconds with fraction. */
export type Output = FeedConsumer & {
  /** Resolves once it runs; rejects with a `MediaError` that names the cause, and is over then. */
  start(): Promise<void>
  pause(atMs: number): void
  resume(atMs: number): void
  /** What was shown until then is still sent or written; `ended` follows. */
  stop(atMs: number): void
  /** Nothing comes any more: it ends with this error; what there is already is kept. */
  fail(error: string): void
}

export type OutputContext = {
  outputId: string
  onEvent(event: OutputEvent): void
  /** Once, after which it takes nothing any more; also when it could not start. */
  onOver(): void
  requestKeyframe(): void
  /** Unix milliseconds with fraction that never jump. */
  now(): number
}
