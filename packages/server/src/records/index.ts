export type { RecordingKeeper } from './recordingFiles.ts'
export { SessionRecords, type SessionRecordsOptions } from './SessionRecords.ts'
