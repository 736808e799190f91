import { put, type Playback, type Recording, type Running, type Stream } from './running.ts'

/** A member as the page shows it. */
export type Person = {
  id: string
  name: string
  audioMuted: boolean
  videoMuted: boolean
  talking: boolean
  handRaised: boolean
  /** Shows a screen of theirs. */
  sharing: boolean
}

export type RoomPhase = 'joining' | 'joined' | 'failed'

export type RoomState = {
  phase: RoomPhase
  /** What went wrong, in words: why joining failed, or what could not be done just now. */
  problem: string | null
  selfId: string
  people: Person[]
  /** How many watch without being a member. */
  audienceCount: number
  layout: string
  layouts: string[]
  reconnecting: boolean
  /** The browser plays no sound until the user asks for it. */
  soundBlocked: boolean
  /** Everybody is told, also those who may not do it themselves. */
  recording: boolean
  streaming: boolean
  /** What runs, as far as one may see it. */
  running: Running
  may: { record: boolean; stream: boolean; play: boolean; share: boolean; raiseHand: boolean }
}

const nothingRuns: Running = { recordings: [], streams: [], playbacks: [] }

export const initialRoomState: RoomState = {
  phase: 'joining',
  problem: null,
  selfId: '',
  people: [],
  audienceCount: 0,
  layout: '',
  layouts: [],
  reconnecting: false,
  soundBlocked: false,
  recording: false,
  streaming: false,
  running: nothingRuns,
  may: { record: false, stream: false, play: false, share: false, raiseHand: false },
}

/** What the SDK tells of a member, as far as the page cares. */
export type MemberFacts = {
  id: string
  name?: string
  type?: string
  audio_muted?: boolean
  video_muted?: boolean
  talking?: boolean
  handraised?: boolean
  parent_id?: string | null
}

export type RoomAction =
  | {
      type: 'joined'
      selfId: string
      members: readonly MemberFacts[]
      layout: string
      recording: boolean
      streaming: boolean
      running: Running
      permissions: readonly string[]
    }
  | { type: 'room'; recording: boolean | undefined; streaming: boolean | undefined }
  | { type: 'recording'; id: string; now: Recording | null }
  | { type: 'stream'; id: string; now: Stream | null }
  | { type: 'playback'; id: string; now: Playback | null }
  | { type: 'members'; members: readonly MemberFacts[] }
  | { type: 'audience'; count: number }
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
        recording: action.recording,
        streaming: action.streaming,
        running: action.running,
        may: {
          record: action.permissions.includes('room.recording'),
          stream: action.permissions.includes('room.stream'),
          play: action.permissions.includes('room.playback'),
          share: action.permissions.includes('room.self.screenshare'),
          raiseHand: action.permissions.includes('room.self.raisehand'),
        },
      }
    case 'room':
      return {
        ...state,
        recording: action.recording ?? state.recording,
        streaming: action.streaming ?? state.streaming,
      }
    case 'recording':
      return withRunning(state, { recordings: put(state.running.recordings, action.id, action.now) })
    case 'stream':
      return withRunning(state, { streams: put(state.running.streams, action.id, action.now) })
    case 'playback':
      return withRunning(state, { playbacks: put(state.running.playbacks, action.id, action.now) })
    case 'members':
      return { ...state, people: toPeople(action.members, state.people, state.selfId) }
    case 'audience':
      return { ...state, audienceCount: action.count }
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

function withRunning(state: RoomState, changed: Partial<Running>): RoomState {
  return { ...state, running: { ...state.running, ...changed } }
}

/** The members that are people, oneself first. Who is talking is carried over: lists do not always say. */
function toPeople(members: readonly MemberFacts[], before: readonly Person[], selfId: string): Person[] {
  const known = new Map(before.map((person) => [person.id, person]))
  const sharing = new Set(members.map(({ type, parent_id }) => (type === 'screen' ? parent_id : undefined)))
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
        handRaised: member.handraised ?? last?.handRaised ?? false,
        sharing: sharing.has(member.id),
      }
    })
  return [...people.filter(({ id }) => id === selfId), ...people.filter(({ id }) => id !== selfId)]
}
