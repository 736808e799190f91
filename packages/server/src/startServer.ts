import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import type { RoomMediaStats } from '@roomful/media'
import { AddressPolicy } from '@roomful/media/net/index'
import { probeRecording } from '@roomful/media/outputs/probeRecording'
import { pino, type Logger } from 'pino'
import { StoredCredentials } from './auth/StoredCredentials.ts'
import { ConfiguredSecret, StoredTokenSecrets } from './auth/TokenSecrets.ts'
import { loadConfig, relayPortOf, resolvePublicUrl, type Config } from './config/index.ts'
import { Gateway } from './gateway/Gateway.ts'
import { systemClock, type Clock } from './lib/Clock.ts'
import type { MediaEngine } from './media/MediaEngine.ts'
import { MediaProcessPool } from './media/MediaProcessPool.ts'
import { Retention, SessionRecords } from './records/index.ts'
import { Metrics } from './metrics/Metrics.ts'
import { Previews } from './previews/Previews.ts'
import { buildHttpApp } from './rest/app.ts'
import { Room } from './room/index.ts'
import { RoomService, RoomTokens, toWebSocketUrl, type NewRoomToken } from './service/index.ts'
import { openRecordingStorage, PendingUploads, recordingsDirectory } from './storage/index.ts'
import { openStore, type Store } from './store/index.ts'
import { Webhooks } from './webhooks/Webhooks.ts'

const drainPollMs = 250

/** What is not said here comes from the environment. */
export type StartOptions = Partial<Config> & {
  /** Takes the place of the media processes, e.g. in tests of the signalling. */
  engine?: MediaEngine
  /** Takes the place of the database of the configuration; the server closes it. */
  store?: Store
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
  /** Takes no new rooms, and resolves when those that run have ended, or after `timeoutMs`. `close` is still due. */
  drain(timeoutMs: number): Promise<void>
  /**
   * Ends the media and closes the port. Members are told goodbye; with `handOver` they are told nothing, so that they
   * come back by themselves to the server that is started next, and their sessions go on there. May be called twice:
   * the first call counts.
   */
  close(options?: { handOver?: boolean }): Promise<void>
}

/** Builds every part of the server, hands each its neighbours, and opens the port last. */
export async function startServer(options: StartOptions = {}): Promise<RunningServer> {
  const {
    engine: givenEngine,
    store: givenStore,
    clock = systemClock,
    logger: givenLogger,
    ...overrides
  } = options
  const config: Config = { ...loadConfig(overridesToEnv(overrides)), ...overrides }
  const logger = givenLogger ?? pino({ level: config.logLevel })
  const nodeId = `${randomBytes(4).toString('hex')}@roomful`

  const store = givenStore ?? (await openStore({ ...config, logger: logger.child({ part: 'store' }) }))
  const projectName = 'of the configuration'
  await store.projects.ensure({ id: config.projectId, name: projectName, createdAtMs: clock.nowMs() })

  let url = ''
  const previews = new Previews(() => url)
  const recordings = openRecordingStorage({ config, publicUrl: () => url, clock })
  const webhooks = new Webhooks({
    store,
    policy: new AddressPolicy({ allowedHosts: config.allowedHosts }),
    keptMs: config.retentionMs,
    clock,
    logger: logger.child({ part: 'webhooks' }),
  })
  const uploads =
    config.s3 === undefined
      ? null
      : new PendingUploads({
          directory: recordingsDirectory(config.dataDir),
          storage: recordings.storage,
          recordings: store.recordings,
          clock,
          logger: logger.child({ part: 'storage' }),
        })
  const retention =
    config.retentionMs === undefined
      ? null
      : new Retention({ store, clock, keptMs: config.retentionMs, logger: logger.child({ part: 'records' }) })
  const records = await SessionRecords.start({
    store,
    clock,
    logger: logger.child({ part: 'records' }),
    // SQLite's file is this server's alone, whatever its host and port were in its last life.
    ownerId: store.kind === 'postgres' ? `${hostname()}:${config.port}` : 'only',
    roomDefaults: config.room,
    resumeMs: config.graceMs,
    recordings: { probe: probeRecording, archive: uploads },
    announcer: webhooks,
  })

  const credentials = new StoredCredentials({ configured: config, apiKeys: store.apiKeys, clock, logger })
  const tokens = new RoomTokens({
    secrets: new StoredTokenSecrets(store.tokenSecrets, new ConfiguredSecret(config), clock),
    projectId: config.projectId,
    webSocketUrl: () => toWebSocketUrl(url),
  })
  const pool = givenEngine ?? (await startMediaProcesses(config, logger))
  const service = new RoomService({
    engine: pool,
    createCore: (core) => new Room(core),
    clock,
    logger: logger.child({ part: 'service' }),
    records,
    grace: { graceMs: config.graceMs, vanishedGraceMs: config.vanishedGraceMs },
    previewUrl: (roomSessionId) => previews.urlOf(roomSessionId),
    outputs: {
      recordingsDir: recordingsDirectory(config.dataDir),
      maxRecordingBytes: config.maxRecordingBytes,
      journal: records.outputs,
    },
  })
  const metrics = new Metrics({
    rooms: () => service.rooms,
    counts: () => ({ sessions: gateway.sessionCount, connections: gateway.connectionCount }),
  })
  for (const observer of [previews, metrics, webhooks]) service.observe(observer)
  const gateway = new Gateway({
    service,
    tokens,
    credentials,
    secret: config.tokenSecret,
    nodeId,
    projectId: config.projectId,
    iceServers: config.iceServers,
    turn: config.turn,
    clock,
    logger: logger.child({ part: 'gateway' }),
  })

  let isReady = false
  const app = await buildHttpApp({
    config,
    store,
    recordings,
    tokens,
    credentials,
    clock,
    logger: logger.child({ part: 'rest' }),
    isReady: () => isReady,
    publicUrl: () => url,
    previews,
    metrics,
    rooms: {
      addStandingStream: (room, { id, url: to }) =>
        service.addStandingStream(room.projectId, room.name, { id, url: to }),
      removeStandingStream: (room, { id }) => service.removeStandingStream(room.projectId, room.name, id),
      previewUrl: ({ id }) => previews.urlOf(id),
    },
  })
  gateway.attach(app.server)
  try {
    await app.listen({ port: config.port, host: config.host })
  } catch (error) {
    await pool.close()
    await records.close()
    await uploads?.close()
    await store.close()
    throw error
  }
  const { port } = app.server.address() as AddressInfo
  url = resolvePublicUrl(config, port)
  webhooks.start()
  await uploads?.start()
  retention?.start()
  isReady = true

  let closed: Promise<void> | undefined
  const close = async (handOver: boolean): Promise<void> => {
    isReady = false
    if (handOver) {
      // Who may know of recordings and streams is still told of their end; then nobody is told anything.
      await service.stopObjects()
      await gateway.close({ comesBack: true })
      await service.suspendAll()
    } else {
      await service.endAll('NORMAL_CLEARING')
      await gateway.close()
    }
    await app.close()
    await pool.close({ abruptly: handOver })
    await records.close()
    await uploads?.close()
    await retention?.close()
    await webhooks.close()
    await store.close()
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
    drain: async (timeoutMs) => {
      isReady = false
      service.refuseNewRooms()
      const deadlineMs = clock.nowMs() + timeoutMs
      while (service.roomCount > 0 && clock.nowMs() < deadlineMs) {
        await new Promise<void>((resolve) => clock.setTimeout(resolve, drainPollMs))
      }
    },
    close: ({ handOver = false } = {}) => (closed ??= close(handOver)),
  }
}

function startMediaProcesses(config: Config, logger: Logger): Promise<MediaProcessPool> {
  return MediaProcessPool.start({
    processes: config.mediaProcesses,
    config: {
      rtcPort: config.rtcPort,
      rtcHost: config.rtcHost,
      announcedIp: config.announcedIp,
      announcedPort: config.announcedPort,
      relayPort: relayPortOf(config),
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
