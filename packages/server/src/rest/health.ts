import type { FastifyInstance } from 'fastify'
import type { Operation } from './endpoint.ts'
import { sendError } from './errors.ts'

const aliveOperation: Operation = {
  id: 'getHealth',
  tag: 'Service',
  summary: 'Whether the process lives',
  auth: 'none',
  success: { status: 200, contentType: 'application/json' },
  errors: [],
}
const readyOperation: Operation = {
  ...aliveOperation,
  id: 'getReadiness',
  summary: 'Whether the server takes new members',
  errors: [503],
}

/** `/healthz`: the process lives. `/readyz`: it takes new members. */
export function healthRoutes(app: FastifyInstance, { isReady }: { isReady: () => boolean }): void {
  app.get('/healthz', { config: { operation: aliveOperation } }, async () => ({ status: 'ok' }))
  app.get('/readyz', { config: { operation: readyOperation } }, async (_request, reply) =>
    isReady() ? { status: 'ready' } : sendError(reply, 503),
  )
}
