import { randomUUID } from 'node:crypto'
import {
  createRoomSchema,
  getRoomQuerySchema,
  listRoomsQuerySchema,
  nameField,
  pageOf,
  roomFieldDefaults,
  roomSchema,
  updateRoomSchema,
  type RoomResource,
} from '@roomful/protocol/rest'
import type { FastifyInstance } from 'fastify'
import { StoreConflictError, type RoomRecord } from '../store/index.ts'
import { apiBase, type RestContext } from './context.ts'
import { endpoint, toId } from './endpoint.ts'
import { invalid, refuse, Refusal } from './errors.ts'
import { toPage, toPageRequest } from './paging.ts'
import { defined, newRoomFields, toRoom, toRoomProperties } from './resources/room.ts'
import { toActiveSession } from './resources/session.ts'

const url = `${apiBase}/rooms`
const nameTaken = () => invalid('name', 'Name has already been taken')

export function roomRoutes(app: FastifyInstance, context: RestContext): void {
  const { store, authenticate, clock, publicUrl, roomFps } = context
  const common = { tag: 'Rooms', authenticate }

  const withActiveSessions = async (
    projectId: string,
    rooms: readonly RoomRecord[],
    wanted: boolean,
  ): Promise<RoomResource[]> => {
    const ids = rooms.map(({ id }) => id)
    const sessions = wanted && ids.length > 0 ? await store.sessions.active(projectId, ids) : undefined
    return rooms.map((room) => {
      const session = sessions?.get(room.id)
      return {
        ...toRoom(room),
        ...(session && { active_session: toActiveSession(room.id, session, context) }),
      }
    })
  }

  endpoint(
    app,
    {
      ...common,
      method: 'POST',
      url,
      id: 'createRoom',
      summary: 'Create a room',
      description: 'It stays until it is deleted. A room that is made by joining it goes with its session.',
      body: createRoomSchema,
      success: { status: 200, schema: roomSchema },
      errors: [401, 403, 422],
    },
    async ({ projectId, body }) => {
      const nowMs = clock.nowMs()
      const room: RoomRecord = {
        ...newRoomFields,
        id: randomUUID(),
        projectId,
        description: null,
        displayName: body.name,
        maxMembers: roomFieldDefaults.max_members,
        quality: roomFieldDefaults.quality,
        fps: roomFps,
        layout: roomFieldDefaults.layout,
        recordOnStart: roomFieldDefaults.record_on_start,
        enableRoomPreviews: roomFieldDefaults.enable_room_previews,
        ...defined(toRoomProperties(body, body.name)),
        name: body.name,
        conference: null,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
      }
      try {
        await store.rooms.create(room)
      } catch (error) {
        if (error instanceof StoreConflictError) return nameTaken()
        throw error
      }
      return toRoom(room)
    },
  )

  endpoint(
    app,
    {
      ...common,
      method: 'GET',
      url,
      id: 'listRooms',
      summary: 'List rooms',
      query: listRoomsQuerySchema,
      success: { status: 200, schema: pageOf(roomSchema) },
      errors: [401, 403, 422],
    },
    async ({ projectId, query, request }) => {
      const wanted = toPageRequest(query)
      if (wanted instanceof Refusal) return wanted
      const filter = { startsAfterMs: query.starts_after, endsBeforeMs: query.ends_before }
      const page = await store.rooms.list(projectId, wanted, filter)
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
      id: 'getRoom',
      summary: 'One room, by its id or by its name',
      query: getRoomQuerySchema,
      success: { status: 200, schema: roomSchema },
      errors: [401, 403, 404, 422],
    },
    async ({ projectId, params, query }) => {
      const id = toId(params['id'])
      const name = nameField('Name').safeParse(params['id'])
      const room =
        (id === undefined ? null : await store.rooms.find(projectId, id)) ??
        (name.success ? await store.rooms.findByName(projectId, name.data) : null)
      if (room === null) return refuse(404)
      const [resource] = await withActiveSessions(projectId, [room], query.include_active_session)
      return resource ?? refuse(404)
    },
  )

  endpoint(
    app,
    {
      ...common,
      method: 'PUT',
      url: `${url}/:id`,
      id: 'updateRoom',
      summary: 'Change a room',
      description:
        'Fields that are left out stay as they are; null sets the default. A running session keeps what it ' +
        'started with; while it runs, the name cannot change.',
      body: updateRoomSchema,
      success: { status: 200, schema: roomSchema },
      errors: [401, 403, 404, 422],
    },
    async ({ projectId, params, body }) => {
      const id = toId(params['id'])
      const room = id === undefined ? null : await store.rooms.find(projectId, id)
      if (room === null) return refuse(404)
      const isRenamed = body.name !== undefined && body.name !== room.name
      if (isRenamed && (await store.sessions.active(projectId, [room.id])).has(room.id)) {
        return invalid('name', 'Name cannot change while a session of the room is running')
      }
      // The display name that nobody chose is the name, also when that changes.
      const follows = isRenamed && body.display_name === undefined && room.displayName === room.name
      const request = follows ? { ...body, display_name: null } : body
      const patch = defined(toRoomProperties(request, body.name ?? room.name))
      try {
        const updated = await store.rooms.update(projectId, room.id, { ...patch, updatedAtMs: clock.nowMs() })
        return updated === null ? refuse(404) : toRoom(updated)
      } catch (error) {
        if (error instanceof StoreConflictError) return nameTaken()
        throw error
      }
    },
  )

  endpoint(
    app,
    {
      ...common,
      method: 'DELETE',
      url: `${url}/:id`,
      id: 'deleteRoom',
      summary: 'Delete a room',
      description:
        'A running session goes on until all have left. Past sessions and recordings stay, without a room.',
      success: { status: 204 },
      errors: [401, 403, 404],
    },
    async ({ projectId, params }) => {
      const id = toId(params['id'])
      const isDeleted = id !== undefined && (await store.rooms.delete(projectId, id))
      return isDeleted ? undefined : refuse(404)
    },
  )
}
