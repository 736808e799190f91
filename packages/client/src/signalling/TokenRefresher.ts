import type { Logger } from '../logger.ts'

/** How long before the end of a token a new one is asked for, in ms. */
const leadMs = 120_000
/** Longest time `setTimeout` can count. */
const maxTimerMs = 2 ** 31 - 1

/** Unix milliseconds, from unix seconds or an ISO date; undefined if the session does not expire. */
export function expiryMs(expiresAt: unknown): number | undefined {
  const ms = typeof expiresAt === 'number' ? expiresAt * 1000 : Date.parse(String(expiresAt))
  return Number.isFinite(ms) && ms > 0 ? ms : undefined
}

/** Asks the application for a new token two minutes before the present one expires. */
export class TokenRefresher {
  readonly #logger: Logger
  readonly #refresh: (() => Promise<string> | string) | undefined
  readonly #use: (token: string) => Promise<void>
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    logger: Logger,
    refresh: (() => Promise<string> | string) | undefined,
    use: (token: string) => Promise<void>,
  ) {
    this.#logger = logger
    this.#refresh = refresh
    this.#use = use
  }

  /** Takes `expires_at` from the authorization of the last connect; tokens of rooms usually have none. */
  schedule(authorization: object): void {
    this.stop()
    const endMs = expiryMs((authorization as { expires_at?: unknown }).expires_at)
    if (endMs === undefined || !this.#refresh) return
    // At least a second: a server that hands out short tokens must not make us spin.
    const delayMs = Math.min(Math.max(endMs - leadMs - Date.now(), 1_000), maxTimerMs)
    this.#timer = setTimeout(() => void this.#run(), delayMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  async #run(): Promise<void> {
    try {
      const token = await this.#refresh?.()
      if (token) await this.#use(token)
    } catch (error) {
      this.#logger.warn('The token could not be refreshed.', error)
    }
  }
}
