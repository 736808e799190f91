import { RoomError } from '@roomful/protocol'
import type { RoomState } from './RoomState.ts'
import type { Joiner } from './types.ts'

/** Audience participants do not count towards `maxMembers`; this many are let in all the same at most. */
export const maxAudience = 1000

/** Why this person may not join now; null: it may. */
export function joinRefusal(state: RoomState, joiner: Joiner, nowMs: number): RoomError | null {
  const { settings } = state
  if (state.ended) return new RoomError('conflict', 'The room session has ended; join again for a new one')
  if (!isOpen(settings, nowMs) || !isOpen(joiner, nowMs)) return new RoomError('not_open')
  if (state.flags.locked) return new RoomError('room_locked')
  if (joiner.joinAs === 'audience') {
    if (state.audience.size < maxAudience) return null
    return new RoomError('room_full', `Room is full: ${maxAudience} audience participants at most`)
  }
  if (state.members.size < settings.maxMembers) return null
  return new RoomError('room_full', `Room is full: ${settings.maxMembers} members at most`)
}

type Limits = Pick<Joiner, 'joinFromMs' | 'joinUntilMs' | 'removeAtMs'>

function isOpen({ joinFromMs, joinUntilMs, removeAtMs }: Limits, nowMs: number): boolean {
  if (joinFromMs !== null && nowMs < joinFromMs) return false
  if (joinUntilMs !== null && nowMs > joinUntilMs) return false
  // Who would be removed at once is not let in.
  return removeAtMs === null || nowMs < removeAtMs
}
