import type { ProjectId, RecordingId, RoomSessionId, StreamId } from '@roomful/protocol'
import type { Clock } from '../lib/Clock.ts'
import type { OutputJournal } from '../service/outputs/OutputJournal.ts'
import type { RecordingRecord, SessionStreamRecord, Store } from '../store/index.ts'
import type { RecordingCompletions } from './RecordingCompletions.ts'
import type { Write } from './WriteQueue.ts'

type Told<K extends keyof OutputJournal> = Parameters<OutputJournal[K]>
type Output = { sessionId: RoomSessionId; projectId: ProjectId }

export type OutputRecordsOptions = {
  store: Store
  clock: Clock
  completions: RecordingCompletions
  /** Writes in the order of the session; resolves when that is done, or was given up. */
  write: (sessionId: RoomSessionId, write: Write) => Promise<boolean>
}

/** Takes down what becomes of recordings and streams, also after their session is over. */
export class OutputRecords implements OutputJournal {
  readonly #options: OutputRecordsOptions
  /** Those that have not ended. */
  readonly #outputs = new Map<string, Output>()

  constructor(options: OutputRecordsOptions) {
    this.#options = options
  }

  recordingStarted({ recordingId, path, startedAtMs, ...where }: Told<'recordingStarted'>[0]): void {
    const output = this.#begin(recordingId, where)
    const recording: RecordingRecord = {
      ...{ id: recordingId, ...output, status: 'recording', startedAtMs, finishedAtMs: null },
      ...{ durationMs: null, sizeBytes: null, format: 'video/mp4', path, error: null },
      ...{ createdAtMs: startedAtMs, updatedAtMs: startedAtMs },
    }
    this.#write(output, ({ recordings }) => recordings.create(recording))
  }

  recordingChanged(recordingId: RecordingId, status: Told<'recordingChanged'>[1]): void {
    const output = this.#outputs.get(recordingId)
    if (output === undefined) return
    const patch = { status, updatedAtMs: this.#options.clock.nowMs() }
    this.#write(output, ({ recordings }) => recordings.update(output.projectId, recordingId, patch))
  }

  recordingEnded(recordingId: RecordingId, { endedAtMs, ...end }: Told<'recordingEnded'>[1]): void {
    const output = this.#end(recordingId)
    if (output === undefined) return
    const { store, completions, write } = this.#options
    const { projectId, sessionId } = output
    const patch = { ...end, status: 'processing', finishedAtMs: endedAtMs, updatedAtMs: endedAtMs } as const
    completions.add(recordingId, async () => {
      const isWritten = await write(sessionId, ({ recordings }) =>
        recordings.update(projectId, recordingId, patch),
      )
      // Else the next start finds it as it was.
      return isWritten ? store.recordings.find(projectId, recordingId) : null
    })
  }

  streamStarted({ streamId, orderId, url, startedAtMs, ...where }: Told<'streamStarted'>[0]): void {
    const output = this.#begin(streamId, where)
    const stream: SessionStreamRecord = {
      ...{ id: streamId, ...output, streamId: orderId, url, status: 'streaming', startedAtMs },
      ...{ endedAtMs: null, error: null },
    }
    this.#write(output, ({ sessionStreams }) => sessionStreams.start(stream))
  }

  streamEnded(streamId: StreamId, { endedAtMs, error }: Told<'streamEnded'>[1]): void {
    const output = this.#end(streamId)
    if (output !== undefined) {
      this.#write(output, ({ sessionStreams }) => sessionStreams.end(streamId, endedAtMs, error))
    }
  }

  #begin(
    id: string,
    { projectId, roomSessionId }: { projectId: ProjectId; roomSessionId: RoomSessionId },
  ): Output {
    const output = { projectId, sessionId: roomSessionId }
    this.#outputs.set(id, output)
    return output
  }

  #end(id: string): Output | undefined {
    const output = this.#outputs.get(id)
    this.#outputs.delete(id)
    return output
  }

  #write({ sessionId }: Output, write: Write): void {
    void this.#options.write(sessionId, write)
  }
}
