export type { Announcer } from './interruptedEvents.ts'
export type { RecordingArchive, RecordingKeeper } from './recordingFiles.ts'
export { Retention, type RetentionOptions } from './Retention.ts'
export { SessionRecords, type SessionRecordsOptions } from './SessionRecords.ts'
