import type { Clock } from '../../lib/Clock.ts'
import type { Participant } from '../Participant.ts'
import type { ParticipantSession } from '../ParticipantSession.ts'
import type { RoomHost } from '../RoomHost.ts'

/** What the handlers of calls need of the service. */
export interface CallContext {
  readonly clock: Clock
  participantOf(session: ParticipantSession): Participant | undefined
  /** The running room of the session's token, made if the token allows that; else `room_not_found`. */
  openRoom(session: ParticipantSession): Promise<RoomHost>
  /**
   * Registers a participant whose join the room has accepted. Resolves when its join would survive the end of the
   * server, or soon if that takes too long.
   */
  admit(participant: Participant): Promise<void>
}
