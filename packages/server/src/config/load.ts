import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { IceServer, RoomFps, RoomQuality } from '@roomful/protocol'
import { ConfigError } from './ConfigError.ts'
import { checkMediaPorts } from './ports.ts'
import { envSchema, type Env, type LogLevel } from './schema.ts'
import { ensureDataDir, loadTokenSecret } from './tokenSecret.ts'
import { toS3Config, type S3Config } from './s3.ts'
import { toTurnConfig, type TurnConfig } from './turn.ts'

/** What the server is told; `loadConfig` makes it of the environment, tests by hand. */
export type Config = {
  /** HTTP, REST and WebSocket. 0: a free port. */
  port: number
  host: string
  projectId: string
  apiToken: string
  /** The well-known pair is in force: only while bound to loopback. */
  developmentCredentials: boolean
  tokenSecret: string
  dataDir: string
  /** Of a Postgres database; undefined: SQLite in the data directory. */
  databaseUrl: string | undefined
  /** Where recordings go once they are complete; undefined: they stay in the data directory. */
  s3: S3Config | undefined
  /** Without a slash at the end. undefined: from host and port. */
  publicUrl: string | undefined
  /** Files of the certificate (PEM, with its chain) and its key; undefined: plain HTTP. */
  tls: { certPath: string; keyPath: string } | undefined
  rtcPort: number
  rtcHost: string | undefined
  announcedIp: string | undefined
  /** First of the ports announced in place of `rtcPort` and those after it. */
  announcedPort: number | undefined
  /** First of the ports for browsers behind a TURN relay; undefined: those right after the media ports. */
  relayPort: number | undefined
  mediaProcesses: number
  /** Host names, addresses and CIDR ranges that URLs of users may lead to although they are private. */
  allowedHosts: string[]
  /** Told to clients as they are. */
  iceServers: IceServer[]
  turn: TurnConfig | undefined
  logLevel: LogLevel
  /** Whether the page at / may make its own tokens. */
  demo: boolean
  room: { quality: RoomQuality; fps: RoomFps; maxMembers: number }
  /** A recording ends by itself when its file is as large as this; undefined: when the disk is full. */
  maxRecordingBytes: number | undefined
  /** How long a member without socket or media keeps its place. */
  graceMs: number
  /** How long the rooms may go on after SIGTERM, while no new one begins. */
  drainMs: number
  /** What becomes of the rooms at SIGTERM: left to the next start of the server, or ended with a goodbye. */
  onShutdown: 'resume' | 'end'
  /** How long sessions that are over are kept, and at most what is told of webhooks; undefined: for ever. */
  retentionMs: number | undefined
  /** The same for one whose socket was closed by its own side and whose media ended as well. */
  vanishedGraceMs: number
  /** The built page and the built SDK. */
  webDir: string
  sdkDir: string
}

export const developmentCredentials = {
  projectId: '00000000-0000-4000-8000-000000000000',
  apiToken: 'dev-token',
} as const

const defaultWebDir = fileURLToPath(new URL('../../../../apps/web/dist', import.meta.url))
const defaultSdkDir = fileURLToPath(new URL('../../../client/dist', import.meta.url))
/** A client comes back 1 to 4 s after it closed its socket; a killed tab must be gone within 10 s. */
const vanishedGraceMs = 6000
const defaultMaxMembers = 20

/**
 * The configuration from environment variables; makes the data directory and, at the first start, the token
 * secret. Throws `ConfigError`, which names every variable that is wrong.
 */
export function loadConfig(environment: Record<string, string | undefined> = process.env): Config {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()))
  const parsed = envSchema.safeParse(set)
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('\n'),
    )
  }
  const env = parsed.data
  const mediaPorts = {
    rtcPort: env.ROOMFUL_RTC_PORT,
    relayPort: env.ROOMFUL_RELAY_PORT,
    announcedPort: env.ROOMFUL_ANNOUNCED_PORT,
    announcedIp: env.ROOMFUL_ANNOUNCED_IP,
    mediaProcesses: env.ROOMFUL_MEDIA_PROCESSES,
  }
  checkMediaPorts(mediaPorts)
  const dataDir = resolve(env.ROOMFUL_DATA_DIR)
  ensureDataDir(dataDir)
  const credentials = resolveCredentials(env)
  return {
    port: env.PORT,
    host: env.HOST,
    ...credentials,
    tokenSecret: env.ROOMFUL_TOKEN_SECRET ?? loadTokenSecret(dataDir),
    dataDir,
    databaseUrl: env.ROOMFUL_DATABASE_URL,
    s3: toS3Config(env),
    publicUrl: env.ROOMFUL_PUBLIC_URL,
    tls: toTlsFiles(env.ROOMFUL_TLS_CERT, env.ROOMFUL_TLS_KEY),
    ...mediaPorts,
    rtcHost: env.ROOMFUL_RTC_HOST,
    allowedHosts: env.ROOMFUL_ALLOWED_HOSTS,
    iceServers: env.ROOMFUL_ICE_SERVERS,
    turn: toTurnConfig(env),
    logLevel: env.ROOMFUL_LOG_LEVEL,
    demo: env.ROOMFUL_DEMO ?? credentials.developmentCredentials,
    room: { quality: env.ROOMFUL_ROOM_QUALITY, fps: env.ROOMFUL_ROOM_FPS, maxMembers: defaultMaxMembers },
    maxRecordingBytes:
      env.ROOMFUL_RECORDING_MAX_MB === undefined ? undefined : env.ROOMFUL_RECORDING_MAX_MB * 1_000_000,
    graceMs: env.ROOMFUL_GRACE_SECONDS * 1000,
    drainMs: env.ROOMFUL_DRAIN_SECONDS * 1000,
    onShutdown: env.ROOMFUL_ON_SHUTDOWN,
    retentionMs:
      env.ROOMFUL_RETENTION_DAYS === undefined ? undefined : env.ROOMFUL_RETENTION_DAYS * 86_400_000,
    vanishedGraceMs: Math.min(vanishedGraceMs, env.ROOMFUL_GRACE_SECONDS * 1000),
    webDir: defaultWebDir,
    sdkDir: defaultSdkDir,
  }
}

function toTlsFiles(cert: string | undefined, key: string | undefined): Config['tls'] {
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined || key === undefined)
    throw new ConfigError('ROOMFUL_TLS_CERT and ROOMFUL_TLS_KEY must be set together')
  return { certPath: resolve(cert), keyPath: resolve(key) }
}

type Credentials = Pick<Config, 'projectId' | 'apiToken' | 'developmentCredentials'>

function resolveCredentials({
  HOST: host,
  ROOMFUL_PUBLIC_URL: publicUrl,
  ROOMFUL_PROJECT_ID: projectId,
  ROOMFUL_API_TOKEN: apiToken,
}: Env): Credentials {
  if (projectId !== undefined && apiToken !== undefined) {
    return { projectId, apiToken, developmentCredentials: false }
  }
  if (projectId !== undefined) throw new ConfigError('ROOMFUL_API_TOKEN must be set with ROOMFUL_PROJECT_ID')
  if (apiToken !== undefined) throw new ConfigError('ROOMFUL_PROJECT_ID must be set with ROOMFUL_API_TOKEN')
  // Behind a proxy the server may be bound to loopback, and open to the world all the same.
  const openBecause = !isLoopback(host)
    ? `HOST is ${host}`
    : publicUrl !== undefined && !isLoopback(new URL(publicUrl).hostname.replace(/^\[|\]$/g, ''))
      ? `ROOMFUL_PUBLIC_URL is ${publicUrl}`
      : undefined
  if (openBecause !== undefined) {
    throw new ConfigError(
      `ROOMFUL_PROJECT_ID and ROOMFUL_API_TOKEN must be set because ${openBecause}: ` +
        'the development pair is accepted on loopback only',
    )
  }
  return { ...developmentCredentials, developmentCredentials: true }
}

/** Whether an address that one binds to is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}

/** The URL under which browsers reach the server, once the port is known. */
export function resolvePublicUrl(
  config: Pick<Config, 'publicUrl' | 'host' | 'announcedIp'> & Partial<Pick<Config, 'tls'>>,
  port: number,
): string {
  if (config.publicUrl !== undefined) return config.publicUrl
  const isWildcard = config.host === '0.0.0.0' || config.host === '::'
  const host = isWildcard ? (config.announcedIp ?? 'localhost') : config.host
  const scheme = config.tls === undefined ? 'http' : 'https'
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
