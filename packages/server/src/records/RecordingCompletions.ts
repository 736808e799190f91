import type { Logger } from 'pino'
import type { RecordingRecord, Repositories } from '../store/index.ts'
import { completeRecording, type CompletionDependencies } from './recordingFiles.ts'

/** Completes recordings behind everybody's back: a file of many gigabytes may take a while to be looked through. */
export class RecordingCompletions {
  readonly #options: CompletionDependencies & { logger: Logger }
  readonly #underWay = new Set<Promise<void>>()

  constructor(options: CompletionDependencies & { logger: Logger }) {
    this.#options = options
  }

  /**
   * `find` gives the recording as soon as it may be completed; null: there is none any more. What goes wrong is logged
   * and done again at the next start.
   */
  add(
    recordingId: string,
    find: () => Promise<RecordingRecord | null>,
    alsoWrite?: (to: Repositories, completed: RecordingRecord) => Promise<void>,
  ): void {
    const done = this.#complete(find, alsoWrite).catch((error: unknown) =>
      this.#options.logger.error(
        { err: error, recordingId },
        'A recording is completed at the next start: it failed',
      ),
    )
    this.#underWay.add(done)
    void done.then(() => this.#underWay.delete(done))
  }

  /** Resolves when those that are under way now are complete, or have failed. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  async #complete(
    find: () => Promise<RecordingRecord | null>,
    alsoWrite?: (to: Repositories, completed: RecordingRecord) => Promise<void>,
  ): Promise<void> {
    const recording = await find()
    if (recording !== null) await completeRecording(recording, this.#options, alsoWrite)
  }
}
