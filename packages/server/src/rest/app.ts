import Fastify, { LogController, type FastifyInstance, type FastifyReply } from 'fastify'
import type { Logger } from 'pino'
import serverPackage from '../../package.json' with { type: 'json' }
import type { Config } from '../config/index.ts'
import type { Clock } from '../lib/Clock.ts'
import type { Metrics } from '../metrics/Metrics.ts'
import { Previews } from '../previews/Previews.ts'
import type { RoomTokens } from '../service/index.ts'
import type { OpenRecordingStorage } from '../storage/index.ts'
import type { Store } from '../store/index.ts'
import { requireVideoScope, type ScopedCredentials } from './auth.ts'
import { conferenceRoutes } from './conferences.ts'
import { conferenceTokenRoutes } from './conferenceTokens.ts'
import { noRunningRooms, type RestContext, type RunningRooms } from './context.ts'
import { demoTokenRoute } from './demoToken.ts'
import { docsRoutes } from './docs.ts'
import { registerErrorBodies, sendError } from './errors.ts'
import { healthRoutes } from './health.ts'
import { logRoutes } from './logs.ts'
import { collectOperations, methodsOf } from './openapi.ts'
import { metricsRoutes } from './metrics.ts'
import { previewRoutes } from './previews.ts'
import { recordingDownloadRoute } from './recordingDownload.ts'
import { recordingRoutes } from './recordings.ts'
import { roomRoutes } from './rooms.ts'
import { roomSessionRoutes } from './roomSessions.ts'
import { roomTokenRoutes } from './roomTokens.ts'
import { staticFiles } from './staticFiles.ts'
import { readTls, watchTls } from './tls.ts'
import { streamRoutes } from './streams.ts'
import { webhookRoutes } from './webhooks.ts'

/** Far more than the largest request with two metas of 2,000 characters. */
const bodyLimitBytes = 64 * 1024

export type HttpAppOptions = {
  config: Config
  store: Store
  recordings: OpenRecordingStorage
  tokens: Pick<RoomTokens, 'mint'>
  clock: Clock
  logger: Logger
  isReady: () => boolean
  /** Where the server is reached, without a slash at the end; asked for once the port is open. */
  publicUrl: () => string
  credentials: ScopedCredentials
  /** Default: none. */
  previews?: Previews
  /** Default: there are none to be had. */
  metrics?: Metrics
  /** Default: no room runs. */
  rooms?: RunningRooms
}

/** Everything that is plain HTTP: REST, health, the page and the SDK. */
export async function buildHttpApp(options: HttpAppOptions): Promise<FastifyInstance> {
  const {
    config,
    store,
    recordings,
    tokens,
    clock,
    logger,
    isReady,
    publicUrl,
    rooms = noRunningRooms,
    previews = new Previews(publicUrl),
  } = options
  const app = Fastify({
    // The declared type: plugins are written against Fastify's own default logger.
    loggerInstance: logger as Logger & { msgPrefix?: string },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimitBytes,
    forceCloseConnections: true,
    ...(config.tls !== undefined && { https: readTls(config.tls) }),
    // URLs that cannot be decoded, or have a longer part than any name, come here and not to the error handler.
    frameworkErrors: ({ code }, _request, reply) => {
      void sendError(reply as unknown as FastifyReply, code === 'FST_ERR_BAD_URL' ? 400 : 404)
    },
  }) as unknown as FastifyInstance
  if (config.tls !== undefined) {
    const stopWatching = watchTls(app.server, config.tls, logger)
    app.addHook('onClose', async () => stopWatching())
  }
  acceptJsonOnly(app)
  app.decorateRequest('projectId', '')
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff')
  })
  const routes = collectOperations(app)
  registerErrorBodies(app, (url) => methodsOf(routes, url))

  const context: RestContext = {
    store,
    storage: recordings.storage,
    rooms,
    authenticate: requireVideoScope(options.credentials),
    clock,
    publicUrl,
    roomFps: config.room.fps,
    mintToken: (projectId, claims) => tokens.mint(claims, projectId),
  }
  roomRoutes(app, context)
  roomTokenRoutes(app, context)
  roomSessionRoutes(app, context)
  recordingRoutes(app, context)
  recordingDownloadRoute(app, { store, ...recordings })
  streamRoutes(app, context)
  conferenceRoutes(app, context)
  conferenceTokenRoutes(app, context)
  logRoutes(app, context)
  webhookRoutes(app, context)
  previewRoutes(app, previews)
  if (options.metrics !== undefined)
    metricsRoutes(app, {
      metrics: options.metrics,
      authenticate: context.authenticate,
      projectId: config.projectId,
    })

  healthRoutes(app, { isReady })
  docsRoutes(app, { routes, publicUrl, version: serverPackage.version })
  demoTokenRoute(app, { tokens, enabled: config.demo })
  await staticFiles(app, config)
  return app
}

/** Bodies are JSON; an empty one is none, whatever its type: clients send the type with every request. */
function acceptJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined)
    else void parse(request, body as string, done)
  })
}
