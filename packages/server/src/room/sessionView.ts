import type { Permission, VideoRoomSession } from '@roomful/protocol'
import { eventChannelOf } from './eventChannel.ts'
import type { RoomState } from './RoomState.ts'
import type { SessionObjects } from './types.ts'

/** What was started in the session; positions of playbacks are those at `nowMs`. */
export function objectsOf(state: RoomState, nowMs: number): SessionObjects {
  const { inRoom } = state
  return {
    recordings: state.recordings.all.map((recording) => recording.view(inRoom)),
    streams: state.streams.all.map((stream) => stream.view(inRoom)),
    playbacks: state.playbacks.all.map((playback) => playback.view(inRoom, nowMs)),
  }
}

/** The `room_session` object of events for everybody: what not everybody may see is left out. */
export function publicView(state: RoomState): VideoRoomSession {
  const { settings, flags, roomSessionId } = state
  return {
    id: roomSessionId,
    room_session_id: roomSessionId,
    room_id: settings.roomId,
    project_id: settings.projectId,
    event_channel: eventChannelOf(roomSessionId),
    name: settings.name,
    display_name: settings.displayName,
    recording: flags.recording,
    streaming: flags.streaming,
    hide_video_muted: flags.hideVideoMuted,
    locked: flags.locked,
    prioritize_handraise: flags.prioritizeHandraise,
    layout_name: flags.layoutName,
    meta: flags.meta,
    logos_visible: true,
    blind_mode: false,
    silent_mode: false,
    // The original's word for a room without tones.
    meeting_mode: !settings.toneOnEntryAndExit,
    audience_count: state.audience.size,
    ...(state.previewUrl !== null && { preview_url: state.previewUrl }),
    members: Array.from(state.members.values(), (member) => state.memberView(member)),
    recordings: [],
    playbacks: [],
    streams: [],
  }
}

/** The same for somebody with these permissions, with what runs. */
export function viewFor(
  state: RoomState,
  permissions: ReadonlySet<Permission>,
  nowMs: number,
): VideoRoomSession {
  const { recordings, playbacks, streams } = objectsOf(state, nowMs)
  const runs = (object: { state: string }): boolean => object.state !== 'completed'
  return {
    ...publicView(state),
    ...(permissions.has('room.recording') && { recordings: recordings.filter(runs) }),
    ...(permissions.has('room.playback') && { playbacks: playbacks.filter(runs) }),
    ...(permissions.has('room.stream') && { streams: streams.filter(runs) }),
  }
}
