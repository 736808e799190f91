import { MediaError } from '../../MediaError.ts'
import { Deferred } from '../Deferred.ts'
import type { MediaFormat, MediaUnit } from '../mediaUnits.ts'
import type { Output, OutputContext } from '../Output.ts'
import { probeRecording } from '../probeRecording.ts'
import { Timeline } from '../Timeline.ts'
import { defaultRecorderLimits, RecorderProcess, type RecorderLimits } from './RecorderProcess.ts'
import type { FileProgress } from './recorderMessages.ts'

export type RecordingOptions = { path: string; maxSizeBytes?: number | undefined; limits?: RecorderLimits }

/** A start that takes longer has failed: the machine or its disk is stuck. */
const startTimeoutMs = 10_000
/** What is still on its way when a recording is stopped comes within this, or not at all. */
const drainTimeoutMs = 2000
/** Looking into the file of a recorder that died. */
const probeTimeoutMs = 10_000

/** One MP4 file of a room. */
export class Recording implements Output {
  readonly #options: RecordingOptions
  readonly #context: OutputContext
  readonly #process: RecorderProcess
  readonly #started = new Deferred<void>()
  #timeline: Timeline | null = null
  /** Why it was ended from inside. */
  #failure: string | null = null
  #state: 'starting' | 'running' | 'over' = 'starting'
  #startTimer: NodeJS.Timeout | undefined
  #drainTimer: NodeJS.Timeout | undefined

  constructor(options: RecordingOptions, context: OutputContext) {
    this.#options = options
    this.#context = context
    this.#process = new RecorderProcess(
      options.path,
      { onOpened: () => this.#opened(), onEnded: (...end) => void this.#ended(...end) },
      options.limits ?? defaultRecorderLimits,
    )
  }

  start(): Promise<void> {
    this.#startTimer = setTimeout(() => {
      this.#process.kill()
      const message = `The recording ${this.#options.path} could not be started within ${startTimeoutMs / 1000} s`
      void this.#ended(message, this.#process.progress, false)
    }, startTimeoutMs)
    return this.#started.promise
  }

  takeFormat(format: MediaFormat): void {
    this.#process.open(format, this.#options.maxSizeBytes ?? null)
  }

  take(unit: MediaUnit): void {
    if (this.#timeline === null || this.#state === 'over') return
    for (const placed of this.#timeline.place(unit)) this.#process.write(placed)
  }

  pause(atMs: number): void {
    this.#timeline?.pause(atMs)
  }

  resume(atMs: number): void {
    this.#timeline?.resume(atMs)
    this.#context.requestKeyframe()
  }

  stop(atMs: number): void {
    this.#timeline?.end(atMs)
    const waitMs = this.#timeline?.begun ? drainTimeoutMs : 0
    this.#drainTimer ??= setTimeout(() => this.#process.finish(), waitMs)
  }

  fail(error: string): void {
    this.#failure = error
    this.#process.finish()
  }

  #opened(): void {
    this.#timeline = new Timeline(this.#context.now(), () => this.#process.finish())
    this.#context.requestKeyframe()
    // The file begins with the next picture.
    this.#state = 'running'
    clearTimeout(this.#startTimer)
    this.#started.resolve()
  }

  async #ended(fileError: string | null, progress: FileProgress, crashed: boolean): Promise<void> {
    if (this.#state === 'over') return
    const error = fileError ?? this.#failure
    const wasRunning = this.#state === 'running'
    this.#state = 'over'
    clearTimeout(this.#startTimer)
    clearTimeout(this.#drainTimer)
    if (wasRunning) {
      const probe = crashed ? await probeRecording(this.#options.path, { timeoutMs: probeTimeoutMs }) : null
      const { outputId, onEvent } = this.#context
      onEvent({ type: 'output.ended', outputId, error, ...(probe ?? progress) })
    } else {
      const message = error ?? `The recording ${this.#options.path} was stopped before it began`
      this.#started.reject(new MediaError('output_failed', message))
    }
    this.#context.onOver()
  }
}
