import type { Clock } from '../lib/Clock.ts'
import type { RecordingRecord, Store } from '../store/index.ts'

/** What has to do with the files of recordings. */
export type RecordingKeeper = {
  /** Length and size of a file, whether or not it was closed; null: there is none, or nothing is in it. */
  probe(path: string): Promise<{ durationMs: number; sizeBytes: number } | null>
  /**
   * Takes over the file of a recording that is complete, e.g. to another place, and changes the `path` of its
   * record then. null: it stays where it is.
   */
  archive: ((recording: RecordingRecord) => Promise<unknown>) | null
}

/** A recording has ended: fills in what is not known of its file, and lets it be taken over. */
export async function completeRecording(
  recording: RecordingRecord,
  { store, clock, keeper }: { store: Store; clock: Clock; keeper: RecordingKeeper },
): Promise<void> {
  const { projectId, id, path } = recording
  let { durationMs, sizeBytes, error, finishedAtMs } = recording
  if (durationMs === null || sizeBytes === null) {
    const file = await keeper.probe(path)
    durationMs = file?.durationMs ?? 0
    sizeBytes = file?.sizeBytes ?? 0
    if (file === null) error ??= 'There is no file, or nothing in it'
    // After a crash its end is known by the last heartbeat alone; the file knows better.
    if (finishedAtMs !== null)
      finishedAtMs = Math.max(finishedAtMs, recording.startedAtMs + Math.ceil(durationMs))
  }
  const patch = { durationMs, sizeBytes, error, finishedAtMs, updatedAtMs: clock.nowMs() }
  const isEmpty = sizeBytes === 0
  // Complete before it is moved: should the server end meanwhile, it can still be had where it is.
  const record = await store.recordings.update(projectId, id, { ...patch, status: 'completed' })
  if (record !== null && !isEmpty) await keeper.archive?.(record)
}
