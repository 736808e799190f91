/** A member as the page shows it. */
export type Person = {
  id: string
  name: string
  audioMuted: boolean
  videoMuted: boolean
  talking: boolean
}

export type RoomPhase = 'joining' | 'joined' | 'failed'

export type RoomState = {
  phase: RoomPhase
  /** What went wrong, in words: why joining failed, or what could not be done just now. */
  problem: string | null
  selfId: string
  people: Person[]
  layout: string
  layouts: string[]
  reconnecting: boolean
  /** The browser plays no sound until the user asks for it. */
  soundBlocked: boolean
}

export const initialRoomState: RoomState = {
  phase: 'joining',
  problem: null,
  selfId: '',
  people: [],
  layout: '',
  layouts: [],
  reconnecting: false,
  soundBlocked: false,
}

/** What the SDK tells of a member, as far as the page cares. */
export type MemberFacts = {
  id: string
  name?: string
  type?: string
  audio_muted?: boolean
  video_muted?: boolean
  talking?: boolean
}

export type RoomAction =
  | { type: 'joined'; selfId: string; members: readonly MemberFacts[]; layout: string }
  | { type: 'members'; members: readonly MemberFacts[] }
  | { type: 'talking'; memberId: string; talking: boolean }
  | { type: 'layout'; name: string }
  | { type: 'layouts'; names: string[] }
  | { type: 'reconnecting'; now: boolean }
  | { type: 'soundBlocked'; now: boolean }
  | { type: 'failed'; problem: string }
  | { type: 'problem'; problem: string | null }

export function roomReducer(state: RoomState, action: RoomAction): RoomState {
  switch (action.type) {
    case 'joined':
      return {
        ...state,
        phase: 'joined',
        problem: null,
        selfId: action.selfId,
        layout: action.layout,
        people: toPeople(action.members, state.people, action.selfId),
      }
    case 'members':
      return { ...state, people: toPeople(action.members, state.people, state.selfId) }
    case 'talking':
      return {
        ...state,
        people: state.people.map((person) =>
          person.id === action.memberId ? { ...person, talking: action.talking } : person,
        ),
      }
    case 'layout':
      return { ...state, layout: action.name }
    case 'layouts':
      return { ...state, layouts: action.names }
    case 'reconnecting':
      return { ...state, reconnecting: action.now }
    case 'soundBlocked':
      return { ...state, soundBlocked: action.now }
    case 'failed':
      return { ...state, phase: 'failed', problem: action.problem }
    case 'problem':
      return { ...state, problem: action.problem }
  }
}

/** The members that are people, oneself first. Who is talking is carried over: lists do not always say. */
function toPeople(members: readonly MemberFacts[], before: readonly Person[], selfId: string): Person[] {
  const known = new Map(before.map((person) => [person.id, person]))
  const people = members
    .filter((member) => member.type === undefined || member.type === 'member')
    .map((member): Person => {
      const last = known.get(member.id)
      return {
        id: member.id,
        name: member.name ?? last?.name ?? 'Guest',
        audioMuted: member.audio_muted ?? last?.audioMuted ?? false,
        videoMuted: member.video_muted ?? last?.videoMuted ?? false,
        talking: member.talking ?? last?.talking ?? false,
      }
    })
  return [...people.filter(({ id }) => id === selfId), ...people.filter(({ id }) => id !== selfId)]
}
