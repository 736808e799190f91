import type { Logger } from 'pino'
import type { Clock } from '../lib/Clock.ts'
import type { RecordingRecord, RecordingRepository } from '../store/index.ts'
import type { RecordingStorage } from './types.ts'

export type ArchiveDependencies = {
  recordings: RecordingRepository
  storage: RecordingStorage
  clock: Clock
  logger: Logger
}

/**
 * Brings the file of a complete recording to where it stays, and changes its record. A file that cannot be moved
 * stays where it is: that is logged, and no reason to reject. Gives the record; null: it was deleted meanwhile.
 */
export async function archiveRecording(
  recording: RecordingRecord,
  { recordings, storage, clock, logger }: ArchiveDependencies,
): Promise<RecordingRecord | null> {
  const { id, projectId } = recording
  let path: string
  try {
    path = await storage.keep(recording)
  } catch (error) {
    logger.error({ err: error, recordingId: id }, 'A recording stays on this machine: moving it failed')
    return recording
  }
  if (path === recording.path) return recording
  const moved = await recordings.update(projectId, id, { path, updatedAtMs: clock.nowMs() })
  if (moved === null) await storage.delete({ ...recording, path })
  await storage.forget(recording.path)
  return moved
}
