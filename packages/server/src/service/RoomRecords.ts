import type { RoomSessionId, RoomTokenClaims } from '@roomful/protocol'
import type { RoomSettings } from '../room/types.ts'
import type { Restorable } from './restoring.ts'
import type { RoomHost } from './RoomHost.ts'
import type { RoomObserver } from './RoomObserver.ts'

/** What a token names: a room, and the session that begins there or goes on. */
export type OpenedRoom = { roomSessionId: RoomSessionId; settings: RoomSettings }

/** Where rooms come from, and where what happens in them is kept. */
export interface RoomRecords extends RoomObserver {
  /** Throws `room_not_found` if there is no such room and the token may not make it. */
  open(claims: RoomTokenClaims, restorable: Restorable | null): Promise<OpenedRoom>
  /**
   * Resolves when all that has happened in the room so far would survive the end of this process. Rejects with
   * `store_unavailable` if that takes too long: it is in force then, and may yet be kept.
   */
  saved(room: RoomHost): Promise<void>
  /** The same for those who would rather go on: resolves soon in any case. */
  savedSoon(room: RoomHost): Promise<void>
}
