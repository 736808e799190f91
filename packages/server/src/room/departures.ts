import type { HangupCause } from '@roomful/protocol'
import type { Changes } from './Changes.ts'
import { stopPlaying } from './commands/playback.ts'
import { endRecording } from './commands/recording.ts'
import { endStream } from './commands/stream.ts'
import type { Member } from './Member.ts'
import type { RoomState } from './RoomState.ts'

type Context = { readonly state: RoomState; readonly changes: Changes; readonly nowMs: number }

/**
 * Takes participants out of the session, their screens and devices first. `cause` null: their calls have ended
 * already. The session ends with its last participant, or with one whose token says so.
 */
export function depart(context: Context, leavers: readonly Member[], cause: HangupCause | null): void {
  const { state, changes } = context
  for (const leaver of leavers) {
    // Its owner may have been among the leavers, and have taken it along.
    if (state.find(leaver.id) !== leaver) continue
    endChildren(context, leaver, cause ?? 'NORMAL_CLEARING')
    state.remove(leaver)
    changes.left.push(leaver)
    if (cause !== null) changes.hangups.push({ memberId: leaver.id, cause })
    if (!leaver.isAudience) changes.tellLayout = true
  }
  if (leavers.length === 0) return
  const endsSession = leavers.some((leaver) => leaver.endRoomSessionOnLeave)
  if (endsSession || state.participantCount === 0) endSession(context, 'NORMAL_CLEARING')
}

/** Ends the screens and devices of a member. */
export function endChildren(
  { state, changes }: Omit<Context, 'nowMs'>,
  parent: Member,
  cause: HangupCause,
): void {
  for (const child of state.childrenOf(parent.id)) {
    state.remove(child)
    changes.left.push(child)
    changes.hangups.push({ memberId: child.id, cause })
    changes.tellLayout = true
  }
}

/** Ends the session, all that runs in it and the calls of whoever is still in it, screens and devices first. */
export function endSession(context: Context, cause: HangupCause): void {
  const { state, changes } = context
  for (const recording of state.recordings.running) endRecording(context, recording)
  for (const stream of state.streams.running) endStream(context, stream)
  for (const playback of state.playbacks.running) stopPlaying(context, playback)
  const isChild = (member: Member): number => (member.parentId === null ? 1 : 0)
  for (const participant of [...state.participants()].sort((a, b) => isChild(a) - isChild(b))) {
    state.remove(participant)
    changes.left.push(participant)
    changes.hangups.push({ memberId: participant.id, cause })
  }
  state.ended = true
  changes.ended = true
}
