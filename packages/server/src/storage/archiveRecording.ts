import type { Clock } from '../lib/Clock.ts'
import type { RecordingRecord, RecordingRepository } from '../store/index.ts'
import type { RecordingStorage } from './types.ts'

export type ArchiveDependencies = {
  recordings: RecordingRepository
  storage: RecordingStorage
  clock: Clock
  /** Breaks it off; the record then stays as it was. */
  signal?: AbortSignal
}

/**
 * Brings the file of a complete recording to where it stays, and changes its record. Rejects if that is not possible:
 * file and record are as they were then. Gives the record; null: it was deleted meanwhile.
 */
export async function archiveRecording(
  recording: RecordingRecord,
  { recordings, storage, clock, signal }: ArchiveDependencies,
): Promise<RecordingRecord | null> {
  const { id, projectId } = recording
  const path = await storage.keep(recording, signal)
  signal?.throwIfAborted()
  if (path === recording.path) return recording
  const moved = await recordings.update(projectId, id, { path, updatedAtMs: clock.nowMs() })
  if (moved === null) await storage.delete({ ...recording, path })
  await storage.forget(recording.path)
  return moved
}
