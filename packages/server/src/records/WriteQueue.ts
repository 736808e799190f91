import type { Logger } from 'pino'
import type { Cancel, Clock } from '../lib/Clock.ts'
import type { Repositories, Store } from '../store/index.ts'
import type { DatabaseHealth } from './DatabaseHealth.ts'

export type Write = (to: Repositories) => Promise<unknown>

/** Writes of one transaction. */
const batchSize = 200
/** Beyond this many that wait, those are left out that the records can do without: events. */
const droppableLimit = 5000
/** Beyond this many, all are. A session has as many only if the database is away for very long. */
const limit = 20_000
const retryDelaysMs = [250, 500, 1000, 2000, 5000]

export type WriteQueueOptions = {
  store: Store
  health: DatabaseHealth
  clock: Clock
  logger: Logger
}

/**
 * Writes of one session, in their order, while the session goes on. What the database does not take because it is
 * away is tried again until it does; a write that it refuses is logged and left out, so that it does not hold up
 * those behind it.
 */
export class WriteQueue {
  readonly #options: WriteQueueOptions
  readonly #writes: Write[] = []
  /** Writes that were taken in, and those of them that are done with. */
  #taken = 0
  #done = 0
  #dropped = 0
  #waiting: { until: number; resolve: (isSaved: boolean) => void }[] = []
  #isRunning = false
  #abandoned = false
  #cancelDelay: Cancel = () => {}
  #endDelay: () => void = () => {}

  constructor(options: WriteQueueOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#writes.length
  }

  push(write: Write, { droppable = false } = {}): void {
    if (this.#abandoned) return
    if (this.#writes.length >= (droppable ? droppableLimit : limit)) {
      this.#dropped += 1
      return
    }
    this.#writes.push(write)
    this.#taken += 1
    if (!this.#isRunning) void this.#run()
  }

  /** Resolves when all that was pushed so far is done with: false if it was given up instead. */
  settled(): Promise<boolean> {
    if (this.#abandoned) return Promise.resolve(false)
    if (this.#done >= this.#taken) return Promise.resolve(true)
    return new Promise((resolve) => this.#waiting.push({ until: this.#taken, resolve }))
  }

  /** Gives up what is not written yet. */
  abandon(): void {
    this.#abandoned = true
    if (this.#writes.length > 0) {
      this.#options.logger.error({ writes: this.#writes.length }, 'Records are lost: the database is away')
    }
    this.#writes.length = 0
    this.#endDelay()
    for (const { resolve } of this.#waiting.splice(0)) resolve(false)
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    let failures = 0
    while (this.#writes.length > 0 && !this.#abandoned) {
      const batch = this.#writes.slice(0, batchSize)
      const isDone = (await this.#try(batch)) || (await this.#trySingly(batch))
      if (isDone) {
        failures = 0
        continue
      }
      await this.#delay(retryDelaysMs[Math.min(failures, retryDelaysMs.length - 1)] ?? 0)
      failures += 1
    }
    // At once: what is pushed from now on needs another run.
    this.#isRunning = false
    if (this.#dropped === 0 || this.#abandoned) return
    this.#options.logger.error({ writes: this.#dropped }, 'Records were left out: too many waited')
    this.#dropped = 0
  }

  async #try(batch: readonly Write[]): Promise<boolean> {
    const { store, health } = this.#options
    try {
      await store.transaction(async (repositories) => {
        for (const write of batch) await write(repositories)
      })
    } catch (error) {
      // Either the database is away, or it does not want one of these.
      await health.check(error)
      return false
    }
    health.works()
    this.#finish(batch.length)
    return true
  }

  /** One after the other, without those that are refused. False: the database is away. */
  async #trySingly(batch: readonly Write[]): Promise<boolean> {
    const { store, health, logger } = this.#options
    for (const write of batch) {
      if (health.isAway || this.#abandoned) return false
      try {
        await store.transaction((repositories) => write(repositories))
      } catch (error) {
        await health.check(error)
        if (health.isAway) return false
        logger.error({ err: error }, 'A record was refused by the database')
      }
      this.#finish(1)
    }
    return true
  }

  #finish(count: number): void {
    if (this.#abandoned) return
    this.#writes.splice(0, count)
    this.#done += count
    this.#waiting = this.#waiting.filter(({ until, resolve }) => {
      if (until > this.#done) return true
      resolve(true)
      return false
    })
  }

  #delay(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#endDelay = () => {
        this.#cancelDelay()
        resolve()
      }
      this.#cancelDelay = this.#options.clock.setTimeout(resolve, delayMs)
    })
  }
}
