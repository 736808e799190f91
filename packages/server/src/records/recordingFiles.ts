import type { Clock } from '../lib/Clock.ts'
import type { RecordingRecord, Repositories, Store } from '../store/index.ts'

/** Takes files of recordings that are complete to another place, and changes the `path` of their records then. */
export type RecordingArchive = {
  /** Notes down that the file is to be taken, in a way that outlives the server. Never rejects. */
  note(recording: RecordingRecord): Promise<void>
  /** The record says that it is complete: from now on the file may be taken. Nobody waits for that. */
  take(recording: RecordingRecord): void
}

/** What has to do with the files of recordings. */
export type RecordingKeeper = {
  /** Length and size of a file, whether or not it was closed; null: there is none, or nothing is in it. */
  probe(path: string): Promise<{ durationMs: number; sizeBytes: number } | null>
  /** null: files stay where they are. */
  archive: RecordingArchive | null
}

export type CompletionDependencies = {
  store: Pick<Store, 'transaction'>
  clock: Clock
  keeper: RecordingKeeper
}

/**
 * A recording has ended: fills in what is not known of its file, and lets it be taken over. `alsoWrite` takes part in
 * the transaction that makes it complete.
 */
export async function completeRecording(
  recording: RecordingRecord,
  { store, clock, keeper }: CompletionDependencies,
  alsoWrite: (to: Repositories, completed: RecordingRecord) => Promise<void> = async () => {},
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
  const archive = sizeBytes === 0 ? null : keeper.archive
  await archive?.note(recording)
  // Complete before it is moved: until then it can be had where it is.
  const completed = await store.transaction(async (to) => {
    const record = await to.recordings.update(projectId, id, { ...patch, status: 'completed' })
    if (record !== null) await alsoWrite(to, record)
    return record
  })
  if (completed !== null) archive?.take(completed)
}
