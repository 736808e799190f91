import type { Changes } from './Changes.ts'
import type { Member } from './Member.ts'
import type { RoomState } from './RoomState.ts'

type Context = { readonly state: RoomState; readonly changes: Changes }

/** Ends a member's talking if it talks: who is muted says nothing. */
export function stopTalking({ state, changes }: Context, member: Member): void {
  if (member.talkingSinceMs === null) return
  state.update(member, { talkingSinceMs: null })
  changes.talking.push(member)
}

export function startTalking({ state, changes }: Context, member: Member, nowMs: number): void {
  if (member.talkingSinceMs !== null || member.audioMuted) return
  state.update(member, { talkingSinceMs: nowMs })
  changes.talking.push(member)
}
