import { randomUUID } from 'node:crypto'
import { RoomError, type StreamId } from '@roomful/protocol'
import type { Cancel } from '../../lib/Clock.ts'
import type { MediaRoom } from '../../media/MediaEngine.ts'
import type { StandingStream } from '../../room/types.ts'
import { commit, type Asker } from '../Asker.ts'
import { mediaTaskTimeoutMs } from '../mediaLimits.ts'
import type { RoomHost } from '../RoomHost.ts'
import type { OpenOutputs, OutputEnd } from './OpenOutputs.ts'
import type { OutputJournal } from './OutputJournal.ts'

/** Waits before a stream is started again whose server does not want it; the last one is repeated. */
const retryDelaysMs = [1000, 2000, 5000, 10_000, 30_000]

type Stream = {
  readonly streamId: StreamId
  readonly url: string
  /** The standing order; null: somebody in the room started it. */
  readonly orderId: string | null
  phase: 'starting' | 'running' | 'ended'
  /** It ended before the room had it. */
  early: OutputEnd | null
  isConnecting: boolean
  /** Ends the wait for the next attempt. */
  cancelWait: Cancel
}

/** The RTMP streams of one room, and what the media does for them. */
export class Streams {
  readonly #host: RoomHost
  readonly #open: OpenOutputs
  readonly #journal: OutputJournal
  /** Those that the room has. */
  readonly #streams = new Map<StreamId, Stream>()

  constructor(host: RoomHost, open: OpenOutputs, journal: OutputJournal) {
    this.#host = host
    this.#open = open
    this.#journal = journal
  }

  /** Somebody wants to know at once whether it works. */
  async start(url: string, asker: Asker | null): Promise<void> {
    const stream = newStream(url, null)
    try {
      await this.#push(stream)
      await commit(this.#host, { type: 'streamStarted', streamId: stream.streamId, url }, asker, {
        check: () => {
          if (stream.early === null) return
          throw new RoomError('conflict', stream.early.error ?? 'The stream ended at once')
        },
        accepted: () => this.#begin(stream),
      })
    } catch (error) {
      this.#end(stream)
      throw error
    }
  }

  /** A standing order: the stream is there from now on, and its server tried until it is. Only within `host.run`. */
  startStanding({ id, url }: StandingStream): void {
    if (this.#ofOrder(id) !== undefined) return
    const stream = newStream(url, id)
    const { streamId } = stream
    try {
      const { effects } = this.#host.command({ type: 'streamStarted', streamId, url })
      this.#begin(stream)
      this.#host.apply(effects)
    } catch (error) {
      if (!(error instanceof RoomError)) throw error
      this.#host.logger.warn({ orderId: id, reason: error.message }, 'A standing stream was not started')
      return
    }
    void this.#connect(stream)
  }

  /** Only within `host.run`. */
  stopStanding(orderId: string): void {
    const stream = this.#ofOrder(orderId)
    if (stream === undefined) return
    const params = { stream_id: stream.streamId }
    this.#host.apply(this.#host.command({ type: 'rpc', method: 'video.stream.stop', params }).effects)
  }

  /** The room has stopped it. */
  onStopped(streamId: StreamId): void {
    const stream = this.#streams.get(streamId)
    if (stream === undefined) return
    this.#end(stream)
    this.#journal.streamEnded(streamId, { endedAtMs: this.#host.clock.nowMs(), error: null })
  }

  onConnection(streamId: StreamId, trouble: string | null): void {
    if (this.#streams.has(streamId)) this.#host.report({ type: 'streamConnection', streamId, trouble })
  }

  /** There is new media, which knows nothing of any stream. */
  onMediaRebuilt(): void {
    for (const stream of this.#streams.values()) void this.#connect(stream)
  }

  #ofOrder(orderId: string): Stream | undefined {
    return [...this.#streams.values()].find((stream) => stream.orderId === orderId)
  }

  #begin(stream: Stream): void {
    const { streamId, url, orderId } = stream
    const { core, clock, logger } = this.#host
    const { projectId, roomId } = core.settings
    stream.phase = 'running'
    this.#streams.set(streamId, stream)
    const { roomSessionId } = core
    const startedAtMs = clock.nowMs()
    this.#journal.streamStarted({ streamId, orderId, url, projectId, roomId, roomSessionId, startedAtMs })
    logger.info({ streamId, orderId, server: serverOf(url) }, 'Stream started')
  }

  /** Has the media send the stream; rejects with the cause if its server does not take it. */
  async #push(stream: Stream): Promise<void> {
    const { streamId, url } = stream
    let isLate = false
    const start = async (room: MediaRoom): Promise<void> => {
      this.#open.add(streamId, (end) => this.#onEnded(stream, end))
      try {
        await room.startOutput(streamId, { kind: 'stream', url })
      } catch (error) {
        this.#open.delete(streamId)
        throw error
      }
      if (isLate || stream.phase === 'ended') room.stopOutput(streamId)
    }
    try {
      const late = `${serverOf(url)} did not accept the stream within ${mediaTaskTimeoutMs / 1000} s`
      await this.#host.media.ask(start, mediaTaskTimeoutMs, late)
    } catch (error) {
      isLate = true
      if (this.#open.has(streamId)) {
        // Nobody waits for its end: the next attempt has a listener of its own.
        this.#open.delete(streamId)
        this.#host.media.apply({ kind: 'media.stopOutput', outputId: streamId })
      }
      throw error
    }
  }

  /** Tries until the server takes the stream, or the stream is stopped. */
  async #connect(stream: Stream): Promise<void> {
    if (stream.isConnecting) return
    stream.isConnecting = true
    for (let attempt = 0; stream.phase === 'running'; attempt++) {
      try {
        await this.#push(stream)
        this.onConnection(stream.streamId, null)
        break
      } catch (error) {
        if (stream.phase !== 'running') break
        const trouble = error instanceof RoomError ? error.message : 'The stream could not be started'
        this.#host.logger.warn({ streamId: stream.streamId, attempt, trouble }, 'Stream not connected')
        this.onConnection(stream.streamId, trouble)
        await this.#wait(stream, retryDelaysMs[attempt] ?? retryDelaysMs.at(-1) ?? 0)
      }
    }
    stream.isConnecting = false
  }

  #wait(stream: Stream, delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#host.clock.setTimeout(resolve, delayMs)
      stream.cancelWait = () => {
        cancel()
        resolve()
      }
    })
  }

  /** The media has given it up, or was told to. */
  #onEnded(stream: Stream, end: OutputEnd): void {
    const { streamId, orderId } = stream
    const { durationMs, error } = end
    if (stream.phase === 'starting') stream.early = end
    if (stream.phase !== 'running') return
    // An order stands, whatever became of the last attempt.
    if (orderId !== null) {
      this.onConnection(streamId, error)
      void this.#connect(stream)
      return
    }
    this.#end(stream)
    this.#host.logger.warn({ streamId, error }, 'Stream ended by itself')
    this.#journal.streamEnded(streamId, { endedAtMs: this.#host.clock.nowMs(), error })
    this.#host.report({ type: 'outputEnded', outputId: streamId, durationMs, error })
  }

  #end(stream: Stream): void {
    const wasStarting = stream.phase === 'starting'
    stream.phase = 'ended'
    stream.cancelWait()
    this.#streams.delete(stream.streamId)
    if (wasStarting && this.#open.has(stream.streamId)) {
      this.#host.media.apply({ kind: 'media.stopOutput', outputId: stream.streamId })
    }
  }
}

const newStream = (url: string, orderId: string | null): Stream => ({
  streamId: randomUUID(),
  url,
  orderId,
  phase: 'starting',
  early: null,
  isConnecting: false,
  cancelWait: () => {},
})

/** The part of a stream's URL that holds no key. */
function serverOf(url: string): string {
  return URL.parse(url)?.host ?? 'its server'
}
