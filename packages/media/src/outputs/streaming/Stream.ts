import { MediaError } from '../../MediaError.ts'
import { type AddressPolicy, connectChecked } from '../../net/index.ts'
import { streamStartTimeoutMs } from '../../outputTypes.ts'
import { Deferred } from '../Deferred.ts'
import type { MediaFormat, MediaUnit } from '../mediaUnits.ts'
import type { Output, OutputContext } from '../Output.ts'
import { Timeline } from '../Timeline.ts'
import { RtmpPublisher } from './rtmp/RtmpPublisher.ts'
import { parseRtmpUrl } from './rtmp/rtmpUrl.ts'

export type StreamOptions = { url: string; policy: AddressPolicy; limits?: StreamLimits }

export type StreamLimits = {
  /** For name, connection, TLS and the server's agreement together. */
  connectTimeoutMs: number
  /** Between two attempts: the first, doubled each time up to the last. */
  firstRetryMs: number
  maxRetryMs: number
  /** Then a server that went away is given up. */
  giveUpAfterMs: number
}

export const defaultStreamLimits: StreamLimits = {
  // A little less than whoever started it waits.
  connectTimeoutMs: streamStartTimeoutMs - 500,
  firstRetryMs: 1000,
  maxRetryMs: 30_000,
  giveUpAfterMs: 3_600_000,
}

/** A connection that lasted so long was well: the next attempts begin anew. */
const wellAfterMs = 30_000
/** What may wait for a slow server; then pictures are left out up to a keyframe that comes when most of it is gone. */
const maxQueuedSeconds = 4
/** What is still on its way when a stream is stopped comes within this, or not at all. */
const drainTimeoutMs = 2000

/** A connection that is up, and what has been sent over it. */
type Run = {
  publisher: RtmpPublisher
  timeline: Timeline
  hasFormat: boolean
  isSkipping: boolean
  sinceMs: number
}

/** One RTMP or RTMPS stream of a room; it comes back when its server does. */
export class Stream implements Output {
  readonly #options: StreamOptions
  readonly #limits: StreamLimits
  readonly #context: OutputContext
  readonly #started = new Deferred<void>()
  #state: 'starting' | 'running' | 'reconnecting' | 'over' = 'starting'
  #format: MediaFormat | null = null
  #run: Run | null = null
  #attempts = 0
  #lostAtMs = 0
  #lastMessage: string | null = null
  #isPaused = false
  #timer: NodeJS.Timeout | undefined
  /** Of the connections before this one. */
  #durationMs = 0
  #sizeBytes = 0

  constructor(options: StreamOptions, context: OutputContext) {
    this.#options = options
    this.#limits = options.limits ?? defaultStreamLimits
    this.#context = context
  }

  start(): Promise<void> {
    this.#connect().then(
      (publisher) => {
        this.#connected(publisher)
        this.#started.resolve()
      },
      (error: Error) => {
        if (this.#state === 'over') return
        this.#state = 'over'
        this.#started.reject(error)
        this.#context.onOver()
      },
    )
    return this.#started.promise
  }

  takeFormat(format: MediaFormat): void {
    this.#format = format
  }

  take(unit: MediaUnit): void {
    const run = this.#run
    if (run === null || this.#format === null) return
    for (const placed of run.timeline.place(unit)) {
      if (!run.hasFormat) run.publisher.sendFormat(this.#format)
      run.hasFormat = true
      if (this.#isTaken(run, placed.unit, this.#format)) run.publisher.send(placed)
    }
  }

  pause(atMs: number): void {
    this.#isPaused = true
    this.#run?.timeline.pause(atMs)
  }

  resume(atMs: number): void {
    this.#isPaused = false
    this.#run?.timeline.resume(atMs)
    this.#context.requestKeyframe()
  }

  stop(atMs: number): void {
    if (this.#run === null) {
      this.#end(null)
      return
    }
    this.#run.timeline.end(atMs)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#end(null), this.#isPaused ? 0 : drainTimeoutMs)
  }

  fail(error: string): void {
    this.#end(error)
  }

  /** Whether there is room for it. */
  #isTaken(run: Run, unit: MediaUnit, { video }: MediaFormat): boolean {
    const maxBytes = (video.bitrateBps / 8) * maxQueuedSeconds
    if (run.publisher.queuedBytes > maxBytes) run.isSkipping = true
    else if (run.isSkipping && unit.kind === 'video' && unit.isKey) {
      run.isSkipping = run.publisher.queuedBytes > maxBytes / 4
    }
    return !run.isSkipping
  }

  async #connect(): Promise<RtmpPublisher> {
    const { policy, url } = this.#options
    const checked = policy.check(url, 'stream')
    const target = parseRtmpUrl(checked.url)
    const { connectTimeoutMs } = this.#limits
    const deadlineMs = performance.now() + connectTimeoutMs
    const socket = await within(
      connectTimeoutMs,
      connectChecked(policy, checked, { failure: 'output_failed', timeoutMs: connectTimeoutMs }),
      (late) => late.destroy(),
      `The stream's server ${checked.authority}: it did not answer within ${connectTimeoutMs / 1000} s`,
    )
    return RtmpPublisher.publish({
      socket,
      target,
      authority: checked.authority,
      timeoutMs: Math.max(deadlineMs - performance.now(), 100),
      onClosed: (error) => this.#lost(error),
    })
  }

  #connected(publisher: RtmpPublisher): void {
    if (this.#state === 'over') {
      publisher.close()
      return
    }
    const nowMs = this.#context.now()
    const timeline = new Timeline(nowMs, () => this.#end(null))
    if (this.#isPaused) timeline.pause(nowMs)
    this.#run = { publisher, timeline, hasFormat: false, isSkipping: false, sinceMs: nowMs }
    const wasLost = this.#state === 'reconnecting'
    this.#state = 'running'
    this.#context.requestKeyframe()
    if (wasLost) this.#tell('running', null)
  }

  #lost(error: MediaError): void {
    if (this.#run === null) return
    const nowMs = this.#context.now()
    const lastedMs = nowMs - this.#run.sinceMs
    this.#account()
    if (lastedMs >= wellAfterMs) this.#attempts = 0
    this.#state = 'reconnecting'
    this.#lostAtMs = nowMs
    this.#tell('reconnecting', error.message)
    this.#retryLater()
  }

  #retryLater(): void {
    const { firstRetryMs, maxRetryMs } = this.#limits
    const delayMs = Math.min(firstRetryMs * 2 ** this.#attempts, maxRetryMs)
    this.#attempts++
    this.#timer = setTimeout(() => void this.#retry(), delayMs)
  }

  async #retry(): Promise<void> {
    try {
      this.#connected(await this.#connect())
    } catch (error) {
      if (this.#state === 'over') return
      const message = error instanceof Error ? error.message : String(error)
      if (this.#context.now() - this.#lostAtMs >= this.#limits.giveUpAfterMs) {
        this.#end(`${message}; given up after ${Math.round(this.#limits.giveUpAfterMs / 60_000)} minutes`)
        return
      }
      if (message !== this.#lastMessage) this.#tell('reconnecting', message)
      this.#retryLater()
    }
  }

  #end(error: string | null): void {
    if (this.#state === 'over') return
    const wasStarting = this.#state === 'starting'
    this.#state = 'over'
    clearTimeout(this.#timer)
    const publisher = this.#run?.publisher
    this.#account()
    publisher?.close()
    if (wasStarting) {
      this.#started.reject(new MediaError('output_failed', error ?? 'The stream was stopped before it began'))
    } else {
      const { outputId, onEvent } = this.#context
      const progress = { durationMs: this.#durationMs, sizeBytes: this.#sizeBytes }
      onEvent({ type: 'output.ended', outputId, error, ...progress })
    }
    this.#context.onOver()
  }

  /** The connection is over. */
  #account(): void {
    if (this.#run === null) return
    this.#durationMs += this.#run.timeline.durationMs
    this.#sizeBytes += this.#run.publisher.sentBytes + this.#run.publisher.queuedBytes
    this.#run = null
  }

  #tell(state: 'running' | 'reconnecting', message: string | null): void {
    this.#lastMessage = message
    this.#context.onEvent({ type: 'output.state', outputId: this.#context.outputId, state, message })
  }
}

/** What comes too late is undone. */
async function within<T>(
  timeoutMs: number,
  work: Promise<T>,
  undo: (late: T) => void,
  message: string,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  let isLate = false
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      isLate = true
      reject(new MediaError('output_failed', message))
    }, timeoutMs)
  })
  work.then(
    (result) => {
      if (isLate) undo(result)
    },
    () => {},
  )
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}
