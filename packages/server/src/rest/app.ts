import Fastify, { LogController, type FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Config } from '../config/index.ts'
import type { RoomTokens } from '../service/index.ts'
import { demoTokenRoute } from './demoToken.ts'
import { registerErrorBodies } from './errors.ts'
import { healthRoutes } from './health.ts'
import { roomTokenRoutes } from './roomTokens.ts'
import { staticFiles } from './staticFiles.ts'

/** Far more than the largest request with two metas of 2,000 characters. */
const bodyLimitBytes = 64 * 1024

export type HttpAppOptions = {
  config: Config
  tokens: RoomTokens
  logger: Logger
  isReady: () => boolean
}

/** Everything that is plain HTTP: REST, health, the page and the SDK. */
export async function buildHttpApp({
  config,
  tokens,
  logger,
  isReady,
}: HttpAppOptions): Promise<FastifyInstance> {
  const app = Fastify({
    // The declared type: plugins are written against Fastify's own default logger.
    loggerInstance: logger as Logger & { msgPrefix?: string },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimitBytes,
    forceCloseConnections: true,
  })
  app.removeContentTypeParser('text/plain')
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff')
  })
  registerErrorBodies(app as unknown as FastifyInstance)
  const routes = app as unknown as FastifyInstance
  healthRoutes(routes, { isReady })
  roomTokenRoutes(routes, { tokens, credentials: config })
  demoTokenRoute(routes, { tokens, enabled: config.demo })
  await staticFiles(routes, config)
  return routes
}
