import type {
  ActiveSessionResource,
  ListedRoomSessionResource,
  RoomSessionMemberResource,
  RoomSessionResource,
} from '@roomful/protocol/rest'
import type { RoomId } from '@roomful/protocol'
import type { SessionMemberRecord, SessionRecord } from '../../store/index.ts'
import type { RestContext } from '../context.ts'
import { secondsBetween, toIsoTime, toIsoTimeOrNull } from './time.ts'

function commonFields(session: SessionRecord, { rooms }: Pick<RestContext, 'rooms'>) {
  const isRunning = session.status === 'in-progress'
  return {
    id: session.id,
    name: session.name,
    display_name: session.displayName,
    max_members: session.maxMembers,
    quality: session.quality,
    fps: session.fps,
    join_from: toIsoTimeOrNull(session.joinFromMs),
    join_until: toIsoTimeOrNull(session.joinUntilMs),
    remove_at: toIsoTimeOrNull(session.removeAtMs),
    remove_after_seconds_elapsed: session.removeAfterSeconds,
    layout: session.layout,
    record_on_start: session.recordOnStart,
    start_time: toIsoTime(session.startedAtMs),
    end_time: toIsoTimeOrNull(session.endedAtMs),
    duration: session.endedAtMs === null ? null : secondsBetween(session.startedAtMs, session.endedAtMs),
    status: session.status,
    preview_url: isRunning && session.enableRoomPreviews ? rooms.previewUrl(session) : null,
  }
}

export function toRoomSession(
  session: SessionRecord,
  context: Pick<RestContext, 'rooms'>,
): RoomSessionResource {
  return {
    ...commonFields(session, context),
    room_id: session.roomId,
    tone_on_entry_and_exit: session.toneOnEntryAndExit,
    room_join_video_off: session.roomJoinVideoOff,
    user_join_video_off: session.userJoinVideoOff,
    locked: session.locked,
    prioritize_handraise: session.prioritizeHandraise,
    sync_audio_video: session.syncAudioVideo,
    created_at: toIsoTime(session.createdAtMs),
    updated_at: toIsoTime(session.updatedAtMs),
  }
}

export function toListedRoomSession(
  session: SessionRecord,
  context: Pick<RestContext, 'rooms'>,
): ListedRoomSessionResource {
  return {
    ...toRoomSession(session, context),
    cost_in_dollars: 0,
    enable_room_previews: session.enableRoomPreviews,
    locked_cover: null,
  }
}

export function toActiveSession(
  roomId: RoomId,
  session: SessionRecord,
  context: Pick<RestContext, 'rooms'>,
): ActiveSessionResource {
  return {
    ...commonFields(session, context),
    room_id: roomId,
    enable_room_previews: session.enableRoomPreviews,
    audio_video_sync: session.syncAudioVideo,
  }
}

export function toRoomSessionMember(member: SessionMemberRecord, nowMs: number): RoomSessionMemberResource {
  return {
    id: member.id,
    room_session_id: member.sessionId,
    name: member.name,
    join_time: toIsoTime(member.joinedAtMs),
    leave_time: toIsoTimeOrNull(member.leftAtMs),
    duration: secondsBetween(member.joinedAtMs, member.leftAtMs ?? nowMs),
    cost_in_dollars: 0,
  }
}
