import type { OutputEvent, OutputId } from '@roomful/media'
import type { RecordingId } from '@roomful/protocol'
import type { StandingStream } from '../../room/types.ts'
import type { Asker } from '../Asker.ts'
import type { RoomHost } from '../RoomHost.ts'
import { OpenOutputs } from './OpenOutputs.ts'
import type { OutputJournal } from './OutputJournal.ts'
import { Recordings } from './Recordings.ts'
import { Streams } from './Streams.ts'

export type RoomOutputsOptions = {
  /** Absolute. Made when the first recording starts. */
  recordingsDir: string
  /** A recording ends, with words, when its file has this size; undefined: when the disk is full. */
  maxRecordingBytes?: number | undefined
  journal: OutputJournal
}

/** What goes out of a room: its recordings and streams. */
export class RoomOutputs {
  readonly #host: RoomHost
  readonly #open: OpenOutputs
  readonly #recordings: Recordings
  readonly #streams: Streams

  constructor(host: RoomHost, { recordingsDir, maxRecordingBytes, journal }: RoomOutputsOptions) {
    this.#host = host
    this.#open = new OpenOutputs(host.clock)
    this.#recordings = new Recordings(host, this.#open, journal, {
      dir: recordingsDir,
      maxSizeBytes: maxRecordingBytes,
    })
    this.#streams = new Streams(host, this.#open, journal)
  }

  startRecording(asker: Asker | null): Promise<void> {
    return this.#open.starting(() => this.#recordings.start(asker))
  }

  pauseRecording(recordingId: RecordingId, paused: boolean, asker: Asker | null): Promise<void> {
    return this.#recordings.pause(recordingId, paused, asker)
  }

  startStream(url: string, asker: Asker | null): Promise<void> {
    return this.#open.starting(() => this.#streams.start(url, asker))
  }

  /** Only within `host.run`. */
  startStanding(order: StandingStream): void {
    this.#streams.startStanding(order)
  }

  /** Only within `host.run`. */
  stopStanding(orderId: string): void {
    this.#streams.stopStanding(orderId)
  }

  /** The room has stopped one. */
  stop(outputId: OutputId): void {
    this.#recordings.onStopped(outputId)
    this.#streams.onStopped(outputId)
    this.#host.media.apply({ kind: 'media.stopOutput', outputId })
  }

  /** At once, not in the room's queue: a room that has ended waits for its files to be closed. */
  onEvent(event: OutputEvent): void {
    if (event.type === 'output.ended') this.#open.ended(event)
    else this.#streams.onConnection(event.outputId, event.state === 'running' ? null : event.message)
  }

  onMediaLost(): void {
    this.#open.clear()
    this.#recordings.onMediaLost()
  }

  onMediaRebuilt(): void {
    this.#recordings.onMediaRebuilt()
    this.#streams.onMediaRebuilt()
  }

  /** Resolves when the media has closed every file of a room that has ended, or after 10 s. */
  drained(): Promise<void> {
    return this.#open.drained()
  }
}
