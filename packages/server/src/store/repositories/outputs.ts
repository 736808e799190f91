import { Codec } from '../sql/Codec.ts'
import type { Database } from '../sql/Database.ts'
import { paginate } from '../sql/paginate.ts'
import type {
  RecordingRecord,
  RecordingRepository,
  SessionStreamRecord,
  SessionStreamRepository,
  StreamRecord,
  StreamRepository,
} from '../types.ts'

const recordings = new Codec<RecordingRecord>()
const streams = new Codec<StreamRecord>()
const sessionStreams = new Codec<SessionStreamRecord>()

export function recordingRepository({ db }: Database): RecordingRepository {
  const find: RecordingRepository['find'] = async (projectId, id) =>
    recordings.toRecordOrNull(
      await db
        .selectFrom('recordings')
        .selectAll()
        .where('projectId', '=', projectId)
        .where('id', '=', id)
        .executeTakeFirst(),
    )
  return {
    async create(recording) {
      await db.insertInto('recordings').values(recordings.toRow(recording)).execute()
    },
    find,
    list: (projectId, page, { sessionId } = {}) =>
      paginate(
        db
          .selectFrom('recordings')
          .selectAll()
          .where('projectId', '=', projectId)
          .$if(sessionId !== undefined, (query) => query.where('sessionId', '=', sessionId ?? '')),
        page,
        (row) => recordings.toRecord(row),
      ),
    async unfinished(sessionId) {
      const rows = await db
        .selectFrom('recordings')
        .selectAll()
        .where('sessionId', '=', sessionId)
        .where('status', '!=', 'completed')
        .orderBy('seq')
        .execute()
      return rows.map((row) => recordings.toRecord(row))
    },
    async abandoned(ownerId, staleMs) {
      const rows = await db
        .selectFrom('recordings')
        .innerJoin('sessions', 'sessions.id', 'recordings.sessionId')
        .selectAll('recordings')
        .where('recordings.status', '!=', 'completed')
        .where('sessions.status', '=', 'completed')
        .where((where) =>
          where.or([where('sessions.ownerId', '=', ownerId), where('recordings.updatedAtMs', '<', staleMs)]),
        )
        .orderBy('recordings.seq')
        .execute()
      return rows.map((row) => recordings.toRecord(row))
    },
    async update(projectId, id, patch) {
      const set = recordings.toPatch(patch)
      if (Object.keys(set).length === 0) return find(projectId, id)
      const row = await db
        .updateTable('recordings')
        .set(set)
        .where('projectId', '=', projectId)
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst()
      return recordings.toRecordOrNull(row)
    },
    async delete(projectId, id) {
      const row = await db
        .deleteFrom('recordings')
        .where('projectId', '=', projectId)
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst()
      return recordings.toRecordOrNull(row)
    },
  }
}

export function streamRepository({ db }: Database): StreamRepository {
  return {
    async create(stream) {
      await db.insertInto('streams').values(streams.toRow(stream)).execute()
    },
    async find(projectId, id) {
      const row = await db
        .selectFrom('streams')
        .selectAll()
        .where('projectId', '=', projectId)
        .where('id', '=', id)
        .executeTakeFirst()
      return streams.toRecordOrNull(row)
    },
    list: (projectId, roomId, page) =>
      paginate(
        db.selectFrom('streams').selectAll().where('projectId', '=', projectId).where('roomId', '=', roomId),
        page,
        (row) => streams.toRecord(row),
      ),
    async update(projectId, id, patch) {
      const row = await db
        .updateTable('streams')
        .set(streams.toPatch(patch))
        .where('projectId', '=', projectId)
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst()
      return streams.toRecordOrNull(row)
    },
    async delete(projectId, id) {
      const row = await db
        .deleteFrom('streams')
        .where('projectId', '=', projectId)
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst()
      return streams.toRecordOrNull(row)
    },
  }
}

export function sessionStreamRepository({ db }: Database): SessionStreamRepository {
  return {
    async start(stream) {
      await db.insertInto('sessionStreams').values(sessionStreams.toRow(stream)).execute()
    },
    async end(id, endedAtMs, error) {
      await db
        .updateTable('sessionStreams')
        .set({ status: 'completed', endedAtMs, error })
        .where('id', '=', id)
        .where('status', '=', 'streaming')
        .execute()
    },
    list: (projectId, sessionId, page) =>
      paginate(
        db
          .selectFrom('sessionStreams')
          .selectAll()
          .where('projectId', '=', projectId)
          .where('sessionId', '=', sessionId),
        page,
        (row) => sessionStreams.toRecord(row),
      ),
  }
}
