import type { Meta, VideoMember } from './member.ts'
import type { VideoPlayback } from './playback.ts'
import type { VideoRecording } from './recording.ts'
import type { VideoStream } from './stream.ts'

/** A running session of a room, as `video.room.subscribed` shows it. */
export type VideoRoomSession = {
  /** The same as `room_session_id`. */
  id: string
  room_session_id: string
  room_id: string
  project_id: string
  event_channel: string
  name: string
  display_name: string
  recording: boolean
  streaming: boolean
  hide_video_muted: boolean
  locked: boolean
  prioritize_handraise: boolean
  layout_name: string
  meta: Meta
  logos_visible: boolean
  blind_mode: boolean
  silent_mode: boolean
  meeting_mode: boolean
  audience_count: number
  preview_url?: string
  members: VideoMember[]
  /** What runs now; empty for those who may not see it. So are `playbacks` and `streams`. */
  recordings: VideoRecording[]
  playbacks: VideoPlayback[]
  streams: VideoStream[]
}

/** Entry of `updated` in `room.updated`. */
export type RoomUpdatable =
  'layout_name' | 'locked' | 'hide_video_muted' | 'prioritize_handraise' | 'meta' | 'recording' | 'streaming'

export const RoomQuality = { '720p': '720p', '1080p': '1080p' } as const
export type RoomQuality = (typeof RoomQuality)[keyof typeof RoomQuality]
export type RoomFps = 20 | 25 | 30
