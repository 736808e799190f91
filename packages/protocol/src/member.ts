import type { VideoPosition } from './layout.ts'

export const MemberType = {
  member: 'member',
  screen: 'screen',
  device: 'device',
  audience: 'audience',
} as const
export type MemberType = (typeof MemberType)[keyof typeof MemberType]

export const JoinAs = { member: 'member', audience: 'audience' } as const
export type JoinAs = (typeof JoinAs)[keyof typeof JoinAs]

export type MediaAllowed = 'all' | 'audio-only' | 'video-only'
/** What a client may do with one kind of media. */
export type MediaDirectionAllowed = 'none' | 'receive' | 'both'

export type Meta = Record<string, unknown>

/** A member as events and lists show it. */
export type VideoMember = {
  id: string
  room_id: string
  room_session_id: string
  name: string
  type: MemberType
  /** Screens and devices: the member they belong to. */
  parent_id: string | null
  audio_muted: boolean
  video_muted: boolean
  deaf: boolean
  /** Whether the member's picture is on the canvas. False while video-muted. */
  visible: boolean
  handraised: boolean
  /** dB, -50 (silence) to 50; 0 leaves the microphone as it is. */
  input_volume: number
  /** dB, -50 (silence) to 50; 0 leaves the sound as it is. */
  output_volume: number
  /** 0 (never counts as talking) to 100; default 30. */
  input_sensitivity: number
  requested_position: VideoPosition
  current_position: VideoPosition
  meta: Meta
  talking: boolean
}

/** Entry of `updated` in `member.updated`. */
export type MemberUpdatable =
  | 'audio_muted'
  | 'video_muted'
  | 'deaf'
  | 'visible'
  | 'handraised'
  | 'input_volume'
  | 'output_volume'
  | 'input_sensitivity'
  | 'requested_position'
  | 'current_position'
  | 'meta'

/** All of them, in the order in which `updated` names them. */
export const memberUpdatables: readonly MemberUpdatable[] = [
  'audio_muted',
  'video_muted',
  'deaf',
  'visible',
  'handraised',
  'input_volume',
  'output_volume',
  'input_sensitivity',
  'requested_position',
  'current_position',
  'meta',
]
