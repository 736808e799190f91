import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type { RoomMediaStats } from '@roomful/media'
import { pino, type Logger } from 'pino'
import { loadConfig, resolvePublicUrl, type Config } from './config/index.ts'
import { Gateway } from './gateway/Gateway.ts'
import { systemClock, type Clock } from './lib/Clock.ts'
import type { MediaEngine } from './media/MediaEngine.ts'
import { MediaProcessPool } from './media/MediaProcessPool.ts'
import { buildHttpApp } from './rest/app.ts'
import { Room } from './room/index.ts'
import { RoomService, RoomTokens, toWebSocketUrl, type NewRoomToken } from './service/index.ts'

/** What is not said here comes from the environment. */
export type StartOptions = Partial<Config> & {
  /** Takes the place of the media processes, e.g. in tests of the signalling. */
  engine?: MediaEngine
  clock?: Clock
  logger?: Logger
}

export type RunningServer = {
  /** Where browsers find the page, e.g. `http://127.0.0.1:8080`. */
  readonly url: string
  readonly webSocketUrl: string
  readonly port: number
  readonly config: Config
  /** Signs a room token; REST does the same for those with credentials. */
  mintToken(claims: NewRoomToken): Promise<string>
  counts(): { rooms: number; participants: number; sessions: number; connections: number }
  /** What the media process says of a running room; undefined if it does not run. */
  mediaStats(roomName: string): Promise<RoomMediaStats | undefined>
  /** Process ids of the media processes. */
  mediaPids(): number[]
  /** Says goodbye to every member, ends the media and closes the port. May be called twice. */
  close(): Promise<void>
}

/** Builds every part of the server, hands each its neighbours, and opens the port last. */
export async function startServer(options: StartOptions = {}): Promise<RunningServer> {
  const { engine: givenEngine, clock = systemClock, logger: givenLogger, ...overrides } = options
  const config: Config = { ...loadConfig(overridesToEnv(overrides)), ...overrides }
  const logger = givenLogger ?? pino({ level: config.logLevel })
  const nodeId = `${randomBytes(4).toString('hex')}@roomful`

  let url = ''
  const tokens = new RoomTokens({
    secret: config.tokenSecret,
    projectId: config.projectId,
    webSocketUrl: () => toWebSocketUrl(url),
  })
  const pool = givenEngine ?? (await startMediaProcesses(config, logger))
  const service = new RoomService({
    engine: pool,
    createCore: (core) => new Room(core),
    clock,
    logger: logger.child({ part: 'service' }),
    roomDefaults: config.room,
    grace: { graceMs: config.graceMs, vanishedGraceMs: config.vanishedGraceMs },
  })
  const gateway = new Gateway({
    service,
    tokens,
    secret: config.tokenSecret,
    nodeId,
    projectId: config.projectId,
    iceServers: config.iceServers,
    clock,
    logger: logger.child({ part: 'gateway' }),
  })

  let isReady = false
  const app = await buildHttpApp({
    config,
    tokens,
    logger: logger.child({ part: 'rest' }),
    isReady: () => isReady,
  })
  gateway.attach(app.server)
  try {
    await app.listen({ port: config.port, host: config.host })
  } catch (error) {
    await pool.close()
    throw error
  }
  const { port } = app.server.address() as AddressInfo
  url = resolvePublicUrl(config, port)
  isReady = true

  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    isReady = false
    await service.endAll('NORMAL_CLEARING')
    await gateway.close()
    await app.close()
    await pool.close()
  }
  return {
    url,
    webSocketUrl: toWebSocketUrl(url),
    port,
    config,
    mintToken: (claims) => tokens.mint(claims),
    counts: () => ({
      rooms: service.roomCount,
      participants: service.participantCount,
      sessions: gateway.sessionCount,
      connections: gateway.connectionCount,
    }),
    mediaStats: (roomName) => service.mediaStats(config.projectId, roomName),
    mediaPids: () => (pool instanceof MediaProcessPool ? pool.pids : []),
    close: () => (closed ??= close()),
  }
}

function startMediaProcesses(config: Config, logger: Logger): Promise<MediaProcessPool> {
  return MediaProcessPool.start({
    processes: config.mediaProcesses,
    config: {
      rtcPort: config.rtcPort,
      rtcHost: config.rtcHost,
      announcedIp: config.announcedIp,
      allowedHosts: config.allowedHosts,
      logLevel: config.logLevel,
    },
    logger: logger.child({ part: 'media' }),
  })
}

/** What is given in code must be known when the environment is read: it decides what may be left out there. */
function overridesToEnv({ host, dataDir, tokenSecret, projectId, apiToken }: Partial<Config>) {
  return {
    ...process.env,
    ...(host !== undefined && { HOST: host }),
    ...(dataDir !== undefined && { ROOMFUL_DATA_DIR: dataDir }),
    ...(tokenSecret !== undefined && { ROOMFUL_TOKEN_SECRET: tokenSecret }),
    ...(projectId !== undefined && { ROOMFUL_PROJECT_ID: projectId }),
    ...(apiToken !== undefined && { ROOMFUL_API_TOKEN: apiToken }),
  }
}
