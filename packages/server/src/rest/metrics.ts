import type { FastifyInstance } from 'fastify'
import type { Metrics } from '../metrics/Metrics.ts'
import type { Authenticate } from './auth.ts'
import type { Operation } from './endpoint.ts'
import { sendError } from './errors.ts'

const operation: Operation = {
  id: 'getMetrics',
  tag: 'Service',
  summary: 'Figures for Prometheus',
  description:
    'Rooms, members, audience and joins of the whole server, and for each room the pictures it composed, encoded and decoded, the time they took, and packet loss. Prometheus sends the credentials with `basic_auth`; those of the project of the configuration, because names of rooms of all projects are in it: 403 for every other project.',
  auth: 'basic',
  success: { status: 200, contentType: 'text/plain' },
  errors: [401, 403],
}

/** `/metrics`, for the project of the operator alone: the names of everybody's rooms are in it. */
export function metricsRoutes(
  app: FastifyInstance,
  { metrics, authenticate, projectId }: { metrics: Metrics; authenticate: Authenticate; projectId: string },
): void {
  const ofOperator: Authenticate = async (request, reply) =>
    request.projectId === projectId ? undefined : sendError(reply, 403)
  app.get(
    '/metrics',
    { onRequest: [authenticate, ofOperator], config: { operation } },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  )
}
