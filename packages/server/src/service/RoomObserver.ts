import type { ErrorCode } from '@roomful/protocol'
import type { Recipients } from '../room/types.ts'
import type { Participant } from './Participant.ts'
import type { RoomEvent } from './ParticipantSession.ts'
import type { RoomHost } from './RoomHost.ts'

/**
 * Somebody who is in no room and is told what goes on in all: records, webhooks, an application's own server. What
 * it is told it must take without throwing, and without waiting.
 */
export interface RoomObserver {
  /** An event as it is sent. `recipients`: whom in the room it goes to. */
  onEvent?(room: RoomHost, event: RoomEvent, recipients: Recipients): void
  /** Sound and picture of somebody's first call are connected, so long after the call came in. */
  onConnected?(room: RoomHost, afterMs: number): void
  /** A new preview of the room's picture. */
  onPreview?(room: RoomHost, webp: Uint8Array): void
  /** A call was refused before it had begun. */
  onRefused?(code: ErrorCode): void
  /** A member, audience participant, screen or device has joined; before the events that tell of it. */
  onJoined?(room: RoomHost, participant: Participant): void
  /** It is out of the room, for whatever reason. */
  onLeft?(room: RoomHost, participant: Participant): void
  /** The session is over, and everybody has left; also if nobody ever joined. */
  onEnded?(room: RoomHost): void
}
