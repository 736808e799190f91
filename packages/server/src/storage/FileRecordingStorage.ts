import { rm } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import type { RecordingLinks } from './RecordingLinks.ts'
import type { RecordingStorage, StoredRecording } from './types.ts'

/** Files stay where they were written, in one directory; this server gives them out. */
export class FileRecordingStorage implements RecordingStorage {
  readonly #directory: string
  readonly #links: RecordingLinks

  constructor({ directory, links }: { directory: string; links: RecordingLinks }) {
    this.#directory = resolve(directory)
    this.#links = links
  }

  async keep({ path }: StoredRecording): Promise<string> {
    return path
  }

  async forget(): Promise<void> {}

  async temporaryUrl({ id, projectId }: StoredRecording, ttlSeconds: number): Promise<string> {
    return this.#links.create({ projectId, recordingId: id }, ttlSeconds)
  }

  async delete({ path }: StoredRecording): Promise<void> {
    const file = this.resolve(path)
    if (file !== undefined) await rm(file, { force: true })
  }

  /**
   * The absolute path of a record's file, which may be relative to the directory. undefined: it is not in there,
   * so it is none of ours.
   */
  resolve(path: string): string | undefined {
    const absolute = resolve(this.#directory, path)
    return absolute.startsWith(this.#directory + sep) ? absolute : undefined
  }
}
