import type { Logger } from 'pino'
import type { Cancel, Clock } from '../lib/Clock.ts'
import type { Store } from '../store/index.ts'

/** After the start, which has better things to do. */
const firstDelayMs = 60_000
const intervalMs = 3_600_000
/** Records that are removed at one go: a database of one file lets nobody else write meanwhile. */
const batchSize = 500
const betweenBatchesMs = 100

export type RetentionOptions = {
  store: { sessions: Pick<Store['sessions'], 'prune'> }
  clock: Clock
  logger: Logger
  /** How long a session is kept after its end. */
  keptMs: number
}

/** Removes sessions that ended long ago, with all that is known of them, a little at a time. */
export class Retention {
  readonly #options: RetentionOptions
  #cancelTimer: Cancel = () => {}
  #underWay: Promise<void> = Promise.resolve()
  #removed = 0
  #closed = false

  constructor(options: RetentionOptions) {
    this.#options = options
  }

  start(): void {
    this.#runIn(firstDelayMs)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelTimer()
    await this.#underWay
  }

  #runIn(delayMs: number): void {
    if (this.#closed) return
    this.#cancelTimer = this.#options.clock.setTimeout(() => {
      this.#underWay = this.#removeSome()
    }, delayMs)
  }

  async #removeSome(): Promise<void> {
    const { store, clock, logger, keptMs } = this.#options
    let isMore = false
    try {
      const removed = await store.sessions.prune(clock.nowMs() - keptMs, batchSize)
      this.#removed += removed
      isMore = removed >= batchSize
    } catch (error) {
      logger.warn({ err: error }, 'Old sessions could not be removed; it is tried again in an hour')
    }
    if (!isMore && this.#removed > 0) {
      logger.info({ records: this.#removed }, 'Old sessions were removed')
      this.#removed = 0
    }
    this.#runIn(isMore ? betweenBatchesMs : intervalMs)
  }
}
