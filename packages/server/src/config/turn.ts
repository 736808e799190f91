import { ConfigError } from './ConfigError.ts'
import type { Env } from './schema.ts'

/** The TURN server that clients are told of. */
export type TurnConfig = {
  urls: string[]
  credentials:
    | { type: 'fixed'; username: string; credential: string }
    /** Made by us for each client from a secret shared with the TURN server, e.g. coturn's `use-auth-secret`. */
    | { type: 'timeLimited'; secret: string; ttlSeconds: number }
}

type TurnEnv = Pick<
  Env,
  | 'ROOMFUL_TURN_URLS'
  | 'ROOMFUL_TURN_SECRET'
  | 'ROOMFUL_TURN_TTL_SECONDS'
  | 'ROOMFUL_TURN_USERNAME'
  | 'ROOMFUL_TURN_CREDENTIAL'
>

/** @throws ConfigError for URLs without credentials, credentials without URLs, or two kinds of them. */
export function toTurnConfig({
  ROOMFUL_TURN_URLS: urls,
  ROOMFUL_TURN_SECRET: secret,
  ROOMFUL_TURN_TTL_SECONDS: ttlSeconds,
  ROOMFUL_TURN_USERNAME: username,
  ROOMFUL_TURN_CREDENTIAL: credential,
}: TurnEnv): TurnConfig | undefined {
  const hasCredentials = secret !== undefined || username !== undefined || credential !== undefined
  if (urls === undefined) {
    if (!hasCredentials) return undefined
    throw new ConfigError(
      'ROOMFUL_TURN_URLS must be set with ROOMFUL_TURN_SECRET, ROOMFUL_TURN_USERNAME or ROOMFUL_TURN_CREDENTIAL',
    )
  }
  if (secret !== undefined && (username !== undefined || credential !== undefined)) {
    throw new ConfigError(
      'Either ROOMFUL_TURN_SECRET or ROOMFUL_TURN_USERNAME and ROOMFUL_TURN_CREDENTIAL must be set, not both',
    )
  }
  if (secret !== undefined) return { urls, credentials: { type: 'timeLimited', secret, ttlSeconds } }
  if (username === undefined || credential === undefined) {
    throw new ConfigError(
      'ROOMFUL_TURN_SECRET, or ROOMFUL_TURN_USERNAME and ROOMFUL_TURN_CREDENTIAL, must be set with ROOMFUL_TURN_URLS',
    )
  }
  return { urls, credentials: { type: 'fixed', username, credential } }
}
