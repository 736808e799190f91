import { randomUUID } from 'node:crypto'
import {
  createRoomSchema,
  getRoomQuerySchema,
  listRoomsQuerySchema,
  nameField,
  roomFieldDefaults,
  roomSchema,
  updateRoomSchema,
} from '@roomful/protocol/rest'
import type { FastifyInstance } from 'fastify'
import type { RoomRecord } from '../store/index.ts'
import { withActiveSessions } from './activeSession.ts'
import { apiBase, type RestContext } from './context.ts'
import { endpoint, findByPath, toId } from './endpoint.ts'
import { invalid, refuse, Refusal, refusingTakenName } from './errors.ts'
import { listEndpoint } from './list.ts'
import { defined, newRoomFields, toRoom, toRoomProperties } from './resources/room.ts'

const url = `${apiBase}/rooms`

export function roomRoutes(app: FastifyInstance, context: RestContext): void {
  const { store, authenticate, clock, roomFps } = context
  const common = { tag: 'Rooms', authenticate }

  /** As the API shows them. */
  const show = (
    projectId: string,
    query: { include_active_session: boolean },
    rooms: readonly RoomRecord[],
  ) => withActiveSessions(context, rooms, { projectId, query, toResource: toRoom })

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
        displayName: body.name,
        maxMembers: roomFieldDefaults.max_members,
        fps: roomFps,
        ...defined(toRoomProperties(body, body.name)),
        name: body.name,
        conference: null,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
      }
      return (await refusingTakenName(store.rooms.create(room))) ?? toRoom(room)
    },
  )

  listEndpoint(
    app,
    context,
    {
      ...common,
      url,
      id: 'listRooms',
      summary: 'List rooms',
      query: listRoomsQuerySchema,
      entry: roomSchema,
    },
    async ({ projectId, query }, wanted) => {
      const filter = { startsAfterMs: query.starts_after, endsBeforeMs: query.ends_before }
      const page = await store.rooms.list(projectId, wanted, filter)
      return { ...page, items: await show(projectId, query, page.items) }
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
    async (call) => {
      const { projectId, params, query } = call
      const name = nameField('Name').safeParse(params['id'])
      const room =
        (await findByPath(store.rooms, call)) ??
        (name.success ? await store.rooms.findByName(projectId, name.data) : null)
      const [resource] = room === null ? [] : await show(projectId, query, [room])
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
    async (call) => {
      const { projectId, body } = call
      const room = await findByPath(store.rooms, call)
      if (room === null) return refuse(404)
      const isRenamed = body.name !== undefined && body.name !== room.name
      if (isRenamed && (await store.sessions.active(projectId, [room.id])).has(room.id)) {
        return invalid('name', 'Name cannot change while a session of the room is running')
      }
      // The display name that nobody chose is the name, also when that changes.
      const follows = isRenamed && body.display_name === undefined && room.displayName === room.name
      const request = follows ? { ...body, display_name: null } : body
      const patch = defined(toRoomProperties(request, body.name ?? room.name))
      const updated = await refusingTakenName(
        store.rooms.update(projectId, room.id, { ...patch, updatedAtMs: clock.nowMs() }),
      )
      if (updated instanceof Refusal) return updated
      return updated === null ? refuse(404) : toRoom(updated)
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
