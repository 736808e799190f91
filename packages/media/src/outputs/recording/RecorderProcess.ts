import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { MediaFormat, PlacedUnit } from '../mediaUnits.ts'
import type { FileProgress, FileUnit, FromRecorder, ToRecorder } from './recorderMessages.ts'

export type RecorderProcessEvents = {
  onOpened(): void
  /** Once, and the last: the file is closed, or the process gone. `error`: null if it was finished as asked. */
  onEnded(error: string | null, progress: FileProgress, crashed: boolean): void
}

export type RecorderLimits = {
  /** The disk is given up when nothing was written for so long. */
  stalledAfterMs: number
  /** Memory for what is not written yet. */
  maxPendingBytes: number
}

export const defaultRecorderLimits: RecorderLimits = {
  stalledAfterMs: 20_000,
  maxPendingBytes: 64 * 1024 * 1024,
}

/** Units travel together: a message each would cost more than writing them. */
const batchMs = 150
/** A process that has closed its file ends at once. */
const exitTimeoutMs = 5000

const entry = fileURLToPath(new URL('../outputMain.ts', import.meta.url))

/** The process that writes one recording, and the queue of what it has not written yet. */
export class RecorderProcess {
  readonly #path: string
  readonly #events: RecorderProcessEvents
  readonly #limits: RecorderLimits
  readonly #child: ChildProcess
  readonly #watchdog: NodeJS.Timeout
  #batch: FileUnit[] = []
  #batchBytes = 0
  #batchSinceMs = 0
  /** Sizes of the batches that were not written yet, and of what else is under way. */
  readonly #pending: number[] = []
  #pendingBytes = 0
  /** When anything was written last while there was something to write. */
  #progressAtMs = performance.now()
  #progress: FileProgress = { durationMs: 0, sizeBytes: 0 }
  #isFinishing = false
  #isOver = false

  constructor(path: string, events: RecorderProcessEvents, limits: RecorderLimits) {
    this.#path = path
    this.#events = events
    this.#limits = limits
    this.#child = fork(entry, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [],
    })
    this.#child.on('message', (message: unknown) => this.#receive(message as FromRecorder))
    this.#child.on('error', (error) => this.#crashed(error.message))
    this.#child.once('exit', (code, signal) => this.#crashed(signal ?? `exit code ${code}`))
    this.#watchdog = setInterval(() => this.#watch(), Math.min(1000, limits.stalledAfterMs / 4))
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** What is in the file. */
  get progress(): FileProgress {
    return this.#progress
  }

  open(format: MediaFormat, maxSizeBytes: number | null): void {
    this.#expect(0)
    this.#send({ type: 'open', path: this.#path, format, maxSizeBytes })
  }

  write({ unit, timeMs }: PlacedUnit): void {
    if (this.#isFinishing || this.#isOver) return
    const nowMs = performance.now()
    if (this.#batch.length === 0) this.#batchSinceMs = nowMs
    const { kind, data, isKey, durationMs } = unit
    this.#batch.push({ kind, data, isKey, timeMs, durationMs })
    this.#batchBytes += data.byteLength
    if (nowMs - this.#batchSinceMs >= batchMs) this.#flush()
  }

  /** The file is made whole; `onEnded` follows. */
  finish(): void {
    if (this.#isFinishing || this.#isOver) return
    this.#flush()
    this.#isFinishing = true
    this.#expect(0)
    this.#send({ type: 'finish' })
  }

  /** Without a word to anybody: the file stays as it is. */
  kill(): void {
    this.#isOver = true
    clearInterval(this.#watchdog)
    this.#child.kill('SIGKILL')
  }

  #flush(): void {
    if (this.#batch.length === 0) return
    const units = this.#batch
    this.#expect(this.#batchBytes)
    this.#batch = []
    this.#batchBytes = 0
    this.#send({ type: 'units', units })
  }

  /** Something was given to it that it will confirm. */
  #expect(bytes: number): void {
    if (this.#pending.length === 0) this.#progressAtMs = performance.now()
    this.#pending.push(bytes)
    this.#pendingBytes += bytes
    if (this.#pendingBytes > this.#limits.maxPendingBytes) this.#giveUp()
  }

  #send(message: ToRecorder): void {
    // Errors show as the end of the process.
    if (this.#child.connected) this.#child.send(message, () => {})
  }

  #receive(message: FromRecorder): void {
    if (this.#isOver) return
    this.#progressAtMs = performance.now()
    this.#pendingBytes -= this.#pending.shift() ?? 0
    if (message.type === 'opened') this.#events.onOpened()
    else {
      const { durationMs, sizeBytes } = message
      this.#progress = { durationMs, sizeBytes }
      if (message.type === 'ended') this.#end(message.error, false)
    }
  }

  #watch(): void {
    if (this.#pending.length === 0 || this.#isOver) return
    if (performance.now() - this.#progressAtMs >= this.#limits.stalledAfterMs) this.#giveUp()
  }

  #giveUp(): void {
    const seconds = Math.round((performance.now() - this.#progressAtMs) / 1000)
    const behind = `${Math.ceil(this.#pendingBytes / 1024)} kB behind, nothing written for ${seconds} s`
    this.#end(`The recording ${this.#path} cannot be written: the disk is too slow (${behind})`, true)
    this.#child.kill('SIGKILL')
  }

  #crashed(how: string): void {
    this.#end(`The process that wrote the recording ${this.#path} has ended (${how})`, true)
  }

  #end(error: string | null, crashed: boolean): void {
    if (this.#isOver) return
    this.#isOver = true
    clearInterval(this.#watchdog)
    if (!crashed) setTimeout(() => this.#child.kill('SIGKILL'), exitTimeoutMs).unref()
    this.#events.onEnded(error, this.#progress, crashed)
  }
}
