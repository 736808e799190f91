import type { RecordingRecord } from '../store/index.ts'

export type StoredRecording = Pick<RecordingRecord, 'id' | 'projectId' | 'path'>

/** Where the files of recordings are once they are complete. */
export interface RecordingStorage {
  /**
   * Takes over a complete file: resolves with the `path` that its record has from then on. The file that was
   * there before may be removed by `forget` once the record says so. `signal` breaks it off.
   */
  keep(recording: StoredRecording, signal?: AbortSignal): Promise<string>
  /** Removes what `keep` has left behind at the former path. */
  forget(formerPath: string): Promise<void>
  /** A link that anybody can read the file by, for so many seconds. */
  temporaryUrl(recording: StoredRecording, ttlSeconds: number): Promise<string>
  /** Removes the file. One that is not there is no error. */
  delete(recording: StoredRecording): Promise<void>
}
