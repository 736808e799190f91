import { randomUUID } from 'node:crypto'
import { pagingQuerySchema, streamSchema, writeStreamSchema } from '@roomful/protocol/rest'
import type { FastifyInstance } from 'fastify'
import type { RoomRecord } from '../store/index.ts'
import { apiBase, type RestContext } from './context.ts'
import { endpoint, findByPath, toId } from './endpoint.ts'
import { refuse } from './errors.ts'
import { listEndpoint, mapPage } from './list.ts'
import { toStream } from './resources/stream.ts'

const aboutStreams =
  'A standing order: whenever a session starts, its picture and sound are sent there, and they are at once if ' +
  'a session is running.'

type Owner = {
  /** Singular, capital. */
  noun: 'Room' | 'Conference'
  path: string
  createdStatus: 200 | 201
  find: (projectId: string, id: string) => Promise<RoomRecord | null>
}

/** RTMP outputs of rooms and of conferences. */
export function streamRoutes(app: FastifyInstance, context: RestContext): void {
  const { store } = context
  ownedStreamRoutes(app, context, {
    noun: 'Room',
    path: 'rooms',
    createdStatus: 201,
    find: (projectId, id) => store.rooms.find(projectId, id),
  })
  ownedStreamRoutes(app, context, {
    noun: 'Conference',
    path: 'conferences',
    createdStatus: 200,
    find: (projectId, id) => store.conferences.find(projectId, id),
  })
  singleStreamRoutes(app, context)
}

function ownedStreamRoutes(app: FastifyInstance, context: RestContext, owner: Owner): void {
  const { store, rooms, authenticate, clock } = context
  const url = `${apiBase}/${owner.path}/:id/streams`
  const common = { tag: 'Streams', authenticate, url }

  listEndpoint(
    app,
    context,
    {
      ...common,
      id: `list${owner.noun}Streams`,
      summary: `List the streams of a ${owner.noun.toLowerCase()}`,
      query: pagingQuerySchema,
      entry: streamSchema,
    },
    async (call, wanted) => {
      const room = await findByPath(owner, call)
      if (room === null) return refuse(404)
      const page = await store.streams.list(call.projectId, room.id, wanted)
      return mapPage(page, (stream) => toStream(stream, room))
    },
  )

  endpoint(
    app,
    {
      ...common,
      method: 'POST',
      id: `create${owner.noun}Stream`,
      summary: `Add a stream to a ${owner.noun.toLowerCase()}`,
      description: aboutStreams,
      body: writeStreamSchema,
      success: { status: owner.createdStatus, schema: streamSchema },
      errors: [401, 403, 404, 422],
    },
    async (call) => {
      const { projectId, body } = call
      const room = await findByPath(owner, call)
      if (room === null) return refuse(404)
      const nowMs = clock.nowMs()
      const stream = {
        id: randomUUID(),
        projectId,
        roomId: room.id,
        url: body.url,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
      }
      await store.streams.create(stream)
      await rooms.addStandingStream(room, stream)
      return toStream(stream, room)
    },
  )
}

function singleStreamRoutes(app: FastifyInstance, context: RestContext): void {
  const { store, rooms, authenticate, clock } = context
  const common = { tag: 'Streams', authenticate, url: `${apiBase}/streams/:id` }
  const ownerOf = async (projectId: string, roomId: string): Promise<RoomRecord | null> =>
    (await store.rooms.find(projectId, roomId)) ?? (await store.conferences.find(projectId, roomId))

  endpoint(
    app,
    {
      ...common,
      method: 'GET',
      id: 'getStream',
      summary: 'One stream, of a room or a conference',
      success: { status: 200, schema: streamSchema },
      errors: [401, 403, 404],
    },
    async (call) => {
      const stream = await findByPath(store.streams, call)
      const room = stream && (await ownerOf(call.projectId, stream.roomId))
      return stream && room ? toStream(stream, room) : refuse(404)
    },
  )

  endpoint(
    app,
    {
      ...common,
      method: 'PUT',
      id: 'updateStream',
      summary: 'Change where a stream goes',
      description: 'In a running session the old output ends and the new one starts at once.',
      body: writeStreamSchema,
      success: { status: 200, schema: streamSchema },
      errors: [401, 403, 404, 422],
    },
    async (call) => {
      const { projectId, body } = call
      const former = await findByPath(store.streams, call)
      const room = former && (await ownerOf(projectId, former.roomId))
      if (former === null || room === null) return refuse(404)
      const stream = await store.streams.update(projectId, former.id, {
        url: body.url,
        updatedAtMs: clock.nowMs(),
      })
      if (stream === null) return refuse(404)
      if (stream.url !== former.url) {
        await rooms.removeStandingStream(room, former)
        await rooms.addStandingStream(room, stream)
      }
      return toStream(stream, room)
    },
  )

  endpoint(
    app,
    {
      ...common,
      method: 'DELETE',
      id: 'deleteStream',
      summary: 'Delete a stream',
      description: 'Its output in a running session ends.',
      success: { status: 204 },
      errors: [401, 403, 404],
    },
    async ({ projectId, params }) => {
      const id = toId(params['id'])
      const deleted = id === undefined ? null : await store.streams.delete(projectId, id)
      if (deleted === null) return refuse(404)
      const room = await ownerOf(projectId, deleted.roomId)
      if (room !== null) await rooms.removeStandingStream(room, deleted)
      return undefined
    },
  )
}
