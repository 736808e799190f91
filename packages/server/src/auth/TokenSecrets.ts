import type { Clock } from '../lib/Clock.ts'
import type { TokenSecretRepository } from '../store/index.ts'

/** The keys of room tokens, by project. */
export interface TokenSecrets {
  /** All that verify, the one that signs first; none for a project that nobody knows. */
  of(projectId: string): Promise<readonly string[]>
}

/** The secret of the configuration, for the one project of the configuration. */
export class ConfiguredSecret implements TokenSecrets {
  readonly #projectId: string
  readonly #secrets: readonly string[]

  constructor({ projectId, tokenSecret }: { projectId: string; tokenSecret: string }) {
    this.#projectId = projectId
    this.#secrets = [tokenSecret]
  }

  of(projectId: string): Promise<readonly string[]> {
    return Promise.resolve(projectId === this.#projectId ? this.#secrets : [])
  }
}

/** How long a secret that was rotated elsewhere, e.g. by the command line, may go unseen. */
const cacheMs = 5000
/** Of projects that do not exist, somebody may name any number. */
const maxCached = 10_000

/**
 * The secrets of the store. A project without any there has that of the configuration: a rotation writes the old one
 * into the store as well, with its end.
 */
export class StoredTokenSecrets implements TokenSecrets {
  readonly #store: TokenSecretRepository
  readonly #configured: TokenSecrets
  readonly #clock: Clock
  readonly #cache = new Map<string, { secrets: Promise<readonly string[]>; untilMs: number }>()

  constructor(store: TokenSecretRepository, configured: TokenSecrets, clock: Clock) {
    this.#store = store
    this.#configured = configured
    this.#clock = clock
  }

  of(projectId: string): Promise<readonly string[]> {
    const nowMs = this.#clock.nowMs()
    const cached = this.#cache.get(projectId)
    if (cached !== undefined && nowMs < cached.untilMs) return cached.secrets
    const secrets = this.#read(projectId, nowMs).catch((error: unknown) => {
      // The database is away: who may be in the rooms that go on must be able to come back to them.
      if (cached !== undefined) return cached.secrets
      throw error
    })
    if (this.#cache.size >= maxCached) this.#cache.clear()
    this.#cache.set(projectId, { secrets, untilMs: nowMs + cacheMs })
    secrets.catch(() => this.#cache.delete(projectId))
    return secrets
  }

  async #read(projectId: string, nowMs: number): Promise<readonly string[]> {
    const stored = await this.#store.valid(projectId, nowMs)
    return stored.length > 0 ? stored.map(({ secret }) => secret) : this.#configured.of(projectId)
  }
}
