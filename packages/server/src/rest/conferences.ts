import { randomBytes, randomUUID } from 'node:crypto'
import {
  conferenceSchema,
  createConferenceSchema,
  getConferenceQuerySchema,
  listConferencesQuerySchema,
  pageOf,
  roomFieldDefaults,
  updateConferenceSchema,
  type ConferenceResource,
} from '@roomful/protocol/rest'
import type { FastifyInstance } from 'fastify'
import { StoreConflictError, type ConferenceRecord } from '../store/index.ts'
import { newConferenceTokens } from './conferenceTokens.ts'
import { apiBase, type RestContext } from './context.ts'
import { endpoint, toId } from './endpoint.ts'
import { invalid, refuse, Refusal } from './errors.ts'
import { toPage, toPageRequest } from './paging.ts'
import { toConference, toConferenceProperties, toConferenceRoomProperties } from './resources/conference.ts'
import { defined, newRoomFields } from './resources/room.ts'
import { toActiveSession } from './resources/session.ts'

const url = `${apiBase}/conferences`

export function conferenceRoutes(app: FastifyInstance, context: RestContext): void {
  const { store, authenticate, clock, publicUrl, roomFps } = context
  const common = { tag: 'Conferences', authenticate }

  const withActiveSessions = async (
    projectId: string,
    conferences: readonly ConferenceRecord[],
    wanted: boolean,
  ): Promise<ConferenceResource[]> => {
    const ids = conferences.map(({ id }) => id)
    const sessions = wanted && ids.length > 0 ? await store.sessions.active(projectId, ids) : undefined
    return conferences.map((conference) => {
      const session = sessions?.get(conference.id)
      return {
        ...toConference(conference),
        ...(session && { active_session: toActiveSession(conference.id, session, context) }),
      }
    })
  }

  endpoint(
    app,
    {
      ...common,
      method: 'POST',
      url,
      id: 'createConference',
      summary: 'Create a conference',
      description: 'With it come two conference tokens, `moderator` and `guest`.',
      body: createConferenceSchema,
      success: { status: 200, schema: conferenceSchema },
      errors: [401, 403, 422],
    },
    async ({ projectId, body }) => {
      const nowMs = clock.nowMs()
      const conference = toConferenceProperties(body, undefined)
      const properties = toConferenceRoomProperties(body, conference)
      const record: ConferenceRecord = {
        ...newRoomFields,
        id: randomUUID(),
        projectId,
        description: null,
        quality: roomFieldDefaults.quality,
        fps: roomFps,
        layout: roomFieldDefaults.layout,
        recordOnStart: roomFieldDefaults.record_on_start,
        enableRoomPreviews: roomFieldDefaults.enable_room_previews,
        ...defined(properties),
        maxMembers: properties.maxMembers,
        displayName: body.display_name,
        name: body.name ?? generateName(body.display_name),
        conference,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
      }
      try {
        await store.conferences.create(record, newConferenceTokens(record, nowMs))
      } catch (error) {
        if (error instanceof StoreConflictError) return invalid('name', 'Name has already been taken')
        throw error
      }
      return toConference(record)
    },
  )

  endpoint(
    app,
    {
      ...common,
      method: 'GET',
      url,
      id: 'listConferences',
      summary: 'List conferences',
      query: listConferencesQuerySchema,
      success: { status: 200, schema: pageOf(conferenceSchema) },
      errors: [401, 403, 422],
    },
    async ({ projectId, query, request }) => {
      const wanted = toPageRequest(query)
      if (wanted instanceof Refusal) return wanted
      const filter = { startsAfterMs: query.starts_after, endsBeforeMs: query.ends_before }
      const page = await store.conferences.list(projectId, wanted, filter)
      const data = await withActiveSessions(projectId, page.items, query.include_active_session)
      return toPage(request, { query, page, data, publicUrl: publicUrl() })
    },
  )

  endpoint(
    app,
    {
      ...common,
      method: 'GET',
      url: `${url}/:id`,
      id: 'getConference',
      summary: 'One conference',
      query: getConferenceQuerySchema,
      success: { status: 200, schema: conferenceSchema },
      errors: [401, 403, 404, 422],
    },
    async ({ projectId, params, query }) => {
      const id = toId(params['id'])
      const conference = id === undefined ? null : await store.conferences.find(projectId, id)
      if (conference === null) return refuse(404)
      const [resource] = await withActiveSessions(projectId, [conference], query.include_active_session)
      return resource ?? refuse(404)
    },
  )

  endpoint(
    app,
    {
      ...common,
      method: 'PUT',
      url: `${url}/:id`,
      id: 'updateConference',
      summary: 'Change a conference',
      description:
        'Fields that are left out stay as they are, except `display_name`, which must be present; null sets the ' +
        'default. A running session keeps what it started with.',
      body: updateConferenceSchema,
      success: { status: 200, schema: conferenceSchema },
      errors: [401, 403, 404, 422],
    },
    async ({ projectId, params, body }) => {
      const id = toId(params['id'])
      const present = id === undefined ? null : await store.conferences.find(projectId, id)
      if (present === null) return refuse(404)
      const conference = toConferenceProperties(body, present.conference)
      const updated = await store.conferences.update(projectId, present.id, {
        ...defined(toConferenceRoomProperties(body, conference)),
        conference,
        updatedAtMs: clock.nowMs(),
      })
      return updated === null ? refuse(404) : toConference(updated)
    },
  )

  endpoint(
    app,
    {
      ...common,
      method: 'DELETE',
      url: `${url}/:id`,
      id: 'deleteConference',
      summary: 'Delete a conference',
      description:
        'Its tokens stop working. A running session goes on until all have left; past sessions and recordings stay.',
      success: { status: 204 },
      errors: [401, 403, 404],
    },
    async ({ projectId, params }) => {
      const id = toId(params['id'])
      const isDeleted = id !== undefined && (await store.conferences.delete(projectId, id))
      return isDeleted ? undefined : refuse(404)
    },
  )
}

/** A name that tells people which conference it is, and that nobody else has: `weekly-meeting-3f9a0c72`. */
function generateName(displayName: string): string {
  const words = displayName
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  const readable = words.join('-').slice(0, 60).replace(/-$/, '')
  return `${readable || 'conference'}-${randomBytes(4).toString('hex')}`
}
