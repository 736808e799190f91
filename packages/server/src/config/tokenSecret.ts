import { randomBytes } from 'node:crypto'
import { chmodSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from './ConfigError.ts'

const fileName = 'token-secret'
/** HS512 wants a key of at least 512 bits (RFC 7518 section 3.2). */
const secretBytes = 64

/**
 * The secret that signs room tokens: read from the data directory, or made there at the first start. Only
 * the owner can read the file; without it every token that was ever given is void.
 */
export function loadTokenSecret(dataDir: string): string {
  const path = join(dataDir, fileName)
  return readSecret(path) ?? createSecret(path)
}

/** Makes the data directory if it is missing. */
export function ensureDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true })
  } catch (error) {
    throw new ConfigError(`ROOMFUL_DATA_DIR ${dataDir} cannot be created: ${messageOf(error)}`)
  }
}

function readSecret(path: string): string | undefined {
  let secret: string
  try {
    secret = readFileSync(path, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new ConfigError(`The token secret ${path} cannot be read: ${messageOf(error)}`)
  }
  if (secret.length < 32) {
    throw new ConfigError(
      `The token secret ${path} has fewer than 32 characters; remove it to have a new one made`,
    )
  }
  chmodSync(path, 0o600)
  return secret
}

/** Written whole under another name first: two servers that start at once must agree on one secret. */
function createSecret(path: string): string {
  const temporary = `${path}.${process.pid}`
  try {
    writeFileSync(temporary, `${randomBytes(secretBytes).toString('base64url')}\n`, { mode: 0o600 })
    try {
      linkSync(temporary, path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    unlinkSync(temporary)
  } catch (error) {
    throw new ConfigError(`The token secret ${path} cannot be written: ${messageOf(error)}`)
  }
  const secret = readSecret(path)
  if (secret === undefined) throw new ConfigError(`The token secret ${path} vanished while it was made`)
  return secret
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
