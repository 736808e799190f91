import type {
  LayoutChangedEvent,
  MemberEvent,
  MemberTalkingEvent,
  MemberUpdatedEvent,
  RoomUpdatedEvent,
} from '@roomful/protocol'
import type { MemberListUpdatedEvent } from '../events.ts'
import type { RoomState } from './RoomState.ts'

/** One event for the application: its name and its argument. */
export type Emission = [name: string, payload: unknown]

type Demultiplexer = (params: Record<string, unknown>, state: RoomState) => Emission[] | undefined

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
const hasMember = (params: Record<string, unknown>) =>
  isObject(params.member) && typeof params.member.id === 'string'

/** `audio_muted` → `audioMuted`. */
export const toCamelCase = (name: string) =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

function memberList(state: RoomState): Emission {
  const event: MemberListUpdatedEvent = { members: state.members.all }
  return ['memberList.updated', event]
}

/** Events whose handlers get the object itself: always the same one for an id. */
function objectEvents(
  kind: string,
  names: readonly string[],
  listOf: (state: RoomState) => { take(data: unknown): unknown },
): Record<string, Demultiplexer> {
  const demultiplexer =
    (name: string): Demultiplexer =>
    (params, state) => {
      const object = listOf(state).take(params[kind])
      return object === undefined ? undefined : [[`${kind}.${name}`, object]]
    }
  return Object.fromEntries(names.map((name) => [`video.${kind}.${name}`, demultiplexer(name)]))
}

const demultiplexers: Record<string, Demultiplexer> = {
  'video.member.joined': (params, state) => {
    if (!hasMember(params)) return undefined
    const { member } = params as MemberEvent
    state.members.merge(member)
    return [['member.joined', params], memberList(state)]
  },

  'video.member.left': (params, state) => {
    if (!hasMember(params)) return undefined
    const { member } = params as MemberEvent
    const last = state.members.remove(member.id)
    return [['member.left', { ...params, member: { ...last, ...member } }], memberList(state)]
  },

  'video.member.updated': (params, state) => {
    if (!hasMember(params)) return undefined
    const { member } = params as MemberUpdatedEvent
    const updated = Array.isArray(member.updated) ? member.updated : []
    const event = { ...params, member: { ...state.members.merge(member), updated } }
    const names = new Set(updated.flatMap((name) => [name, toCamelCase(name)]))
    const specific = [...names].map((name): Emission => [`member.updated.${name}`, event])
    return [...specific, ['member.updated', event], memberList(state)]
  },

  'video.member.talking': (params, state) => {
    if (!hasMember(params)) return undefined
    const { member } = params as MemberTalkingEvent
    if (state.members.get(member.id)) state.members.merge({ id: member.id, talking: member.talking })
    const names = member.talking ? ['started', 'start'] : ['ended', 'stop']
    return [['member.talking', params], ...names.map((name): Emission => [`member.talking.${name}`, params])]
  },

  'video.layout.changed': (params, state) => {
    if (!isObject(params.layout) || !Array.isArray(params.layout.layers)) return undefined
    state.applyLayout((params as LayoutChangedEvent).layout)
    return [['layout.changed', params]]
  },

  'video.room.updated': (params, state) => {
    const { room, room_session: session } = params as Partial<RoomUpdatedEvent>
    const change = room ?? session
    if (!isObject(change) || !Array.isArray(change.updated)) return undefined
    state.applyRoomChange(change)
    return [['room.updated', params]]
  },

  ...objectEvents('recording', ['started', 'updated', 'ended'], (state) => state.objects.recordings),
  ...objectEvents('playback', ['started', 'updated', 'ended'], (state) => state.objects.playbacks),
  ...objectEvents('stream', ['started', 'updated', 'ended'], (state) => state.objects.streams),

  'video.room.audience_count': (params) => [
    ['room.audience_count', params],
    ['room.audienceCount', params],
  ],
}

/**
 * Turns one event of the server into the events of the application, bringing `state` up to date before.
 * Undefined if the event lacks what its type needs. Unknown `video.x.y` passes as `x.y`.
 */
export function demultiplex(type: string, params: unknown, state: RoomState): Emission[] | undefined {
  if (!type.startsWith('video.') || !isObject(params)) return undefined
  const demultiplexer = Object.hasOwn(demultiplexers, type) ? demultiplexers[type] : undefined
  return demultiplexer ? demultiplexer(params, state) : [[type.slice('video.'.length), params]]
}
