import type { MemberId, RoomId, RoomSessionId } from '@roomful/protocol'
import { eventChannelOf } from '../room/eventChannel.ts'
import type { Role } from '../room/types.ts'
import { toLegOptions } from './authorization.ts'
import type { Participant } from './Participant.ts'
import type { ParticipantSession } from './ParticipantSession.ts'
import { sendState } from './restoring.ts'

/**
 * The participant has another role, or will have it with its next call. A call that runs keeps what it receives,
 * and sends no more than the role allows.
 */
export function takeRole(participant: Participant, role: Role): void {
  const { session, memberId } = participant
  session.changeRole(role)
  if (role.joinAs === 'audience') {
    for (const leg of participant.legs.values()) leg.options = toLegOptions(session.authorization, memberId)
  }
  participant.awaitsRoleCall = true
  tellRole(participant)
}

/** Tells a client its role; it answers with a new call. */
export function tellRole(participant: Participant): void {
  const { session, memberId, host } = participant
  const { roomSessionId, settings } = host.core
  sendRole(session, { memberId, roomId: settings.roomId, roomSessionId }, host.clock.nowMs())
  sendState(participant)
}

/**
 * Sends `video.member.promoted` or `.demoted`. Clients make a new call then, unnoticed by their users: the one way
 * to have the stock client do so.
 */
export function sendRole(
  session: ParticipantSession,
  { memberId, roomId, roomSessionId }: { memberId: MemberId; roomId: RoomId; roomSessionId: RoomSessionId },
  timestampMs: number,
): void {
  const { authorization } = session
  session.sendEvent({
    type: authorization.join_as === 'member' ? 'video.member.promoted' : 'video.member.demoted',
    params: { room_id: roomId, room_session_id: roomSessionId, member_id: memberId, authorization },
    channel: eventChannelOf(roomSessionId),
    timestampMs,
  })
}
