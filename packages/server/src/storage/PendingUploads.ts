import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Cancel, Clock } from '../lib/Clock.ts'
import { withTimeout } from '../lib/withTimeout.ts'
import type { RecordingRecord, RecordingRepository } from '../store/index.ts'
import { archiveRecording } from './archiveRecording.ts'
import type { RecordingStorage } from './types.ts'

/** Waits after each failed attempt; the last one is repeated. */
export const retryDelaysMs: readonly number[] = [5_000, 30_000, 120_000, 600_000, 1_800_000]
/** Uploads at one time: they share the line with the rooms. */
const concurrency = 2
/** At shutdown, for uploads to notice that they are broken off. */
const closeTimeoutMs = 2000
/** A note lies beside the file: the server that has the file is the one that can upload it. */
const noteSuffix = '.upload'

const noteSchema = z.object({ projectId: z.string(), path: z.string() })
type Note = z.infer<typeof noteSchema>
type Upload = {
  readonly id: string
  readonly note: Note
  attempts: number
  /** Ends the wait for the next attempt; null: it does not wait. */
  cancelWait: Cancel | null
}

export type PendingUploadsOptions = {
  /** Of the recordings. */
  directory: string
  storage: RecordingStorage
  recordings: RecordingRepository
  clock: Clock
  logger: Logger
}

/**
 * Recordings on their way into the bucket. Until it has one, the record leads to the file on this machine, and a note
 * beside that says what is still to be done: an upload that fails is tried again while the server runs, and at its
 * next start.
 */
export class PendingUploads {
  readonly #options: PendingUploadsOptions
  /** Those that are under way, wait for their turn, or for their next attempt. */
  readonly #uploads = new Map<string, Upload>()
  readonly #ready: Upload[] = []
  readonly #underWay = new Set<Promise<void>>()
  readonly #closing = new AbortController()

  constructor(options: PendingUploadsOptions) {
    this.#options = options
  }

  /** Takes up what an earlier life of the server has left. */
  async start(): Promise<void> {
    const { directory, logger } = this.#options
    const names = await readdir(directory).catch(() => [])
    for (const name of names) {
      if (!name.endsWith(noteSuffix)) continue
      try {
        const note = noteSchema.parse(JSON.parse(await readFile(join(directory, name), 'utf8')))
        this.#add(name.slice(0, -noteSuffix.length), note)
      } catch (error) {
        logger.error({ err: error, note: name }, 'The note of a recording to be uploaded cannot be read')
      }
    }
  }

  /** See `RecordingArchive`. */
  async note({ id, projectId, path }: RecordingRecord): Promise<void> {
    const note: Note = { projectId, path }
    try {
      await mkdir(this.#options.directory, { recursive: true })
      await writeFile(this.#noteOf(id), JSON.stringify(note))
    } catch (error) {
      this.#options.logger.warn({ err: error, recordingId: id }, 'An upload would not outlive a restart')
    }
  }

  /** See `RecordingArchive`. */
  take({ id, projectId, path }: RecordingRecord): void {
    this.#add(id, { projectId, path })
  }

  /** Breaks off what is under way: it is done again at the next start. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('The server is shutting down'))
    for (const { cancelWait } of this.#uploads.values()) cancelWait?.()
    const ended = Promise.all(this.#underWay)
    await withTimeout(this.#options.clock, ended, closeTimeoutMs, () => new Error('late')).catch(() => {})
  }

  #noteOf(id: string): string {
    return join(this.#options.directory, id + noteSuffix)
  }

  #add(id: string, note: Note): void {
    if (this.#uploads.has(id) || this.#closing.signal.aborted) return
    const upload: Upload = { id, note, attempts: 0, cancelWait: null }
    this.#uploads.set(id, upload)
    this.#ready.push(upload)
    this.#next()
  }

  #next(): void {
    while (this.#underWay.size < concurrency && !this.#closing.signal.aborted) {
      const upload = this.#ready.shift()
      if (upload === undefined) return
      const attempt = this.#attempt(upload)
      this.#underWay.add(attempt)
      void attempt.then(() => {
        this.#underWay.delete(attempt)
        this.#next()
      })
    }
  }

  async #attempt(upload: Upload): Promise<void> {
    const { logger } = this.#options
    const { id } = upload
    try {
      const isUploaded = await this.#move(upload)
      this.#uploads.delete(id)
      // The bucket is there again: those that wait need not wait longer.
      if (isUploaded) for (const other of this.#uploads.values()) this.#endWait(other)
    } catch (error) {
      if (this.#closing.signal.aborted) return
      const delayMs = retryDelaysMs[Math.min(upload.attempts, retryDelaysMs.length - 1)] ?? 0
      upload.attempts += 1
      logger.error(
        { err: error, recordingId: id, attempts: upload.attempts, nextInMs: delayMs },
        'A recording stays on this machine for now: its upload failed',
      )
      upload.cancelWait = this.#options.clock.setTimeout(() => {
        this.#endWait(upload)
        this.#next()
      }, delayMs)
    }
  }

  #endWait(upload: Upload): void {
    if (upload.cancelWait === null) return
    upload.cancelWait()
    upload.cancelWait = null
    this.#ready.push(upload)
  }

  /** Resolves when nothing is left to be done: true if that was an upload. */
  async #move({ id, note }: Upload): Promise<boolean> {
    const { recordings, storage, logger } = this.#options
    const recording = await recordings.find(note.projectId, id)
    // Not complete yet: it is taken again when it is.
    if (recording !== null && recording.status !== 'completed') return false
    let isUploaded = false
    if (recording?.path === note.path) {
      if (await isMissing(note.path)) {
        logger.error(
          { recordingId: id, path: note.path },
          'The file of a recording is gone: it is not uploaded',
        )
      } else {
        await archiveRecording(recording, { ...this.#options, signal: this.#closing.signal })
        isUploaded = true
      }
    } else if (recording !== null) {
      // Uploaded, but the server ended before it had removed the file.
      await storage.forget(note.path)
    }
    await rm(this.#noteOf(id), { force: true })
    return isUploaded
  }
}

async function isMissing(path: string): Promise<boolean> {
  try {
    await stat(path)
    return false
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true
    throw error
  }
}
