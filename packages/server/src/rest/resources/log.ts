import type { DeletedLogResource, LiveLogResource } from '@roomful/protocol/rest'
import type { SessionRecord } from '../../store/index.ts'
import { toIsoTime, toIsoTimeOrNull } from './time.ts'

/** A session as the log shows it. `sessionUrl`: of the resource with everything about it. */
export function toLog(session: SessionRecord, sessionUrl: string): LiveLogResource | DeletedLogResource {
  if (session.discardedAtMs !== null) {
    return {
      id: session.id,
      discarded_at: toIsoTime(session.discardedAtMs),
      created_at: toIsoTime(session.createdAtMs),
    }
  }
  return {
    id: session.id,
    source: 'realtime_api',
    type: session.isConference ? 'video_conference_session' : 'video_room_session',
    url: sessionUrl,
    room_name: session.name,
    status: session.status,
    locked: session.locked,
    started_at: toIsoTime(session.startedAtMs),
    ended_at: toIsoTimeOrNull(session.endedAtMs),
    charge: 0,
    created_at: toIsoTime(session.createdAtMs),
    charge_details: [],
  }
}
