import type { ListenerSettings, Scene, SourceSettings } from '@roomful/media'
import type {
  CallId,
  HangupCause,
  JoinAs,
  LayoutName,
  MediaAllowed,
  MemberId,
  MemberType,
  Meta,
  Permission,
  ProjectId,
  RoomError,
  RoomFps,
  RoomId,
  RoomQuality,
  RoomSessionId,
  ServerEvents,
  ServerEventType,
} from '@roomful/protocol'

/** Settings of a room, from its REST record or, for an auto-created one, from the token that made it. */
export type RoomSettings = {
  roomId: RoomId
  projectId: ProjectId
  name: string
  displayName: string
  /** 1 to 300. */
  maxMembers: number
  quality: RoomQuality
  fps: RoomFps
  layout: LayoutName
  meta: Meta
  prioritizeHandraise: boolean
  /** Unix milliseconds; null: no limit. */
  joinFromMs: number | null
  joinUntilMs: number | null
  removeAtMs: number | null
  removeAfterSeconds: number | null
}

/** What a token says of the person who joins. */
export type Joiner = {
  name: string
  joinAs: JoinAs
  mediaAllowed: MediaAllowed
  permissions: readonly Permission[]
  meta: Meta
  audioMuted: boolean
  videoMuted: boolean
  endRoomSessionOnLeave: boolean
  joinFromMs: number | null
  joinUntilMs: number | null
  removeAtMs: number | null
  removeAfterSeconds: number | null
}

/**
 * Everything that can happen to a room. Times are unix milliseconds and come from outside: the room has no
 * clock of its own.
 */
export type RoomCommand =
  /** Somebody's first call was answered. `sendsVideo` false: no tile of a picture, the mute image instead. */
  | {
      type: 'join'
      memberId: MemberId
      callId: CallId
      joiner: Joiner
      sendsAudio: boolean
      sendsVideo: boolean
    }
  /** A page that was reloaded took up its call again: it is told everything anew, the others nothing. */
  | { type: 'rejoin'; memberId: MemberId; callId: CallId }
  /** The member's call ended: it left, its browser vanished, or its grace time is over. */
  | { type: 'leave'; memberId: MemberId }
  /** The media process heard a member begin or stop talking. */
  | { type: 'talking'; memberId: MemberId; talking: boolean }
  /** The member began or stopped sending video (renegotiation). */
  | { type: 'sends'; memberId: MemberId; audio: boolean; video: boolean }
  /** A `video.*` request. `params` is what the client sent: not yet validated. */
  | { type: 'rpc'; method: string; params: Record<string, unknown> }
  /** `hangupAll()`: the caller's own call, and the others' if the caller may remove members. */
  | { type: 'hangupAll' }
  /** DTMF digits (`sendDigits`). */
  | { type: 'digits'; digits: string }
  /** The time the room asked for with a `wake` effect has come (or any other: it looks at `nowMs`). */
  | { type: 'tick' }
  /** The server ends the session (shutdown). */
  | { type: 'end'; cause: HangupCause }

/** Who gives a command: a member, or the server itself. */
export type Actor = { kind: 'member'; memberId: MemberId } | { kind: 'system' }

/** Whom an event goes to. `everyone` is every member and audience participant of the session. */
export type Recipients =
  { to: 'everyone' } | { to: 'member'; memberId: MemberId } | { to: 'others'; memberId: MemberId }

type EventEffect = {
  [T in ServerEventType]: { kind: 'event'; recipients: Recipients; type: T; params: ServerEvents[T] }
}[ServerEventType]

/** What has to be done after a command, in this order. */
export type Effect =
  | EventEffect
  | { kind: 'media.scene'; scene: Scene }
  | { kind: 'media.source'; sourceId: MemberId; settings: SourceSettings }
  | { kind: 'media.removeSource'; sourceId: MemberId }
  | { kind: 'media.listener'; memberId: MemberId; settings: ListenerSettings }
  /** End every call of this member; it has left the room already. */
  | { kind: 'hangup'; memberId: MemberId; cause: HangupCause }
  /** Digits for the session's log and for whoever listens. */
  | { kind: 'digits'; memberId: MemberId; digits: string }
  /** Call `tick` at this time; replaces an earlier wish. null: nothing to wait for. */
  | { kind: 'wake'; atMs: number | null }
  /** The last participant is gone, or the session was ended: nothing more will happen here. */
  | { kind: 'ended' }

export type RoomOutcome =
  /** `result` is the body of the reply to an `rpc` command (with `code: "200"`); null for the others. */
  | { ok: true; result: Record<string, unknown> | null; effects: Effect[] }
  /** Nothing has changed. */
  | { ok: false; error: RoomError }

/**
 * A room: members, permissions, layouts, metadata and time limits as a pure state machine. No sockets, no
 * timers, no packets. Implemented by `Room`.
 */
export interface RoomCore {
  readonly roomSessionId: RoomSessionId
  readonly settings: RoomSettings
  /** Whether `join` would be accepted now; asked before the SDP is answered. */
  checkJoin(joiner: Joiner, nowMs: number): RoomError | null
  handle(command: RoomCommand, actor: Actor, nowMs: number): RoomOutcome
  /** Everything the media must be told to build this room anew, e.g. after a media process died. */
  mediaState(): Extract<Effect, { kind: `media.${string}` }>[]
  permissionsOf(memberId: MemberId): readonly Permission[]
  typeOf(memberId: MemberId): MemberType | undefined
  /** Members and audience participants. */
  readonly participantCount: number
}
