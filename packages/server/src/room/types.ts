import type { ListenerSettings, OutputId, PlayerInfo, RoomTone, Scene, SourceSettings } from '@roomful/media'
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
  PlaybackId,
  ProjectId,
  RecordingId,
  RoomError,
  RoomFps,
  RoomId,
  RoomQuality,
  RoomSessionId,
  ServerEvents,
  ServerEventType,
  StreamId,
  VideoPlayback,
  VideoPosition,
  VideoRecording,
  VideoRoomSession,
  VideoStream,
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
  /** Whether the coming and going of members is heard. */
  toneOnEntryAndExit: boolean
  /** Whether every member comes in video-muted, whatever its token says. */
  joinVideoMuted: boolean
  /** Whether a recording starts with the session. */
  recordOnStart: boolean
  /** Whether previews of the picture are made. */
  previews: boolean
  /** Standing orders: streams that start with the session. The first five count. */
  streams: readonly StandingStream[]
  /** What the session had come to when its server ended; absent: it begins. */
  resumes?: LastingState
}

/** What commands change in a session for as long as it lasts, whatever becomes of its server. */
export type LastingState = {
  layoutName: LayoutName
  locked: boolean
  hideVideoMuted: boolean
  prioritizeHandraise: boolean
  meta: Meta
}

/** An RTMP stream that every session of a room is to have. */
export type StandingStream = { id: string; url: string }

/** What every object of a session says of where it belongs. */
export type InRoom = { room_id: RoomId; room_session_id: RoomSessionId }

/**
 * What somebody is in a room and may do there: by the token at first, by `promote` or `demote` later. `meta` and
 * the mutes are those that the role begins with.
 */
export type Role = Pick<
  Joiner,
  'joinAs' | 'mediaAllowed' | 'permissions' | 'meta' | 'audioMuted' | 'videoMuted'
> & {
  /** By `promote`: such a member may receive all media, whatever it may send. */
  promoted: boolean
}

/** What a participant is and has set, for the day when it comes back to a room that knows it no more. */
export type Snapshot = {
  joinAs: JoinAs
  mediaAllowed: MediaAllowed
  promoted: boolean
  permissions: readonly Permission[]
  name: string
  meta: Meta
  audioMuted: boolean
  videoMuted: boolean
  deaf: boolean
  inputVolumeDb: number
  outputVolumeDb: number
  inputSensitivity: number
  handRaised: boolean
  requestedPosition: VideoPosition
  /** Unix milliseconds; null: no limit. */
  removeAtMs: number | null
}

/** A screen or a further camera or microphone of a member, as its call asks for it. */
export type ChildRequest = {
  kind: 'screen' | 'device'
  parentId: MemberId
  /** Screens: what the canvas shows while they last; default `screen-share`. Not yet validated. */
  layout?: string | undefined
  /** Screens: places by member id, `self` is the screen. Not yet validated. */
  positions?: Record<string, string> | undefined
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

/** A playback as a request asks for it. */
export type PlayRequest = {
  url: string
  /** dB, -50 (silence) to 50. */
  volumeDb: number
  positionMs: number
  /** What the canvas shows while it lasts; null: it stays as it is. Not yet validated. */
  layout: string | null
  /** Places by member id, `self` is the playback. Not yet validated. */
  positions: Readonly<Record<string, string>>
}

/**
 * What a request needs the media for, which takes time. It is done outside of the room, which goes on meanwhile;
 * when the media has done its part, the room is given the command named here.
 */
export type MediaTask =
  /** Then `recordingStarted`. */
  | { do: 'startRecording' }
  /** Then `recordingPaused`. */
  | { do: 'pauseRecording'; recordingId: RecordingId; paused: boolean }
  /** Then `streamStarted`. */
  | { do: 'startStream'; url: string }
  /** `streamStarted` at once: whatever is wrong with the server, it is tried again and again. */
  | { do: 'startStandingStream'; order: StandingStream }
  /** Then `playbackStarted`. */
  | { do: 'play'; request: PlayRequest }
  /** Then `playbackState`. */
  | { do: 'pausePlayback'; playbackId: PlaybackId; paused: boolean }
  /** Then `playbackMoved`. `relative`: to where it is. `durationMs`: its end, if that is known. */
  | {
      do: 'seek'
      playbackId: PlaybackId
      positionMs: number
      relative: boolean
      durationMs: number | null
    }

/** What the media has done, or what has happened to it. */
export type MediaReport =
  | { type: 'recordingStarted'; recordingId: RecordingId }
  | { type: 'recordingPaused'; recordingId: RecordingId; paused: boolean }
  | { type: 'streamStarted'; streamId: StreamId; url: string }
  /** `trouble`: what is wrong while its server is away and tried again; null: it has it back. */
  | { type: 'streamConnection'; streamId: StreamId; trouble: string | null }
  /**
   * A recording or stream was closed: stopped before, or ended by itself with this `error`. `durationMs`: without
   * pauses; null: unknown.
   */
  | { type: 'outputEnded'; outputId: OutputId; durationMs: number | null; error: string | null }
  | { type: 'playbackStarted'; playbackId: PlaybackId; request: PlayRequest; info: PlayerInfo }
  | { type: 'playbackState'; playbackId: PlaybackId; state: 'playing' | 'paused'; positionMs: number }
  /** `tell`: it was asked to; else it is only the true position. */
  | { type: 'playbackMoved'; playbackId: PlaybackId; positionMs: number; tell: boolean }
  /** It ended by itself; `error` null: at its end. */
  | { type: 'playbackEnded'; playbackId: PlaybackId; positionMs: number | null; error: string | null }

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
      /** Set if it was in the room before, in a life of the server or of the room that is over. */
      restored?: Snapshot | undefined
    }
  /** A call beside somebody's main one was answered: a shared screen, a further camera or microphone. */
  | {
      type: 'joinChild'
      memberId: MemberId
      callId: CallId
      request: ChildRequest
      sendsAudio: boolean
      sendsVideo: boolean
    }
  /**
   * A participant is told everything anew, the others nothing: a page that was reloaded took up its call again,
   * or a new call took the place of the old one. `sends` is what a call that was just answered sends; it is
   * with this call that a promotion takes effect. null: no call was answered.
   */
  | {
      type: 'rejoin'
      memberId: MemberId
      callId: CallId
      sends: { audio: boolean; video: boolean } | null
    }
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
  | MediaReport

/** Who gives a command: a member, or the server itself. */
export type Actor = { kind: 'member'; memberId: MemberId } | { kind: 'system' }

/**
 * Whom an event goes to. `everyone` is every member and audience participant of the session; `some` are those who
 * have the permission to see what it tells of.
 */
export type Recipients =
  | { to: 'everyone' }
  | { to: 'member'; memberId: MemberId }
  | { to: 'others'; memberId: MemberId }
  | { to: 'some'; memberIds: readonly MemberId[] }

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
  | { kind: 'media.stopOutput'; outputId: OutputId }
  | { kind: 'media.playerVolume'; playbackId: PlaybackId; volumeDb: number }
  | { kind: 'media.closePlayer'; playbackId: PlaybackId }
  | { kind: 'media.tone'; tone: RoomTone }
  /** To be done with the media, outside of the room; the answer to a request waits for it. */
  | { kind: 'task'; task: MediaTask }
  /**
   * The participant is something else now (`demote`), or will be as soon as it calls anew (`promote`): its
   * client is to be told so, with its new authorization, and will call anew.
   */
  | { kind: 'role'; memberId: MemberId; role: Role }
  /** End every call of this member; it has left the room already. */
  | { kind: 'hangup'; memberId: MemberId; cause: HangupCause }
  /** Digits for the session's log. */
  | { kind: 'digits'; memberId: MemberId; digits: string }
  /** Call `tick` at this time; replaces an earlier wish. null: nothing to wait for. */
  | { kind: 'wake'; atMs: number | null }
  /** The last participant is gone, or the session was ended: nothing more will happen here. */
  | { kind: 'ended' }

export type RoomOutcome =
  /** `result` is the body of the reply to a request (with `code: "200"`); null for other commands. */
  | { ok: true; result: Record<string, unknown> | null; effects: Effect[] }
  /** Nothing has changed. */
  | { ok: false; error: RoomError }

/** What was started in a session, in that order: all that run, and the latest that have ended. */
export type SessionObjects = {
  recordings: VideoRecording[]
  streams: VideoStream[]
  playbacks: VideoPlayback[]
}

/**
 * A room: members, permissions, layouts, metadata and time limits as a pure state machine. No sockets, no
 * timers, no packets. Implemented by `Room`.
 */
export interface RoomCore {
  readonly roomSessionId: RoomSessionId
  readonly settings: RoomSettings
  /** Whether `join` would be accepted now; asked before the SDP is answered. */
  checkJoin(joiner: Joiner, nowMs: number, restored?: Snapshot): RoomError | null
  /** The same for a screen or device. */
  checkJoinChild(request: ChildRequest): RoomError | null
  handle(command: RoomCommand, actor: Actor, nowMs: number): RoomOutcome
  /** Everything the media must be told to build this room anew, e.g. after a media process died. */
  mediaState(): Extract<Effect, { kind: `media.${string}` }>[]
  permissionsOf(memberId: MemberId): readonly Permission[]
  /** Positions of playbacks are those at `nowMs`. */
  objects(nowMs: number): SessionObjects
  /** The session as events show it, with all its members and all that runs. */
  view(): VideoRoomSession
  typeOf(memberId: MemberId): MemberType | undefined
  /** What is to be there again if the server ends; the layout is that without screens and playbacks. */
  lasting(): LastingState
  /** What to restore of a member or audience participant; undefined for screens, devices and strangers. */
  snapshotOf(memberId: MemberId): Snapshot | undefined
  /** Members and audience participants. */
  readonly participantCount: number
}
