import type { FastifyInstance } from 'fastify'
import type { Metrics } from '../metrics/Metrics.ts'
import type { Authenticate } from './auth.ts'
import type { Operation } from './endpoint.ts'

const operation: Operation = {
  id: 'getMetrics',
  tag: 'Service',
  summary: 'Figures for Prometheus',
  description:
    'Rooms, members, audience and joins of the whole server, and for each room the pictures it composed, encoded and decoded, the time they took, and packet loss. Prometheus sends the credentials with `basic_auth`.',
  auth: 'basic',
  success: { status: 200, contentType: 'text/plain' },
  errors: [401, 403],
}

/** `/metrics`. Names of rooms are in it: it is not for everybody. */
export function metricsRoutes(
  app: FastifyInstance,
  { metrics, authenticate }: { metrics: Metrics; authenticate: Authenticate },
): void {
  app.get('/metrics', { onRequest: authenticate, config: { operation } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  )
}
