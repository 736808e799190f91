import type { RecordingResource } from '@roomful/protocol/rest'
import type { Page, RecordingRecord } from '../../store/index.ts'
import type { RestContext } from '../context.ts'
import { toIsoTime, toIsoTimeOrNull } from './time.ts'

export async function toRecording(
  recording: RecordingRecord,
  mediaTtlSeconds: number,
  { storage }: Pick<RestContext, 'storage'>,
): Promise<RecordingResource> {
  // One that failed at once is complete too, but there is nothing to be had.
  const hasFile = recording.status === 'completed' && recording.sizeBytes !== 0
  return {
    id: recording.id,
    room_session_id: recording.sessionId,
    status: recording.status,
    started_at: toIsoTime(recording.startedAtMs),
    finished_at: toIsoTimeOrNull(recording.finishedAtMs),
    duration: recording.durationMs === null ? null : Math.round(recording.durationMs / 1000),
    size_in_bytes: recording.sizeBytes,
    format: recording.format,
    cost_in_dollars: 0,
    uri: hasFile ? await storage.temporaryUrl(recording, mediaTtlSeconds) : null,
    created_at: toIsoTime(recording.createdAtMs),
    updated_at: toIsoTime(recording.updatedAtMs),
  }
}

export async function toRecordings(
  page: Page<RecordingRecord>,
  mediaTtlSeconds: number,
  context: Pick<RestContext, 'storage'>,
): Promise<Page<RecordingResource>> {
  const items = page.items.map((recording) => toRecording(recording, mediaTtlSeconds, context))
  return { ...page, items: await Promise.all(items) }
}
