import type {
  LayoutName,
  MemberId,
  MemberType,
  Meta,
  ProjectId,
  RoomFps,
  RoomId,
  RoomQuality,
  RoomSessionId,
} from '@roomful/protocol'

/** What the store keeps. Times are unix milliseconds, ids are chosen by who creates the record. */

/** Rooms, keys, tokens and records of one project are invisible to every other. */
export type ProjectRecord = {
  id: ProjectId
  name: string
  createdAtMs: number
}

/** A credential of the REST API. The token itself is shown once, when it is made, and never kept. */
export type ApiKeyRecord = {
  id: string
  projectId: ProjectId
  /** What its owner calls it. */
  name: string
  /** First characters of the token, by which people tell their keys apart. */
  prefix: string
  /** SHA-256 of the token, lower-case hex. Tokens are random, so nothing slower is needed. */
  tokenHash: string
  scopes: string[]
  createdAtMs: number
  lastUsedAtMs: number | null
  revokedAtMs: number | null
}

/** A key that signs room tokens. The newest without an end signs; all that have not expired verify. */
export type TokenSecretRecord = {
  id: string
  projectId: ProjectId
  secret: string
  createdAtMs: number
  /** From then on tokens that it signed are void; null: it is the present one. */
  expiresAtMs: number | null
}

type TimeLimits = {
  /** null: no limit. */
  joinFromMs: number | null
  joinUntilMs: number | null
  removeAtMs: number | null
  removeAfterSeconds: number | null
}

/** What a room and a session of it have in common. */
type RoomProperties = TimeLimits & {
  /** Letters, digits, `_` and `-`, at most 100. */
  name: string
  displayName: string
  maxMembers: number
  quality: RoomQuality
  fps: RoomFps
  /** With which a session begins. */
  layout: LayoutName
  meta: Meta
  recordOnStart: boolean
  toneOnEntryAndExit: boolean
  roomJoinVideoOff: boolean
  userJoinVideoOff: boolean
  enableRoomPreviews: boolean
  prioritizeHandraise: boolean
  /** null: as the server does it by itself. */
  syncAudioVideo: boolean | null
}

/** A room, or a conference: the name is unique among both. */
export type RoomRecord = RoomProperties & {
  id: RoomId
  projectId: ProjectId
  description: string | null
  /** Made by a token that named it: it goes when its session ends. */
  autoCreated: boolean
  /** null for plain rooms. */
  conference: ConferenceProperties | null
  createdAtMs: number
  updatedAtMs: number
}

export type ConferenceColors = {
  primary: string
  background: string
  foreground: string
  success: string
  negative: string
}

export type ConferenceProperties = {
  size: 'small' | 'medium' | 'large'
  enableChat: boolean
  /** `#RRGGBB` each. */
  dark: ConferenceColors
  light: ConferenceColors
}

/** A room with a ready-made user interface. */
export type ConferenceRecord = RoomRecord & { conference: ConferenceProperties }

export type ConferenceTokenRecord = {
  id: string
  projectId: ProjectId
  conferenceId: RoomId
  /** `moderator` or `guest`. */
  name: string
  /** `vpt_` and 32 hexadecimal digits; unique. */
  token: string
  scopes: string[]
  createdAtMs: number
  updatedAtMs: number
}

/** What commands change in a running session; it comes back with the session after a crash. */
export type SessionFlags = {
  locked: boolean
  /** `layout` of the record stays the one it began with. */
  currentLayout: LayoutName
  hideVideoMuted: boolean
  prioritizeHandraise: boolean
  meta: Meta
}

/** One session of a room. */
export type SessionRecord = RoomProperties &
  SessionFlags & {
    id: RoomSessionId
    projectId: ProjectId
    /** null: the room has been deleted. */
    roomId: RoomId | null
    isConference: boolean
    status: SessionStatus
    startedAtMs: number
    endedAtMs: number | null
    /** The server that runs it. */
    ownerId: string
    /** When its server last said that it runs: the end of a session whose server died. */
    lastAliveAtMs: number
    createdAtMs: number
    updatedAtMs: number
    /** Deleted from the log; null: not. */
    discardedAtMs: number | null
  }
export type SessionStatus = 'in-progress' | 'completed'

/** A member, audience participant, screen or device of a session. */
export type SessionMemberRecord = {
  id: MemberId
  projectId: ProjectId
  sessionId: RoomSessionId
  name: string
  type: MemberType
  /** Owner of a screen or device. */
  parentId: MemberId | null
  joinedAtMs: number
  leftAtMs: number | null
}

export type SessionEventRecord = {
  id: string
  projectId: ProjectId
  roomId: RoomId | null
  sessionId: RoomSessionId
  recordingId: string | null
  memberId: MemberId | null
  level: 'info' | 'warn' | 'error'
  /** Of the client's event without `video.`, e.g. `member.joined`. */
  name: string
  payload: Record<string, unknown>
  createdAtMs: number
}

export type RecordingStatus = 'recording' | 'paused' | 'processing' | 'completed'

export type RecordingRecord = {
  id: string
  projectId: ProjectId
  sessionId: RoomSessionId
  status: RecordingStatus
  startedAtMs: number
  finishedAtMs: number | null
  /** Without pauses. */
  durationMs: number | null
  sizeBytes: number | null
  format: 'video/mp4'
  /** The file. */
  path: string
  /** Why it ended by itself; null: it did not. */
  error: string | null
  createdAtMs: number
  updatedAtMs: number
}

/** A standing order of a room or conference: each session is pushed there from its start. */
export type StreamRecord = {
  id: string
  projectId: ProjectId
  roomId: RoomId
  /** `rtmp://` or `rtmps://`, with its key: not for logs. */
  url: string
  createdAtMs: number
  updatedAtMs: number
}

/** A push of a session, by a standing order or `startStream`. */
export type SessionStreamRecord = {
  id: string
  projectId: ProjectId
  sessionId: RoomSessionId
  /** The standing order; null: somebody in the room started it. */
  streamId: string | null
  url: string
  status: 'streaming' | 'completed'
  startedAtMs: number
  endedAtMs: number | null
  /** Why it ended by itself; null: it did not. */
  error: string | null
}

export type WebhookRecord = {
  id: string
  projectId: ProjectId
  url: string
  /** Signs what is sent. */
  secret: string
  /** Names of the events wanted, e.g. `room.started`; empty: all. */
  events: string[]
  enabled: boolean
  createdAtMs: number
  updatedAtMs: number
}

/** One event on its way to one endpoint. */
export type WebhookDeliveryRecord = {
  id: string
  projectId: ProjectId
  webhookId: string
  eventName: string
  payload: Record<string, unknown>
  /** Attempts made or begun. */
  attempts: number
  /** null: delivered, or given up. */
  nextAttemptAtMs: number | null
  deliveredAtMs: number | null
  /** Given up. */
  failedAtMs: number | null
  /** HTTP status of the last attempt; null: none came. */
  lastStatus: number | null
  lastError: string | null
  createdAtMs: number
}
