import { randomBytes, randomUUID } from 'node:crypto'
import {
  conferenceSchema,
  createConferenceSchema,
  getConferenceQuerySchema,
  listConferencesQuerySchema,
  updateConferenceSchema,
} from '@roomful/protocol/rest'
import type { FastifyInstance } from 'fastify'
import type { ConferenceRecord } from '../store/index.ts'
import { withActiveSessions } from './activeSession.ts'
import { newConferenceTokens } from './conferenceTokens.ts'
import { apiBase, type RestContext } from './context.ts'
import { endpoint, findByPath, toId } from './endpoint.ts'
import { refuse, refusingTakenName } from './errors.ts'
import { listEndpoint } from './list.ts'
import { toConference, toConferenceProperties, toConferenceRoomProperties } from './resources/conference.ts'
import { defined, newRoomFields } from './resources/room.ts'

const url = `${apiBase}/conferences`

export function conferenceRoutes(app: FastifyInstance, context: RestContext): void {
  const { store, authenticate, clock, roomFps } = context
  const common = { tag: 'Conferences', authenticate }

  /** As the API shows them. */
  const show = (
    projectId: string,
    query: { include_active_session: boolean },
    conferences: readonly ConferenceRecord[],
  ) => withActiveSessions(context, conferences, { projectId, query, toResource: toConference })

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
        fps: roomFps,
        ...defined(properties),
        maxMembers: properties.maxMembers,
        displayName: body.display_name,
        name: body.name ?? generateName(body.display_name),
        conference,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
      }
      const created = store.conferences.create(record, newConferenceTokens(record, nowMs))
      return (await refusingTakenName(created)) ?? toConference(record)
    },
  )

  listEndpoint(
    app,
    context,
    {
      ...common,
      url,
      id: 'listConferences',
      summary: 'List conferences',
      query: listConferencesQuerySchema,
      entry: conferenceSchema,
    },
    async ({ projectId, query }, wanted) => {
      const filter = { startsAfterMs: query.starts_after, endsBeforeMs: query.ends_before }
      const page = await store.conferences.list(projectId, wanted, filter)
      return { ...page, items: await show(projectId, query, page.items) }
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
    async (call) => {
      const conference = await findByPath(store.conferences, call)
      const [resource] = conference === null ? [] : await show(call.projectId, call.query, [conference])
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
    async (call) => {
      const { projectId, body } = call
      const present = await findByPath(store.conferences, call)
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
