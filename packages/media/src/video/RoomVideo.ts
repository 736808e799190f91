import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

import type { OutputPicture } from '../outputs/OutputVideoEncoder.ts'
import type { RawPicture } from '../players/mediaPipe.ts'
import type { RoomMediaOptions, Scene, SourceId } from '../types.ts'
import { arrangeScene, visibleSources } from './arrangeScene.ts'
import { FrameIntake, type SourceFrame } from './FrameIntake.ts'
import type { EncodeKey } from './ladder.ts'
import type {
  EncodedFrame,
  FromVideoWorker,
  ToVideoWorker,
  VideoDemand,
  VideoStats,
} from './videoMessages.ts'

export type RoomVideoEvents = {
  onEncoded(frame: EncodedFrame): void
  /** While recordings or streams take it, see `setOutputDemand`. */
  onOutputPicture?(picture: OutputPicture): void
  /** An animated WebP of the canvas; only with `previews` in the options. */
  onPreview?(webp: Uint8Array): void
  /** The source's sender has to be asked for a keyframe (PLI); at most every half second per source. */
  onKeyframeNeeded(sourceId: SourceId): void
  /** The worker ended by itself; this object is useless from now on. */
  onDied(error: Error): void
  log?(level: string, message: string, fields?: Record<string, unknown>): void
}

type StatsWaiter = {
  resolve(stats: VideoStats): void
  reject(error: Error): void
  timer: NodeJS.Timeout
}

/** Loading the codecs and fonts takes a third of a second on an idle core. */
const startTimeoutMs = 20_000
const statsTimeoutMs = 5000
const closeTimeoutMs = 5000

/**
 * The picture of a room, made in a worker thread of its own: decodes the sources, composes the scene and
 * encodes it once. Calls are carried out in order; only `create`, `stats` and `close` can be waited for.
 */
export class RoomVideo {
  readonly #options: RoomMediaOptions
  readonly #events: RoomVideoEvents
  readonly #worker: Worker
  readonly #intake: FrameIntake
  readonly #statsWaiters = new Map<number, StatsWaiter>()
  /** Pictures under way to the worker; their senders bound their number. */
  readonly #pictures = new Map<number, (bytes: ArrayBuffer) => void>()
  #nextPictureId = 1
  #visible: ReadonlySet<SourceId> = new Set()
  #nextStatsId = 1
  #exited: Promise<void>
  #closing: Promise<void> | null = null
  #isDead = false
  #lastError: Error | null = null

  /** Resolves when the room composes. Rejects when the worker cannot be started. */
  static async create(options: RoomMediaOptions, events: RoomVideoEvents): Promise<RoomVideo> {
    checkOptions(options)
    const taken = new SharedArrayBuffer(4)
    const worker = new Worker(new URL('./videoWorker.ts', import.meta.url), {
      workerData: { options, taken },
    })
    try {
      await started(worker)
    } catch (error) {
      await worker.terminate()
      throw new Error('The video worker of a room did not start.', { cause: error })
    }
    return new RoomVideo(options, events, worker, new Int32Array(taken))
  }

  private constructor(options: RoomMediaOptions, events: RoomVideoEvents, worker: Worker, taken: Int32Array) {
    this.#options = options
    this.#events = events
    this.#worker = worker
    this.#intake = new FrameIntake({
      taken,
      post: (batch) => this.#worker.postMessage(batch, [batch.bytes]),
      onKeyframeNeeded: (sourceId) => this.#events.onKeyframeNeeded(sourceId),
    })
    this.#exited = new Promise((resolve) => {
      worker.once('exit', (code) => {
        this.#onExit(code)
        resolve()
      })
    })
    worker.on('message', (message: FromVideoWorker) => this.#onMessage(message))
    worker.on('error', (error: Error) => (this.#lastError = error))
    worker.on('messageerror', (error: Error) => (this.#lastError = error))
  }

  /**
   * Takes a whole frame of a source, whose data must not change any more. Frames of sources nobody sees are ignored. Never
   * waits: when the worker lags, frames are dropped up to the next keyframe.
   */
  pushFrame(sourceId: SourceId, frame: SourceFrame): void {
    if (this.#isOver || !this.#visible.has(sourceId)) return
    this.#intake.push(sourceId, frame)
  }

  /** Takes a decoded picture, which stays until the next one or `removeSource`. `onTaken` gives its memory back. */
  pushPicture(sourceId: SourceId, picture: RawPicture, onTaken: (bytes: ArrayBuffer) => void): void {
    if (this.#isOver) return
    const id = this.#nextPictureId++
    this.#pictures.set(id, onTaken)
    this.#worker.postMessage({ type: 'picture', id, sourceId, picture } satisfies ToVideoWorker, [
      picture.bytes,
    ])
  }

  /** Replaces the whole scene between two pictures. */
  setScene(scene: Scene): void {
    this.#visible = visibleSources(arrangeScene(scene, this.#options.width, this.#options.height))
    this.#post({ type: 'scene', scene })
  }

  /** The next picture of this encode, at the earliest 300 ms after its last keyframe, becomes a keyframe. */
  requestKeyframe(key: EncodeKey): void {
    this.#post({ type: 'keyframe', key })
  }

  /** What is encoded. Begins with nothing. An encode that comes into demand begins with a keyframe. */
  setDemand(demand: VideoDemand): void {
    this.#post({ type: 'demand', demand })
  }

  /** Whether the picture is encoded for recordings and streams. Begins with a keyframe each time. */
  setOutputDemand(isWanted: boolean): void {
    this.#post({ type: 'outputDemand', isWanted })
  }

  /** The next picture for recordings and streams becomes a keyframe. */
  requestOutputKeyframe(): void {
    this.#post({ type: 'outputKeyframe' })
  }

  /** The source's sender begins anew: its next frame must be a keyframe. Its last picture stays till then. */
  resetSource(sourceId: SourceId): void {
    this.#intake.removeSource(sourceId)
    this.#post({ type: 'resetSource', sourceId })
  }

  /** Frees everything of a source. To be followed or preceded by a scene without it. */
  removeSource(sourceId: SourceId): void {
    this.#intake.removeSource(sourceId)
    this.#post({ type: 'removeSource', sourceId })
  }

  /** Rejects when the worker has ended or does not answer within 5 s. */
  async stats(): Promise<VideoStats> {
    if (this.#isOver) throw closedError()
    const id = this.#nextStatsId++
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#statsWaiters.delete(id)
        reject(new Error(`The video worker of a room did not answer within ${statsTimeoutMs} ms.`))
      }, statsTimeoutMs)
      this.#statsWaiters.set(id, { resolve, reject, timer })
      this.#post({ type: 'stats', id })
    })
  }

  /** Ends the worker and frees all it holds. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#intake.close()
    if (this.#isDead) return
    this.#worker.postMessage({ type: 'close' } satisfies ToVideoWorker)
    // Never `terminate()`: a worker that is ended inside a native call takes the whole process with it.
    // One that is stuck is left behind, and does not keep the process alive.
    let timer: NodeJS.Timeout | undefined
    const givenUp = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#worker.unref()
        this.#events.log?.('error', `A video worker did not end within ${closeTimeoutMs} ms`)
        resolve()
      }, closeTimeoutMs)
    })
    await Promise.race([this.#exited, givenUp])
    clearTimeout(timer)
  }

  get #isOver(): boolean {
    return this.#isDead || this.#closing !== null
  }

  #post(message: ToVideoWorker): void {
    if (this.#isOver) return
    this.#intake.flush()
    this.#worker.postMessage(message)
  }

  #onMessage(message: FromVideoWorker): void {
    switch (message.type) {
      case 'encoded':
        if (!this.#isOver) this.#events.onEncoded(message.frame)
        break
      case 'preview':
        if (!this.#isOver) this.#events.onPreview?.(message.webp)
        break
      case 'outputPicture':
        if (!this.#isOver) this.#events.onOutputPicture?.(message.picture)
        break
      case 'pictureTaken':
        this.#pictures.get(message.id)?.(message.bytes)
        this.#pictures.delete(message.id)
        break
      case 'keyframeNeeded':
        if (!this.#isOver) this.#events.onKeyframeNeeded(message.sourceId)
        break
      case 'stats': {
        const waiter = this.#statsWaiters.get(message.id)
        this.#statsWaiters.delete(message.id)
        clearTimeout(waiter?.timer)
        waiter?.resolve({ ...message.stats, framesDropped: this.#intake.dropped })
        break
      }
      case 'log':
        this.#events.log?.(message.level, message.message, message.fields)
        break
      case 'ready':
        break
    }
  }

  #onExit(code: number): void {
    this.#isDead = true
    this.#intake.close()
    for (const { reject, timer } of this.#statsWaiters.values()) {
      clearTimeout(timer)
      reject(closedError())
    }
    this.#statsWaiters.clear()
    if (this.#closing) return
    const error = this.#lastError ?? new Error(`The video worker of a room ended with code ${code}.`)
    this.#events.onDied(error)
  }
}

/** Waits for the first message, which says that the worker is ready. */
async function started(worker: Worker): Promise<void> {
  const settled = new AbortController()
  const signal = AbortSignal.any([settled.signal, AbortSignal.timeout(startTimeoutMs)])
  try {
    await Promise.race([
      once(worker, 'message', { signal }),
      once(worker, 'exit', { signal }).then(([code]) => {
        throw new Error(`It ended with code ${code}.`)
      }),
    ])
  } finally {
    settled.abort()
  }
}

function closedError(): Error {
  return new Error('The video of this room is closed; it has no statistics any more.')
}

function checkOptions({ width, height, fps, videoBitrateBps }: RoomMediaOptions): void {
  if (!isEven(width) || !isEven(height) || width < 64 || height < 64 || width * height > 1920 * 1088) {
    throw new RangeError(`A canvas has even sides from 64 pixels up to 1920x1088, not ${width}x${height}.`)
  }
  if (!(fps >= 1 && fps <= 60 && Number.isInteger(fps))) {
    throw new RangeError(`A room has 1 to 60 whole frames per second, not ${fps}.`)
  }
  if (!(videoBitrateBps >= 50_000 && videoBitrateBps <= 50_000_000)) {
    throw new RangeError(`The video bitrate is 50 kbit/s to 50 Mbit/s, not ${videoBitrateBps} bit/s.`)
  }
}

function isEven(value: number): boolean {
  return Number.isInteger(value) && value % 2 === 0
}
