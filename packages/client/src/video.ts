import { RoomSessionError } from './errors.ts'
import type { RoomSessionOptions } from './options.ts'
import { RoomSession } from './RoomSession.ts'
import { RoomSessionDevice } from './RoomSessionDevice.ts'
import { RoomSessionScreenShare } from './RoomSessionScreenShare.ts'

export { RoomSession, RoomSessionDevice, RoomSessionScreenShare }
export { RoomSession as VideoRoomSession }
export { RoomSession as Room, RoomSessionDevice as RoomDevice, RoomSessionScreenShare as RoomScreenShare }

/** Whether `value` is a room. */
export function isVideoRoomSession(value: unknown): value is RoomSession {
  return value instanceof RoomSession
}

/** Options of {@link createRoomObject}. */
export type CreateRoomObjectOptions = Omit<RoomSessionOptions, 'rootElement'> & {
  /** Id of the element in which the room is shown. If the page has none, the body is used. Default: not shown. */
  rootElementId?: string
  /** Whether to join at once. Default false. */
  autoJoin?: boolean
}

/**
 * Makes a room, and joins it with `autoJoin`.
 *
 * @deprecated Use `new RoomSession()` and its `join()`.
 */
export async function createRoomObject(options: CreateRoomObjectOptions): Promise<RoomSession> {
  const { rootElementId, autoJoin = false, ...others } = options ?? {}
  const room = new RoomSession({ ...others, rootElement: elementById(rootElementId) })
  if (autoJoin) await room.join()
  return room
}

/**
 * Makes a room and joins it.
 *
 * @deprecated Use `new RoomSession()` and its `join()`.
 */
export function joinRoom(options: Omit<CreateRoomObjectOptions, 'autoJoin'>): Promise<RoomSession> {
  return createRoomObject({ ...options, autoJoin: true })
}

/** Rooms of one token. */
export type VideoClient = {
  /** Nothing to do: a room connects when it is joined. */
  connect(): Promise<VideoClient>
  /** Leaves all rooms that the client has made. */
  disconnect(): Promise<void>
  readonly rooms: {
    /** Makes a room with the token of the client. */
    makeRoomObject(options?: Omit<CreateRoomObjectOptions, 'token' | 'autoJoin'>): RoomSession
  }
}

/**
 * Makes a client, from which rooms are made.
 *
 * @deprecated Use `new RoomSession()`.
 */
export function createClient(clientOptions: RoomSessionOptions): VideoClient {
  if (typeof clientOptions?.token !== 'string' || clientOptions.token === '') {
    throw new RoomSessionError('invalid_argument', 'createClient(): "token" must be a room token.')
  }
  const rooms: RoomSession[] = []
  const client: VideoClient = {
    connect: () => Promise.resolve(client),
    disconnect: async () => {
      await Promise.all(rooms.splice(0).map((room) => room.leave()))
    },
    rooms: {
      makeRoomObject: ({ rootElementId, ...options } = {}) => {
        const { rootElement = elementById(rootElementId) } = clientOptions
        const room = new RoomSession({ ...clientOptions, ...options, rootElement })
        rooms.push(room)
        return room
      },
    },
  }
  return client
}

function elementById(id: string | undefined): HTMLElement | undefined {
  if (id === undefined) return undefined
  const element = document.getElementById(id)
  if (!element) console.warn(`The page has no element with the id "${id}": the room is shown in its body.`)
  return element ?? document.body
}
