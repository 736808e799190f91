import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { RoomError, type RecordingId, type RecordingState } from '@roomful/protocol'
import { SerialQueue } from '../../lib/SerialQueue.ts'
import type { MediaRoom } from '../../media/MediaEngine.ts'
import { commit, type Asker } from '../Asker.ts'
import { inOrder } from '../inOrder.ts'
import { mediaDiedMessage, mediaTaskTimeoutMs } from '../mediaLimits.ts'
import type { RoomHost } from '../RoomHost.ts'
import type { OpenOutputs, OutputEnd } from './OpenOutputs.ts'
import type { OutputJournal } from './OutputJournal.ts'

/** Pauses and resumes of one recording that may wait. */
const queueLimit = 10

type Recording = {
  readonly recordingId: RecordingId
  readonly path: string
  /** Keeps pauses and resumes in the order they were asked for. */
  readonly queue: SerialQueue
  phase: 'starting' | 'running' | 'discarded'
  /** It ended before the room had it. */
  early: OutputEnd | null
  stoppedAtMs: number | null
}

export type RecordingFiles = { dir: string; maxSizeBytes: number | undefined }

/** The recordings of one room: their files, and what the media does for them. */
export class Recordings {
  readonly #host: RoomHost
  readonly #open: OpenOutputs
  readonly #files: RecordingFiles
  readonly #journal: OutputJournal
  /** Those that the room has, until their files are closed. */
  readonly #recordings = new Map<RecordingId, Recording>()
  /** Those that a media process took with it, until there is new media for them. */
  #interrupted = 0
  /** Media processes that have died. */
  #losses = 0

  constructor(host: RoomHost, open: OpenOutputs, journal: OutputJournal, files: RecordingFiles) {
    this.#host = host
    this.#open = open
    this.#journal = journal
    this.#files = files
  }

  async start(asker: Asker | null): Promise<void> {
    const recordingId = randomUUID()
    const recording: Recording = {
      recordingId,
      path: join(this.#files.dir, `${recordingId}.mp4`),
      queue: new SerialQueue(queueLimit),
      phase: 'starting',
      early: null,
      stoppedAtMs: null,
    }
    try {
      await this.#openFile(recording)
      await commit(this.#host, { type: 'recordingStarted', recordingId }, asker, {
        check: () => {
          if (recording.early === null) return
          throw new RoomError('conflict', recording.early.error ?? 'The recording ended at once')
        },
        accepted: () => this.#begin(recording),
      })
    } catch (error) {
      this.#discard(recording)
      throw error
    }
  }

  async pause(recordingId: RecordingId, paused: boolean, asker: Asker | null): Promise<void> {
    await inOrder(this.#recordings.get(recordingId)?.queue, 'recording', async () => {
      const wanted = paused ? 'paused' : 'recording'
      if (this.#stateOf(recordingId) !== wanted) {
        await this.#host.media.ask(
          (room) => (paused ? room.pauseOutput(recordingId) : room.resumeOutput(recordingId)),
          mediaTaskTimeoutMs,
          `The recording was not ${paused ? 'paused' : 'resumed'} in time`,
        )
      }
      await commit(this.#host, { type: 'recordingPaused', recordingId, paused }, asker, {
        accepted: () => this.#journal.recordingChanged(recordingId, wanted),
        lasting: true,
      })
    })
  }

  /** The room has stopped it; the media will close the file. */
  onStopped(recordingId: RecordingId): void {
    const recording = this.#recordings.get(recordingId)
    if (recording === undefined) return
    recording.stoppedAtMs = this.#host.clock.nowMs()
    this.#journal.recordingChanged(recordingId, 'processing')
  }

  /** The media process died: the files are as they are. What was being recorded goes on in another file. */
  onMediaLost(): void {
    this.#losses += 1
    for (const recording of this.#recordings.values()) {
      const isStopped = recording.stoppedAtMs !== null
      // A paused one is not begun again: at that moment nobody wanted to be recorded.
      const goesOn = !isStopped && this.#stateOf(recording.recordingId) === 'recording'
      if (goesOn) this.#interrupted += 1
      const error = goesOn ? `${mediaDiedMessage}; what follows is in a new recording` : mediaDiedMessage
      this.#finish(recording, { durationMs: null, sizeBytes: null, error: isStopped ? null : error })
    }
  }

  /** There is new media, which knows nothing of any recording. */
  onMediaRebuilt(): void {
    for (; this.#interrupted > 0; this.#interrupted -= 1) void this.#goOn()
  }

  async #goOn(): Promise<void> {
    const losses = this.#losses
    try {
      await this.start(null)
    } catch (error) {
      if (losses === this.#losses) {
        this.#host.logger.error({ err: error }, 'A recording does not go on after its media process died')
      } else {
        // That one has died as well.
        await this.#goOn()
      }
    }
  }

  async #openFile(recording: Recording): Promise<void> {
    const { recordingId, path } = recording
    try {
      await mkdir(this.#files.dir, { recursive: true })
    } catch (error) {
      const { code = 'unknown error' } = error as NodeJS.ErrnoException
      this.#host.logger.error({ err: error }, 'The folder of the recordings cannot be made')
      throw new RoomError('conflict', `Recordings cannot be stored on this server (${code})`)
    }
    const start = async (room: MediaRoom): Promise<void> => {
      this.#open.add(recordingId, (end) => this.#onEnded(recording, end))
      try {
        const { maxSizeBytes } = this.#files
        await room.startOutput(recordingId, {
          kind: 'recording',
          path,
          ...(maxSizeBytes !== undefined && { maxSizeBytes }),
        })
      } catch (error) {
        this.#open.delete(recordingId)
        throw error
      }
      // Too late: whoever asked for it has been told that it failed.
      if (recording.phase === 'discarded') room.stopOutput(recordingId)
    }
    await this.#host.media.ask(start, mediaTaskTimeoutMs, 'The recording did not start in time')
  }

  #begin(recording: Recording): void {
    const { recordingId, path } = recording
    const { core, clock, logger } = this.#host
    const { projectId, roomId } = core.settings
    recording.phase = 'running'
    this.#recordings.set(recordingId, recording)
    this.#journal.recordingStarted({
      recordingId,
      projectId,
      roomId,
      roomSessionId: core.roomSessionId,
      path,
      startedAtMs: clock.nowMs(),
    })
    logger.info({ recordingId }, 'Recording started')
  }

  #onEnded(recording: Recording, end: OutputEnd): void {
    if (recording.phase === 'running') this.#finish(recording, end)
    else if (recording.phase === 'starting') recording.early = end
    else this.#removeFile(recording)
  }

  #finish(
    { recordingId, stoppedAtMs }: Recording,
    {
      durationMs,
      sizeBytes,
      error,
    }: Record<'durationMs' | 'sizeBytes', number | null> & Pick<OutputEnd, 'error'>,
  ): void {
    const { clock, logger } = this.#host
    this.#recordings.delete(recordingId)
    const log = { recordingId, durationMs, sizeBytes, error }
    if (error === null) logger.info(log, 'Recording ended')
    else logger.warn(log, 'Recording ended by itself')
    const endedAtMs = stoppedAtMs ?? clock.nowMs()
    this.#journal.recordingEnded(recordingId, { endedAtMs, durationMs, sizeBytes, error })
    this.#host.report({ type: 'outputEnded', outputId: recordingId, durationMs, error })
  }

  /** It came to nothing. */
  #discard(recording: Recording): void {
    recording.phase = 'discarded'
    if (this.#open.has(recording.recordingId)) {
      this.#host.media.apply({ kind: 'media.stopOutput', outputId: recording.recordingId })
    } else {
      this.#removeFile(recording)
    }
  }

  #removeFile({ path }: Recording): void {
    rm(path, { force: true }).catch((error: unknown) => {
      this.#host.logger.warn({ err: error }, 'The file of a recording that came to nothing is left behind')
    })
  }

  #stateOf(recordingId: RecordingId): RecordingState | undefined {
    const { recordings } = this.#host.core.objects(this.#host.clock.nowMs())
    return recordings.find(({ id }) => id === recordingId)?.state
  }
}
