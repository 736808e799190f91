import type { FastifyInstance } from 'fastify'
import { sendError } from './errors.ts'

/** `/healthz`: the process lives. `/readyz`: it takes new members. */
export function healthRoutes(app: FastifyInstance, { isReady }: { isReady: () => boolean }): void {
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => (isReady() ? { status: 'ready' } : sendError(reply, 503)))
}
