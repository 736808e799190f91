import type { Clock } from '../lib/Clock.ts'
import type { NewRoomToken } from '../service/index.ts'
import type { RecordingStorage } from '../storage/index.ts'
import type { RoomRecord, SessionRecord, Store, StreamRecord } from '../store/index.ts'
import type { Authenticate } from './auth.ts'

/** What REST needs of the rooms that are running. */
export interface RunningRooms {
  /** A standing stream of a room was added: its output begins, if the room runs. Resolves before it has begun. */
  addStandingStream(room: RoomRecord, stream: StreamRecord): Promise<void>
  /** A standing stream of a room is no more: its output ends. */
  removeStandingStream(room: RoomRecord, stream: StreamRecord): Promise<void>
  /** Where the preview of a session's picture is; null: it has none. */
  previewUrl(session: SessionRecord): string | null
}

/** For servers without media of their own. */
export const noRunningRooms: RunningRooms = {
  addStandingStream: async () => {},
  removeStandingStream: async () => {},
  previewUrl: () => null,
}

/** Everything that the resources of the REST API work with. */
export type RestContext = {
  store: Store
  storage: RecordingStorage
  rooms: RunningRooms
  authenticate: Authenticate
  clock: Clock
  /** Where the server is reached, without a slash at the end; known once the port is open. */
  publicUrl: () => string
  /** Pictures per second of new rooms. */
  roomFps: 20 | 25 | 30
  mintToken: (projectId: string, claims: NewRoomToken) => Promise<string>
}

/** Below it is everything that the original has. */
export const apiBase = '/api/video'
