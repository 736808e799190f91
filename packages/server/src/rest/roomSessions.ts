import {
  eventSchema,
  listedRoomSessionSchema,
  listRecordingsQuerySchema,
  listRoomSessionsQuerySchema,
  pagingQuerySchema,
  recordingSchema,
  roomSessionMemberSchema,
  roomSessionSchema,
} from '@roomful/protocol/rest'
import type { FastifyInstance } from 'fastify'
import { apiBase, type RestContext } from './context.ts'
import { endpoint, findByPath } from './endpoint.ts'
import { refuse } from './errors.ts'
import { listEndpoint, mapPage } from './list.ts'
import { toEvent } from './resources/event.ts'
import { toRecordings } from './resources/recording.ts'
import { toListedRoomSession, toRoomSession, toRoomSessionMember } from './resources/session.ts'

const url = `${apiBase}/room_sessions`

export function roomSessionRoutes(app: FastifyInstance, context: RestContext): void {
  const { store, authenticate, clock } = context
  const common = { tag: 'Room sessions', authenticate }

  listEndpoint(
    app,
    context,
    {
      ...common,
      url,
      id: 'listRoomSessions',
      summary: 'List running and past sessions',
      query: listRoomSessionsQuerySchema,
      entry: listedRoomSessionSchema,
    },
    async ({ projectId, query }, wanted) => {
      const page = await store.sessions.list(projectId, wanted, {
        roomId: query.room_id?.toLowerCase(),
        roomName: query.room_name,
        roomNameMatches: query.room_name_matches,
        status: query.status,
      })
      return mapPage(page, (session) => toListedRoomSession(session, context))
    },
  )

  endpoint(
    app,
    {
      ...common,
      method: 'GET',
      url: `${url}/:id`,
      id: 'getRoomSession',
      summary: 'One session',
      success: { status: 200, schema: roomSessionSchema },
      errors: [401, 403, 404],
    },
    async (call) => {
      const session = await findByPath(store.sessions, call)
      return session === null ? refuse(404) : toRoomSession(session, context)
    },
  )

  listEndpoint(
    app,
    context,
    {
      ...common,
      url: `${url}/:id/members`,
      id: 'listRoomSessionMembers',
      summary: 'List who is and was in a session',
      description: 'Members and audience; screens and further devices of members are not listed.',
      query: pagingQuerySchema,
      entry: roomSessionMemberSchema,
    },
    async (call, wanted) => {
      const session = await findByPath(store.sessions, call)
      if (session === null) return refuse(404)
      const types = ['member', 'audience'] as const
      const page = await store.members.list(call.projectId, session.id, wanted, { types })
      const nowMs = clock.nowMs()
      return mapPage(page, (member) => toRoomSessionMember(member, nowMs))
    },
  )

  listEndpoint(
    app,
    context,
    {
      ...common,
      url: `${url}/:id/events`,
      id: 'listRoomSessionEvents',
      summary: 'List what happened in a session',
      query: pagingQuerySchema,
      entry: eventSchema,
    },
    async (call, wanted) => {
      const session = await findByPath(store.sessions, call)
      if (session === null) return refuse(404)
      return mapPage(await store.events.list(call.projectId, { sessionId: session.id }, wanted), toEvent)
    },
  )

  listEndpoint(
    app,
    context,
    {
      ...common,
      url: `${url}/:id/recordings`,
      id: 'listRoomSessionRecordings',
      summary: 'List the recordings of a session',
      query: listRecordingsQuerySchema,
      entry: recordingSchema,
    },
    async (call, wanted) => {
      const session = await findByPath(store.sessions, call)
      if (session === null) return refuse(404)
      const page = await store.recordings.list(call.projectId, wanted, { sessionId: session.id })
      return toRecordings(page, call.query.media_ttl, context)
    },
  )
}
