import type { ProjectId, RecordingId, RoomId, RoomSessionId, StreamId } from '@roomful/protocol'

type InSession = { projectId: ProjectId; roomId: RoomId; roomSessionId: RoomSessionId }

/**
 * Told what becomes of every recording and stream, for whoever keeps records of them. Times are unix milliseconds.
 * Must not throw, and not wait.
 */
export interface OutputJournal {
  /** `path` of the file, absolute. */
  recordingStarted(
    recording: InSession & { recordingId: RecordingId; path: string; startedAtMs: number },
  ): void
  /** `processing`: it was stopped, its file is being closed. */
  recordingChanged(recordingId: RecordingId, state: 'recording' | 'paused' | 'processing'): void
  /**
   * Once for each that was started; the file will not change any more. `durationMs`, without pauses, and
   * `sizeBytes` are null if the media died before it could close the file: then both are to be read from it.
   */
  recordingEnded(
    recordingId: RecordingId,
    end: { endedAtMs: number; durationMs: number | null; sizeBytes: number | null; error: string | null },
  ): void
  /** `url` with its key: not for logs. `orderId` of the standing order; null: somebody in the room started it. */
  streamStarted(
    stream: InSession & { streamId: StreamId; orderId: string | null; url: string; startedAtMs: number },
  ): void
  streamEnded(streamId: StreamId, end: { endedAtMs: number; error: string | null }): void
}

export const noJournal: OutputJournal = {
  recordingStarted: () => {},
  recordingChanged: () => {},
  recordingEnded: () => {},
  streamStarted: () => {},
  streamEnded: () => {},
}
