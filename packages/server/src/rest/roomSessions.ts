import {
  eventSchema,
  listedRoomSessionSchema,
  listRecordingsQuerySchema,
  listRoomSessionsQuerySchema,
  pageOf,
  pagingQuerySchema,
  recordingSchema,
  roomSessionMemberSchema,
  roomSessionSchema,
} from '@roomful/protocol/rest'
import type { FastifyInstance } from 'fastify'
import type { SessionRecord } from '../store/index.ts'
import { apiBase, type RestContext } from './context.ts'
import { endpoint, toId } from './endpoint.ts'
import { refuse, Refusal } from './errors.ts'
import { toPage, toPageRequest } from './paging.ts'
import { toEvent } from './resources/event.ts'
import { toRecording } from './resources/recording.ts'
import { toListedRoomSession, toRoomSession, toRoomSessionMember } from './resources/session.ts'

const url = `${apiBase}/room_sessions`

export function roomSessionRoutes(app: FastifyInstance, context: RestContext): void {
  const { store, authenticate, clock, publicUrl } = context
  const common = { tag: 'Room sessions', authenticate, method: 'GET' as const }
  const find = async (projectId: string, text: string | undefined): Promise<SessionRecord | null> => {
    const id = toId(text)
    return id === undefined ? null : store.sessions.find(projectId, id)
  }

  endpoint(
    app,
    {
      ...common,
      url,
      id: 'listRoomSessions',
      summary: 'List running and past sessions',
      query: listRoomSessionsQuerySchema,
      success: { status: 200, schema: pageOf(listedRoomSessionSchema) },
      errors: [401, 403, 422],
    },
    async ({ projectId, query, request }) => {
      const wanted = toPageRequest(query)
      if (wanted instanceof Refusal) return wanted
      const page = await store.sessions.list(projectId, wanted, {
        roomId: query.room_id?.toLowerCase(),
        roomName: query.room_name,
        roomNameMatches: query.room_name_matches,
        status: query.status,
      })
      const data = page.items.map((session) => toListedRoomSession(session, context))
      return toPage(request, { query, page, data, publicUrl: publicUrl() })
    },
  )

  endpoint(
    app,
    {
      ...common,
      url: `${url}/:id`,
      id: 'getRoomSession',
      summary: 'One session',
      success: { status: 200, schema: roomSessionSchema },
      errors: [401, 403, 404],
    },
    async ({ projectId, params }) => {
      const session = await find(projectId, params['id'])
      return session === null ? refuse(404) : toRoomSession(session, context)
    },
  )

  endpoint(
    app,
    {
      ...common,
      url: `${url}/:id/members`,
      id: 'listRoomSessionMembers',
      summary: 'List who is and was in a session',
      description: 'Members and audience; screens and further devices of members are not listed.',
      query: pagingQuerySchema,
      success: { status: 200, schema: pageOf(roomSessionMemberSchema) },
      errors: [401, 403, 404, 422],
    },
    async ({ projectId, params, query, request }) => {
      const wanted = toPageRequest(query)
      if (wanted instanceof Refusal) return wanted
      const session = await find(projectId, params['id'])
      if (session === null) return refuse(404)
      const page = await store.members.list(projectId, session.id, wanted, { types: ['member', 'audience'] })
      const nowMs = clock.nowMs()
      const data = page.items.map((member) => toRoomSessionMember(member, nowMs))
      return toPage(request, { query, page, data, publicUrl: publicUrl() })
    },
  )

  endpoint(
    app,
    {
      ...common,
      url: `${url}/:id/events`,
      id: 'listRoomSessionEvents',
      summary: 'List what happened in a session',
      query: pagingQuerySchema,
      success: { status: 200, schema: pageOf(eventSchema) },
      errors: [401, 403, 404, 422],
    },
    async ({ projectId, params, query, request }) => {
      const wanted = toPageRequest(query)
      if (wanted instanceof Refusal) return wanted
      const session = await find(projectId, params['id'])
      if (session === null) return refuse(404)
      const page = await store.events.list(projectId, { sessionId: session.id }, wanted)
      return toPage(request, { query, page, data: page.items.map(toEvent), publicUrl: publicUrl() })
    },
  )

  endpoint(
    app,
    {
      ...common,
      url: `${url}/:id/recordings`,
      id: 'listRoomSessionRecordings',
      summary: 'List the recordings of a session',
      query: listRecordingsQuerySchema,
      success: { status: 200, schema: pageOf(recordingSchema) },
      errors: [401, 403, 404, 422],
    },
    async ({ projectId, params, query, request }) => {
      const wanted = toPageRequest(query)
      if (wanted instanceof Refusal) return wanted
      const session = await find(projectId, params['id'])
      if (session === null) return refuse(404)
      const page = await store.recordings.list(projectId, wanted, { sessionId: session.id })
      const data = await Promise.all(
        page.items.map((recording) => toRecording(recording, query.media_ttl, context)),
      )
      return toPage(request, { query, page, data, publicUrl: publicUrl() })
    },
  )
}
