import { listLogsQuerySchema, logSchema } from '@roomful/protocol/rest'
import type { FastifyInstance } from 'fastify'
import type { SessionRecord } from '../store/index.ts'
import { apiBase, type RestContext } from './context.ts'
import { endpoint, findByPath } from './endpoint.ts'
import { refuse } from './errors.ts'
import { listEndpoint, mapPage } from './list.ts'
import { toLog } from './resources/log.ts'

const url = `${apiBase}/logs`
const dayMs = 86_400_000

export function logRoutes(app: FastifyInstance, context: RestContext): void {
  const { store, authenticate, publicUrl } = context
  const common = { tag: 'Logs', authenticate }
  const toEntry = (session: SessionRecord) =>
    toLog(session, `${publicUrl()}${apiBase}/room_sessions/${session.id}`)

  listEndpoint(
    app,
    context,
    {
      ...common,
      url,
      id: 'listLogs',
      summary: 'List the sessions of rooms and conferences',
      query: listLogsQuerySchema,
      entry: logSchema,
    },
    async ({ projectId, query }, wanted) => {
      const filter = { includeDiscarded: query.include_deleted, ...createdWindow(query) }
      return mapPage(await store.sessions.list(projectId, wanted, filter), toEntry)
    },
  )

  endpoint(
    app,
    {
      ...common,
      method: 'GET',
      url: `${url}/:id`,
      id: 'getLog',
      summary: 'One entry of the log',
      description: 'Of one that was deleted only its times are left.',
      success: { status: 200, schema: logSchema },
      errors: [401, 403, 404],
    },
    async (call) => {
      const session = await findByPath(store.sessions, call)
      return session === null ? refuse(404) : toEntry(session)
    },
  )
}

type Created = { created_before?: number; created_on?: number; created_after?: number }

/** The time between the bounds of a query: from the first, up to but without the second. */
function createdWindow({ created_before, created_on, created_after }: Created) {
  const day = created_on === undefined ? undefined : Math.floor(created_on / dayMs) * dayMs
  const starts = [day, created_after].filter((ms) => ms !== undefined)
  const ends = [day === undefined ? undefined : day + dayMs, created_before].filter((ms) => ms !== undefined)
  return {
    createdFromMs: starts.length > 0 ? Math.max(...starts) : undefined,
    createdBeforeMs: ends.length > 0 ? Math.min(...ends) : undefined,
  }
}
