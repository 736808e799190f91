import { createHash, timingSafeEqual } from 'node:crypto'
import type { Logger } from 'pino'
import type { Clock } from '../lib/Clock.ts'
import type { ApiKeyRecord, ApiKeyRepository } from '../store/index.ts'
import type { ApiCredentials } from './ApiCredentials.ts'

/** The scope that a key needs for everything under `/api/video`. */
export const videoScope = 'video'

/** How long a key is trusted without a look into the store: the longest that a revoked one works. */
export const keyCacheMs = 5000
const maxCachedKeys = 1000
/** How exactly the store knows when a key was used last. */
const touchIntervalMs = 60_000

export type StoredCredentialsOptions = {
  /** The pair of the configuration: all scopes, cannot be revoked. */
  configured: { projectId: string; apiToken: string }
  apiKeys: ApiKeyRepository
  clock: Clock
  logger: Logger
}

type CachedKey = { key: ApiKeyRecord; readAtMs: number }

/** The pair of the configuration, and the keys in the store. */
export class StoredCredentials implements ApiCredentials {
  readonly #options: StoredCredentialsOptions
  readonly #configured: Buffer
  /** By hash of the token, those read longest ago first. */
  readonly #cache = new Map<string, CachedKey>()
  readonly #touchedAtMs = new Map<string, number>()

  constructor(options: StoredCredentialsOptions) {
    this.#options = options
    this.#configured = digest(`${options.configured.projectId}:${options.configured.apiToken}`)
  }

  async check(projectId: string, apiToken: string): Promise<boolean> {
    const scopes = await this.scopesOf(projectId, apiToken)
    return scopes !== undefined && scopes.includes(videoScope)
  }

  /** What an API token may be used for; undefined: it is not a valid one of this project. */
  async scopesOf(projectId: string, apiToken: string): Promise<readonly string[] | undefined> {
    // Digests have one length, so the comparison tells nothing about what is right.
    if (timingSafeEqual(digest(`${projectId}:${apiToken}`), this.#configured)) return [videoScope]
    const key = await this.#find(hashOfToken(apiToken))
    if (key === null || key.revokedAtMs !== null) return undefined
    if (!timingSafeEqual(digest(projectId), digest(key.projectId))) return undefined
    this.#touch(key)
    return key.scopes
  }

  async #find(tokenHash: string): Promise<ApiKeyRecord | null> {
    const nowMs = this.#options.clock.nowMs()
    const cached = this.#cache.get(tokenHash)
    if (cached !== undefined && nowMs - cached.readAtMs < keyCacheMs) return cached.key
    this.#cache.delete(tokenHash)
    const key = await this.#options.apiKeys.findByHash(tokenHash)
    if (key === null) return null
    // The index of a database compares as it likes; this comparison takes the same time always.
    if (!timingSafeEqual(digest(key.tokenHash), digest(tokenHash))) return null
    this.#cache.set(tokenHash, { key, readAtMs: nowMs })
    const [oldest] = this.#cache.keys()
    if (this.#cache.size > maxCachedKeys && oldest !== undefined) this.#cache.delete(oldest)
    return key
  }

  /** Notes that the key was used; nobody waits for it. */
  #touch({ id }: ApiKeyRecord): void {
    const { apiKeys, clock, logger } = this.#options
    const nowMs = clock.nowMs()
    if (nowMs - (this.#touchedAtMs.get(id) ?? Number.NEGATIVE_INFINITY) < touchIntervalMs) return
    if (this.#touchedAtMs.size >= maxCachedKeys) this.#touchedAtMs.clear()
    this.#touchedAtMs.set(id, nowMs)
    apiKeys.touch(id, nowMs).catch((error: unknown) => {
      logger.warn({ err: error, id }, 'The use of an API key could not be noted')
    })
  }
}

/** What the store keeps of an API token. */
export function hashOfToken(apiToken: string): string {
  return digest(apiToken).toString('hex')
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
