import type { MediaFormat } from '../mediaUnits.ts'

/** Messages between a media process and one of its recorders (Node IPC, `serialization: 'advanced'`). */

/** A unit on its way into a file. */
export type FileUnit = {
  kind: 'video' | 'audio'
  data: Uint8Array
  isKey: boolean
  /** Milliseconds since the file began. */
  timeMs: number
  durationMs: number
}

export type ToRecorder =
  | { type: 'open'; path: string; format: MediaFormat; maxSizeBytes: number | null }
  | { type: 'units'; units: FileUnit[] }
  /** The last message: the file is made whole and the process ends. */
  | { type: 'finish' }

export type FileProgress = { durationMs: number; sizeBytes: number }

export type FromRecorder =
  | { type: 'opened' }
  /** After each `units`. */
  | ({ type: 'written' } & FileProgress)
  /** The last message. `error`: why it could not go on, or could not even open the file. */
  | ({ type: 'ended'; error: string | null } & FileProgress)
