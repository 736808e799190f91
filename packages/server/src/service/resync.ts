import { memberUpdatables } from '@roomful/protocol'
import type { MemberUpdatable, RoomUpdatable, VideoMember, VideoRoomSession } from '@roomful/protocol'
import type { Effect } from '../room/types.ts'
import { requestReinvite, watchForStall } from './mediaRecovery.ts'
import { objectChanges } from './objectChanges.ts'
import type { Participant } from './Participant.ts'
import { tellRole } from './roles.ts'

/**
 * A client that only lost its socket may never invite again, and then still wants to know what it missed. One
 * whose page was loaded anew does invite, and is told everything then.
 */
const resyncDelayMs = 5000

const roomFields = [
  'layout_name',
  'locked',
  'hide_video_muted',
  'prioritize_handraise',
  'meta',
  'recording',
  'streaming',
] as const satisfies readonly RoomUpdatable[]

/** The socket is gone: notes what the client knows now. */
export function rememberKnown(participant: Participant): void {
  participant.resumesMedia ||= participant.mainLeg.state === 'lost'
  participant.lastKnown ??= subscribed(currentState(participant))?.room_session ?? null
}

/** There is a socket again. */
export function scheduleResync(participant: Participant): void {
  participant.cancelResync?.()
  const { host } = participant
  // What it was asked for while nothing reached it.
  if (participant.awaitsRoleCall) tellRole(participant)
  for (const each of [participant, ...participant.children]) {
    if (each.awaitsReinvite) requestReinvite(each)
  }
  watchForStall(participant)
  participant.cancelResync = host.clock.setTimeout(() => {
    participant.cancelResync = null
    host
      .run(() => resync(participant))
      .catch((error: unknown) => host.logger.error({ err: error }, 'Telling a member what it missed failed'))
  }, resyncDelayMs)
}

/** Tells a client that came back what it missed, without `video.room.subscribed`: it has joined already. */
export function resync(participant: Participant): void {
  participant.cancelResync?.()
  participant.cancelResync = null
  if (participant.left || !participant.session.connected) return
  const { host, session, lastKnown } = participant
  participant.lastKnown = null
  const effects = currentState(participant)
  const current = subscribed(effects)?.room_session
  if (current === undefined) return
  const inRoom = { room_id: current.room_id, room_session_id: current.room_session_id }
  if (lastKnown !== null) {
    for (const [type, member] of memberChanges(lastKnown.members, current.members)) {
      session.sendEvent(host.event(type, { ...inRoom, member }))
    }
    for (const [type, params] of objectChanges(lastKnown, current, host.core.objects(host.clock.nowMs()))) {
      session.sendEvent(host.event(type, params))
    }
  }
  const change = { ...inRoom, updated: [...roomFields], ...pick(current, roomFields) }
  session.sendEvent(
    host.event('video.room.updated', {
      ...inRoom,
      room: change,
      room_session: { id: current.id, ...change },
    }),
  )
  for (const effect of effects) {
    if (effect.kind === 'event' && effect.type === 'video.layout.changed') {
      session.sendEvent(host.event(effect.type, effect.params))
    }
  }
}

/** A page that was loaded anew is told everything by the core: nothing is left to tell. */
export function forgetKnown(participant: Participant): void {
  participant.cancelResync?.()
  participant.cancelResync = null
  participant.lastKnown = null
}

/** What the core would tell the participant if it came anew. Whatever else was due is done on the way. */
function currentState(participant: Participant): Effect[] {
  const { host, memberId, mainLeg } = participant
  const command = { type: 'rejoin', memberId, callId: mainLeg.callId, sends: null } as const
  const outcome = host.core.handle(command, { kind: 'system' }, host.clock.nowMs())
  if (!outcome.ok) return []
  const isForClient = (effect: Effect): boolean =>
    effect.kind === 'event' && effect.recipients.to === 'member' && effect.recipients.memberId === memberId
  host.apply(outcome.effects.filter((effect) => !isForClient(effect)))
  return outcome.effects.filter(isForClient)
}

function subscribed(effects: Effect[]): { room_session: VideoRoomSession } | undefined {
  for (const effect of effects) {
    if (effect.kind === 'event' && effect.type === 'video.room.subscribed') return effect.params
  }
  return undefined
}

type MemberChange =
  | ['video.member.joined' | 'video.member.left', VideoMember]
  | ['video.member.updated', VideoMember & { updated: MemberUpdatable[] }]

export function memberChanges(before: readonly VideoMember[], after: readonly VideoMember[]): MemberChange[] {
  const known = new Map(before.map((member) => [member.id, member]))
  const changes: MemberChange[] = []
  for (const member of after) {
    const old = known.get(member.id)
    known.delete(member.id)
    if (old === undefined) {
      changes.push(['video.member.joined', member])
      continue
    }
    const updated = memberUpdatables.filter(
      (field) => JSON.stringify(old[field]) !== JSON.stringify(member[field]),
    )
    if (updated.length > 0) changes.push(['video.member.updated', { ...member, updated }])
  }
  for (const member of known.values()) changes.push(['video.member.left', member])
  return changes
}

function pick<T, K extends keyof T>(value: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, value[key]])) as Pick<T, K>
}
