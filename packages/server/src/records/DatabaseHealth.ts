import type { Logger } from 'pino'
import type { Store } from '../store/index.ts'

/** Whether the database answers, said once for all who write to it. */
export class DatabaseHealth {
  readonly #store: Store
  readonly #logger: Logger
  #isAway = false

  constructor(store: Store, logger: Logger) {
    this.#store = store
    this.#logger = logger
  }

  get isAway(): boolean {
    return this.#isAway
  }

  /** Something failed: finds out whether the whole database is away. */
  async check(error: unknown): Promise<void> {
    try {
      await this.#store.ping()
      this.works()
    } catch {
      if (!this.#isAway) {
        this.#logger.error({ err: error }, 'The database is away; rooms go on, their records wait for it')
      }
      this.#isAway = true
    }
  }

  works(): void {
    if (this.#isAway) this.#logger.info('The database is back')
    this.#isAway = false
  }
}
