import { layoutNames, RoomError } from '@roomful/protocol'
import type { LayoutName, MemberId, Permission, VideoPosition } from '@roomful/protocol'
import { checkPosition } from './layouts/positions.ts'
import type { Member } from './Member.ts'
import type { RoomState } from './RoomState.ts'
import type { ChildRequest, Joiner, Snapshot } from './types.ts'

/** Audience participants do not count towards `maxMembers`; this many are let in all the same at most. */
export const maxAudience = 1000

/** Screens and devices that one member may have at a time. */
export const maxChildren = 4

/** Why this person may not join now; null: it may. Somebody who was in before came in time. */
export function joinRefusal(
  state: RoomState,
  joiner: Joiner,
  nowMs: number,
  restored?: Snapshot,
): RoomError | null {
  const { settings } = state
  const wasIn = restored !== undefined
  if (state.ended) return new RoomError('conflict', 'The room session has ended; join again for a new one')
  if (!isOpen(settings, nowMs, wasIn) || !isOpen(joiner, nowMs, wasIn)) return new RoomError('not_open')
  if (wasIn && restored.removeAtMs !== null && nowMs >= restored.removeAtMs) return new RoomError('not_open')
  if (state.flags.locked && !wasIn) return new RoomError('room_locked')
  if (joiner.joinAs === 'audience') {
    if (state.audience.size < maxAudience) return null
    return new RoomError('room_full', `Room is full: ${maxAudience} audience participants at most`)
  }
  return placeRefusal(state)
}

/** Why the room can hold no further member; null: it can. */
export function placeRefusal(state: RoomState): RoomError | null {
  const { maxMembers } = state.settings
  if (state.takenPlaces < maxMembers) return null
  return new RoomError(
    'room_full',
    `Room is full: ${maxMembers} ${maxMembers === 1 ? 'member' : 'members'} at most`,
  )
}

type Limits = Pick<Joiner, 'joinFromMs' | 'joinUntilMs' | 'removeAtMs'>

function isOpen({ joinFromMs, joinUntilMs, removeAtMs }: Limits, nowMs: number, wasIn: boolean): boolean {
  if (joinFromMs !== null && nowMs < joinFromMs) return false
  if (joinUntilMs !== null && nowMs > joinUntilMs && !wasIn) return false
  // Who would be removed at once is not let in.
  return removeAtMs === null || nowMs < removeAtMs
}

/** A screen or device that may come, and where a screen wants everybody to be. */
export type AcceptedChild = {
  parent: Member
  /** null: the layout stays as it is. */
  layout: LayoutName | null
  /** Of the screen itself. */
  position: VideoPosition | null
  placements: { member: Member; position: VideoPosition }[]
}

const childPermission = {
  screen: 'room.self.screenshare',
  device: 'room.self.additional_source',
} as const satisfies Record<ChildRequest['kind'], Permission>

/** Looks whether a screen or device may come; throws the refusal. */
export function acceptChild(state: RoomState, request: ChildRequest): AcceptedChild {
  if (state.ended) throw new RoomError('conflict', 'The room session has ended; join again for a new one')
  const parent = state.get(request.parentId)
  if (!parent.permissions.has(childPermission[request.kind])) throw new RoomError('permission_denied')
  if (state.childrenOf(parent.id).length >= maxChildren) {
    throw new RoomError('conflict', `A member can have ${maxChildren} screens and devices at most`)
  }
  if (request.kind === 'device') return { parent, layout: null, position: null, placements: [] }
  const layout = checkLayout(request.layout ?? 'screen-share')
  const { self, ...others } = request.positions ?? {}
  return {
    parent,
    layout,
    position: self === undefined ? null : checkPosition(layout, self),
    placements: Object.entries(others).map(([memberId, position]) => ({
      member: placeable(state, parent, memberId),
      position: checkPosition(layout, position),
    })),
  }
}

/**
 * Who brings a screen or playback may place it, itself and its screens and devices; for anybody else it takes what it
 * always takes.
 */
export function placeable(state: RoomState, parent: Member | null, memberId: MemberId): Member {
  const isOwn = memberId === parent?.id || (parent && state.find(memberId)?.parentId === parent.id)
  const mayPlace =
    !parent ||
    isOwn ||
    parent.permissions.has('room.set_position') ||
    parent.permissions.has('room.member.set_position')
  if (!mayPlace) throw new RoomError('permission_denied')
  const member = state.get(memberId)
  if (!member.isAudience) return member
  throw new RoomError('conflict', 'Audience participants have no place in the layout')
}

export function checkLayout(name: string): LayoutName {
  const layout = layoutNames.find((each) => each === name)
  if (layout !== undefined) return layout
  const got = JSON.stringify(name.slice(0, 50))
  throw new RoomError('invalid_params', `layout: no layout ${got}; there are: ${layoutNames.join(', ')}`)
}

/** What others read at the tile and in the list, e.g. "Ada (screen)". */
export function childName(parent: Member, kind: ChildRequest['kind'], sendsVideo: boolean): string {
  const what = kind === 'screen' ? 'screen' : sendsVideo ? 'camera' : 'microphone'
  return `${parent.name} (${what})`
}
