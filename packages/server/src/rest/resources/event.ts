import type { EventResource } from '@roomful/protocol/rest'
import type { SessionEventRecord } from '../../store/index.ts'
import { toIsoTime } from './time.ts'

export function toEvent(event: SessionEventRecord): EventResource {
  return {
    id: event.id,
    project_id: event.projectId,
    room_id: event.roomId,
    room_session_id: event.sessionId,
    ...(event.recordingId !== null && { room_recording_id: event.recordingId }),
    ...(event.memberId !== null && { room_participant_id: event.memberId }),
    level: event.level,
    name: event.name,
    payload: event.payload,
    created_at: toIsoTime(event.createdAtMs),
  }
}
