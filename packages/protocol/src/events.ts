import type { Authorization } from './connect.ts'
import type { VideoLayout } from './layout.ts'
import type { MemberUpdatable, VideoMember } from './member.ts'
import type { VideoPlayback } from './playback.ts'
import type { VideoRecording } from './recording.ts'
import type { RoomUpdatable, VideoRoomSession } from './room.ts'
import type { VideoStream } from './stream.ts'

type InRoom = { room_id: string; room_session_id: string }

export type RoomSubscribedEvent = {
  call_id: string
  member_id: string
  room_session: VideoRoomSession
  /** The same as `room_session`: the stock client reads either. */
  room: VideoRoomSession
}
export type RoomChange = InRoom & { updated: RoomUpdatable[] } & Partial<VideoRoomSession>
export type RoomUpdatedEvent = InRoom & { room: RoomChange; room_session: RoomChange & { id: string } }
export type RoomLifeEvent = InRoom & { room: VideoRoomSession; room_session: VideoRoomSession }
export type MemberEvent = InRoom & { member: VideoMember }
export type MemberUpdatedEvent = InRoom & { member: VideoMember & { updated: MemberUpdatable[] } }
export type MemberTalkingEvent = InRoom & { member: InRoom & { id: string; talking: boolean } }
export type MemberRoleEvent = InRoom & { member_id: string; authorization: Authorization }
export type LayoutChangedEvent = InRoom & { layout: VideoLayout }
export type RecordingEvent = InRoom & { recording: VideoRecording }
export type PlaybackEvent = InRoom & { playback: VideoPlayback }
export type StreamEvent = InRoom & { stream: VideoStream }
export type AudienceCountEvent = InRoom & { total: number }
/** Roomful's own event: the original defines none for the digits of `sendDigits`. `digits`: 1 to 100 of `0-9A-D*#`. */
export type DigitsEvent = InRoom & { member_id: string; digits: string }

/** `event_type` to the event's own `params`: what the server sends in a `signalwire.event`. */
export type ServerEvents = {
  'video.room.subscribed': RoomSubscribedEvent
  'video.room.started': RoomLifeEvent
  'video.room.updated': RoomUpdatedEvent
  'video.room.ended': RoomLifeEvent
  'video.room.audience_count': AudienceCountEvent
  'video.room.digits': DigitsEvent
  'video.member.joined': MemberEvent
  'video.member.updated': MemberUpdatedEvent
  'video.member.left': MemberEvent
  'video.member.talking': MemberTalkingEvent
  'video.member.promoted': MemberRoleEvent
  'video.member.demoted': MemberRoleEvent
  'video.layout.changed': LayoutChangedEvent
  'video.recording.started': RecordingEvent
  'video.recording.updated': RecordingEvent
  'video.recording.ended': RecordingEvent
  'video.playback.started': PlaybackEvent
  'video.playback.updated': PlaybackEvent
  'video.playback.ended': PlaybackEvent
  'video.stream.started': StreamEvent
  /** Roomful's own event: the original has none. The stream lost its server, or has it again. */
  'video.stream.updated': StreamEvent
  'video.stream.ended': StreamEvent
}
export type ServerEventType = keyof ServerEvents
