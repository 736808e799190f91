import { sql, type CreateTableBuilder, type Kysely } from 'kysely'
import type { DatabaseKind } from '../Database.ts'

/** Times are unix milliseconds; columns named as objects or lists hold JSON. */
export async function createRecords(db: Kysely<unknown>, kind: DatabaseKind): Promise<void> {
  const table = <T extends string>(name: T): CreateTableBuilder<T, 'seq'> => {
    const builder = db.schema.createTable(name)
    return kind === 'sqlite'
      ? builder.addColumn('seq', 'integer', (column) => column.primaryKey().autoIncrement())
      : builder.addColumn('seq', 'bigserial', (column) => column.primaryKey())
  }

  await table('projects')
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .execute()

  await table('api_keys')
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('prefix', 'text', (column) => column.notNull())
    .addColumn('token_hash', 'text', (column) => column.notNull().unique())
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('last_used_at_ms', 'bigint')
    .addColumn('revoked_at_ms', 'bigint')
    .execute()

  await table('token_secrets')
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('secret', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('expires_at_ms', 'bigint')
    .execute()
  await db.schema.createIndex('token_secrets_project').on('token_secrets').column('project_id').execute()

  await withRoomProperties(table('rooms'))
    .addColumn('description', 'text')
    .addColumn('auto_created', 'boolean', (column) => column.notNull())
    .addColumn('conference', 'text')
    .addUniqueConstraint('rooms_name_key', ['project_id', 'name'])
    .execute()
  await db.schema.createIndex('rooms_project').on('rooms').columns(['project_id', 'seq']).execute()

  await table('conference_tokens')
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('conference_id', 'text', (column) =>
      column.notNull().references('rooms.id').onDelete('cascade'),
    )
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('token', 'text', (column) => column.notNull().unique())
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('conference_tokens_conference')
    .on('conference_tokens')
    .columns(['conference_id', 'seq'])
    .execute()

  await withRoomProperties(table('sessions'))
    .addColumn('room_id', 'text', (column) => column.references('rooms.id').onDelete('set null'))
    .addColumn('is_conference', 'boolean', (column) => column.notNull())
    .addColumn('locked', 'boolean', (column) => column.notNull())
    .addColumn('current_layout', 'text', (column) => column.notNull())
    .addColumn('hide_video_muted', 'boolean', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('started_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('ended_at_ms', 'bigint')
    .addColumn('owner_id', 'text', (column) => column.notNull())
    .addColumn('last_alive_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('discarded_at_ms', 'bigint')
    .execute()
  await db.schema.createIndex('sessions_project').on('sessions').columns(['project_id', 'seq']).execute()
  await db.schema.createIndex('sessions_room').on('sessions').columns(['room_id', 'seq']).execute()
  await db.schema.createIndex('sessions_name').on('sessions').columns(['project_id', 'name', 'seq']).execute()
  await db.schema
    .createIndex('sessions_in_progress')
    .on('sessions')
    .column('owner_id')
    .where(sql.ref('status'), '=', sql.lit('in-progress'))
    .execute()

  await table('session_members')
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('session_id', 'text', (column) =>
      column.notNull().references('sessions.id').onDelete('cascade'),
    )
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('parent_id', 'text')
    .addColumn('joined_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('left_at_ms', 'bigint')
    .addUniqueConstraint('session_members_id_key', ['session_id', 'id'])
    .execute()
  await db.schema
    .createIndex('session_members_session')
    .on('session_members')
    .columns(['session_id', 'seq'])
    .execute()

  await table('session_events')
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('room_id', 'text')
    .addColumn('session_id', 'text', (column) =>
      column.notNull().references('sessions.id').onDelete('cascade'),
    )
    .addColumn('recording_id', 'text')
    .addColumn('member_id', 'text')
    .addColumn('level', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('payload', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('session_events_session')
    .on('session_events')
    .columns(['session_id', 'seq'])
    .execute()
  await db.schema
    .createIndex('session_events_recording')
    .on('session_events')
    .columns(['recording_id', 'seq'])
    .execute()

  await table('recordings')
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('session_id', 'text', (column) =>
      column.notNull().references('sessions.id').onDelete('cascade'),
    )
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('started_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('finished_at_ms', 'bigint')
    .addColumn('duration_ms', 'bigint')
    .addColumn('size_bytes', 'bigint')
    .addColumn('format', 'text', (column) => column.notNull())
    .addColumn('path', 'text', (column) => column.notNull())
    .addColumn('error', 'text')
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('recordings_project').on('recordings').columns(['project_id', 'seq']).execute()
  await db.schema.createIndex('recordings_session').on('recordings').columns(['session_id', 'seq']).execute()

  await table('streams')
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('room_id', 'text', (column) => column.notNull().references('rooms.id').onDelete('cascade'))
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('streams_room').on('streams').columns(['room_id', 'seq']).execute()

  await table('session_streams')
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('session_id', 'text', (column) =>
      column.notNull().references('sessions.id').onDelete('cascade'),
    )
    .addColumn('stream_id', 'text')
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('started_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('ended_at_ms', 'bigint')
    .addColumn('error', 'text')
    .execute()
  await db.schema
    .createIndex('session_streams_session')
    .on('session_streams')
    .columns(['session_id', 'seq'])
    .execute()

  await table('webhooks')
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('secret', 'text', (column) => column.notNull())
    .addColumn('events', 'text', (column) => column.notNull())
    .addColumn('enabled', 'boolean', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('webhooks_project').on('webhooks').columns(['project_id', 'seq']).execute()

  await table('webhook_deliveries')
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('webhook_id', 'text', (column) =>
      column.notNull().references('webhooks.id').onDelete('cascade'),
    )
    .addColumn('event_name', 'text', (column) => column.notNull())
    .addColumn('payload', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('next_attempt_at_ms', 'bigint')
    .addColumn('delivered_at_ms', 'bigint')
    .addColumn('failed_at_ms', 'bigint')
    .addColumn('last_status', 'integer')
    .addColumn('last_error', 'text')
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('webhook_deliveries_webhook')
    .on('webhook_deliveries')
    .columns(['webhook_id', 'seq'])
    .execute()
  await db.schema
    .createIndex('webhook_deliveries_due')
    .on('webhook_deliveries')
    .column('next_attempt_at_ms')
    .execute()
}

/** What rooms and sessions have in common. */
function withRoomProperties<T extends string>(
  table: CreateTableBuilder<T, 'seq'>,
): CreateTableBuilder<T, string> {
  return table
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('display_name', 'text', (column) => column.notNull())
    .addColumn('max_members', 'integer', (column) => column.notNull())
    .addColumn('quality', 'text', (column) => column.notNull())
    .addColumn('fps', 'integer', (column) => column.notNull())
    .addColumn('join_from_ms', 'bigint')
    .addColumn('join_until_ms', 'bigint')
    .addColumn('remove_at_ms', 'bigint')
    .addColumn('remove_after_seconds', 'integer')
    .addColumn('layout', 'text', (column) => column.notNull())
    .addColumn('meta', 'text', (column) => column.notNull())
    .addColumn('record_on_start', 'boolean', (column) => column.notNull())
    .addColumn('tone_on_entry_and_exit', 'boolean', (column) => column.notNull())
    .addColumn('room_join_video_off', 'boolean', (column) => column.notNull())
    .addColumn('user_join_video_off', 'boolean', (column) => column.notNull())
    .addColumn('enable_room_previews', 'boolean', (column) => column.notNull())
    .addColumn('prioritize_handraise', 'boolean', (column) => column.notNull())
    .addColumn('sync_audio_video', 'boolean')
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
}
