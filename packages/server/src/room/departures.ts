import type { HangupCause } from '@roomful/protocol'
import type { Changes } from './Changes.ts'
import type { Member } from './Member.ts'
import type { RoomState } from './RoomState.ts'

type Context = { readonly state: RoomState; readonly changes: Changes }

/**
 * Takes participants out of the session. `cause` null: their calls have ended already. The session ends with
 * its last participant, or with one whose token says so.
 */
export function depart(
  { state, changes }: Context,
  leavers: readonly Member[],
  cause: HangupCause | null,
): void {
  for (const leaver of leavers) {
    state.remove(leaver)
    changes.left.push(leaver)
    if (cause !== null) changes.hangups.push({ memberId: leaver.id, cause })
    if (!leaver.isAudience) changes.tellLayout = true
  }
  if (leavers.length === 0) return
  const endsSession = leavers.some((leaver) => leaver.endRoomSessionOnLeave)
  if (endsSession || state.participantCount === 0) endSession({ state, changes }, 'NORMAL_CLEARING')
}

/** Ends the session and the calls of whoever is still in it. */
export function endSession({ state, changes }: Context, cause: HangupCause): void {
  for (const participant of [...state.participants()]) {
    state.remove(participant)
    changes.left.push(participant)
    changes.hangups.push({ memberId: participant.id, cause })
  }
  state.ended = true
  changes.ended = true
}
