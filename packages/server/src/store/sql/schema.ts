import type { ColumnType, Generated } from 'kysely'
import type {
  ApiKeyRecord,
  ConferenceTokenRecord,
  ProjectRecord,
  RecordingRecord,
  RoomRecord,
  SessionEventRecord,
  SessionMemberRecord,
  SessionRecord,
  SessionStreamRecord,
  StreamRecord,
  TokenSecretRecord,
  WebhookDeliveryRecord,
  WebhookRecord,
} from '../records.ts'

/** Booleans are 0 and 1 in SQLite; objects are JSON in both databases. */
type Column<V> = [NonNullable<V>] extends [string | number]
  ? V
  : [NonNullable<V>] extends [boolean]
    ? ColumnType<boolean | number | Extract<V, null>, V, V>
    : string | Extract<V, null>

/** A table that holds records of one kind, numbered as they came. */
export type TableOf<R> = { seq: Generated<number> } & { [K in keyof R]: Column<R[K]> }

export type Schema = {
  projects: TableOf<ProjectRecord>
  apiKeys: TableOf<ApiKeyRecord>
  tokenSecrets: TableOf<TokenSecretRecord>
  rooms: TableOf<RoomRecord>
  conferenceTokens: TableOf<ConferenceTokenRecord>
  sessions: TableOf<SessionRecord>
  sessionMembers: TableOf<SessionMemberRecord>
  sessionEvents: TableOf<SessionEventRecord>
  recordings: TableOf<RecordingRecord>
  streams: TableOf<StreamRecord>
  sessionStreams: TableOf<SessionStreamRecord>
  webhooks: TableOf<WebhookRecord>
  webhookDeliveries: TableOf<WebhookDeliveryRecord>
}
