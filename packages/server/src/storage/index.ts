import { join } from 'node:path'
import type { S3Config } from '../config/index.ts'
import type { Clock } from '../lib/Clock.ts'
import { FileRecordingStorage } from './FileRecordingStorage.ts'
import { RecordingLinks } from './RecordingLinks.ts'
import { S3RecordingStorage } from './S3RecordingStorage.ts'
import type { RecordingStorage } from './types.ts'

export { archiveRecording, type ArchiveDependencies } from './archiveRecording.ts'
export { FileRecordingStorage } from './FileRecordingStorage.ts'
export { RecordingLinks, type RecordingLinksOptions } from './RecordingLinks.ts'
export { PendingUploads, type PendingUploadsOptions } from './PendingUploads.ts'
export { isInBucket, S3RecordingStorage } from './S3RecordingStorage.ts'
export type { RecordingStorage, StoredRecording } from './types.ts'

/** Where recordings are written, and stay unless there is a bucket. */
export function recordingsDirectory(dataDir: string): string {
  return join(dataDir, 'recordings')
}

export type OpenRecordingStorage = {
  storage: RecordingStorage
  /** What of it is on this machine. */
  files: FileRecordingStorage
  links: RecordingLinks
}

/** The storage that the configuration asks for. */
export function openRecordingStorage({
  config: { dataDir, tokenSecret, s3 },
  publicUrl,
  clock,
}: {
  config: { dataDir: string; tokenSecret: string; s3: S3Config | undefined }
  publicUrl: () => string
  clock: Clock
}): OpenRecordingStorage {
  const links = new RecordingLinks({ secret: tokenSecret, publicUrl, clock })
  const files = new FileRecordingStorage({ directory: recordingsDirectory(dataDir), links })
  const storage = s3 === undefined ? files : new S3RecordingStorage({ config: s3, local: files })
  return { storage, files, links }
}
