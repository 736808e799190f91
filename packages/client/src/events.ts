import type {
  AudienceCountEvent,
  DigitsEvent,
  LayoutChangedEvent,
  MemberEvent,
  MemberRoleEvent,
  MemberTalkingEvent,
  MemberUpdatable,
  MemberUpdatedEvent,
  RoomLifeEvent,
  RoomSubscribedEvent,
  RoomUpdatedEvent,
  VideoMember,
  VideoRoomSession,
} from '@roomful/protocol'
import type { RoomSessionError } from './errors.ts'
import type { DeviceInfo } from './media/LocalMedia.ts'
import type { RunningObjects } from './objects/SessionObjects.ts'
import type { RoomSessionPlayback } from './RoomSessionPlayback.ts'
import type { RoomSessionRecording } from './RoomSessionRecording.ts'
import type { RoomSessionStream } from './RoomSessionStream.ts'

/** As the server tells it, with objects for what runs in the room. */
export type RoomJoinedEvent = Omit<RoomSubscribedEvent, 'room_session' | 'room'> & {
  room_session: Omit<VideoRoomSession, keyof RunningObjects> & RunningObjects
  /** The same as `room_session`. */
  room: Omit<VideoRoomSession, keyof RunningObjects> & RunningObjects
}

export type MemberListUpdatedEvent = {
  /** Everybody in the room, with all present values. */
  members: VideoMember[]
}

export type DeviceUpdatedEvent = { previous: DeviceInfo; current: DeviceInfo }

/** `RECONNECTION_ATTEMPT_TIMEOUT`: the connection was lost and could not be restored. */
export type LeaveReason = 'RECONNECTION_ATTEMPT_TIMEOUT'

export type RoomLeftEvent = {
  reason?: LeaveReason
  /** Why the server ended the call, e.g. `NORMAL_CLEARING` or `REJECT_ALL`; absent after `leave()`. */
  cause?: string
  /** The same as a number, e.g. 16 or 825. */
  causeCode?: number
  /** With a reason: what was tried, and why it failed, in words. */
  message?: string
}

export type MediaDisconnectedEvent = {
  /** What was tried, in words: candidates of both sides, states of ICE and DTLS, and what may help. */
  reason: string
}

type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name

type MemberPropertyEvents = {
  [Name in MemberUpdatable as `member.updated.${Name | CamelCase<Name>}`]: [event: MemberUpdatedEvent]
}

/** Events of the media and the devices of a call: those of a room, of a screen and of a device. */
export type CallEvents = Pick<
  RoomSessionEvents,
  | 'room.left'
  | `media.${'connected' | 'reconnecting' | 'disconnected'}`
  | `camera.${'updated' | 'disconnected'}`
  | `microphone.${'updated' | 'disconnected'}`
  | 'device.failed'
>

/** Event names of a {@link RoomSession} and the arguments of their handlers. */
export type RoomSessionEvents = {
  /** Fires when this client has joined; also when it had to join anew after the server lost the session. */
  'room.joined': [event: RoomJoinedEvent]
  /** Fires with `room.joined`, just before it. */
  'room.subscribed': [event: RoomSubscribedEvent]
  /** Fires once, when this client is out of the room, whatever the reason. */
  'room.left': [event: RoomLeftEvent]
  /** Fires when the session begins with its first member. */
  'room.started': [event: RoomLifeEvent]
  /** Fires when a property of the room changes; `room.updated` lists which. */
  'room.updated': [event: RoomUpdatedEvent]
  /** Fires when the session ends. */
  'room.ended': [event: RoomLifeEvent]
  /** Fires when somebody sends DTMF digits with `sendDigits()`. */
  'room.digits': [event: DigitsEvent]
  /** Fires when the number of audience participants changes. */
  'room.audience_count': [event: AudienceCountEvent]
  /** The same as `room.audience_count`. */
  'room.audienceCount': [event: AudienceCountEvent]

  /** Fires when somebody else joins (a member, a screen or a device). */
  'member.joined': [event: MemberEvent]
  /** Fires when somebody else leaves. */
  'member.left': [event: MemberEvent]
  /** Fires once for each change of a member, with all its values; `member.updated` lists what changed. */
  'member.updated': [event: MemberUpdatedEvent]
  /** Fires when a member starts or stops to talk. */
  'member.talking': [event: MemberTalkingEvent]
  /** Fires when a member starts to talk. */
  'member.talking.started': [event: MemberTalkingEvent]
  /** Fires when a member stops talking. */
  'member.talking.ended': [event: MemberTalkingEvent]
  /** @deprecated The same as `member.talking.started`. */
  'member.talking.start': [event: MemberTalkingEvent]
  /** @deprecated The same as `member.talking.ended`. */
  'member.talking.stop': [event: MemberTalkingEvent]
  /** Fires when this client was promoted from audience to member. */
  'member.promoted': [event: MemberRoleEvent]
  /** Fires when this client was demoted from member to audience. */
  'member.demoted': [event: MemberRoleEvent]
  /** Fires when the set of members or a property of one of them changes. */
  'memberList.updated': [event: MemberListUpdatedEvent]

  /** Fires when the layout changes, or who is where in it. */
  'layout.changed': [event: LayoutChangedEvent]

  /** Fires when a recording starts. Needs `room.recording`, as the other events of recordings do. */
  'recording.started': [recording: RoomSessionRecording]
  /** Fires when a recording is paused or resumed. */
  'recording.updated': [recording: RoomSessionRecording]
  /** Fires when a recording ends; if it did so by itself, its `error` says why. */
  'recording.ended': [recording: RoomSessionRecording]

  /** Fires when something is played into the room. Needs `room.playback`, as the other events of playbacks do. */
  'playback.started': [playback: RoomSessionPlayback]
  /** Fires when a playback is paused, resumed, moved or made louder or quieter. */
  'playback.updated': [playback: RoomSessionPlayback]
  /** Fires when a playback ends; if it could not go on, its `error` says why. */
  'playback.ended': [playback: RoomSessionPlayback]

  /** Fires when the room is streamed to a server. Needs `room.stream`, as the other events of streams do. */
  'stream.started': [stream: RoomSessionStream]
  /** Fires when a stream loses its server and when it has it back; see its `connection`. */
  'stream.updated': [stream: RoomSessionStream]
  /** Fires when a stream ends; if it did so by itself, its `error` says why. */
  'stream.ended': [stream: RoomSessionStream]

  /** Fires when media flows, at first and after each interruption. */
  'media.connected': []
  /** Fires when media was interrupted and is being restored. */
  'media.reconnecting': []
  /** Fires when media is found to be interrupted, and when the room is left. */
  'media.disconnected': [event?: MediaDisconnectedEvent]
  /** Fires when the browser does not let sound or picture play before the user does something. */
  'media.blocked': [event: { kind: 'audio' | 'video' }]
  /** Fires when blocked sound or picture plays. */
  'media.unblocked': [event: { kind: 'audio' | 'video' }]
  /** Fires with `media.blocked` of kind audio: show a button that calls `resumeAudio()`. */
  'audio.blocked': []
  /** Fires with `media.unblocked` of kind audio. */
  'audio.unblocked': []
  /** Fires for each track that is received. */
  track: [event: RTCTrackEvent]

  /** Fires when the camera was replaced by `updateCamera()` or `setLocalStream()`. */
  'camera.updated': [event: DeviceUpdatedEvent]
  /** Fires when the camera was unplugged or taken away. Muting does not fire it. */
  'camera.disconnected': [event: DeviceInfo]
  /** Fires when the microphone was replaced by `updateMicrophone()` or `setLocalStream()`. */
  'microphone.updated': [event: DeviceUpdatedEvent]
  /** Fires when the microphone was unplugged or taken away. Muting does not fire it. */
  'microphone.disconnected': [event: DeviceInfo]
  /** Fires when the speaker was replaced by `updateSpeaker()`. */
  'speaker.updated': [event: DeviceUpdatedEvent]
  /** Fires when the chosen speaker was unplugged; sound goes on at the default one. */
  'speaker.disconnected': [event: DeviceInfo]
  /** Fires when a camera or microphone could not be opened again after a mute. */
  'device.failed': [event: { kind: 'camera' | 'microphone'; error: RoomSessionError }]
} & MemberPropertyEvents
