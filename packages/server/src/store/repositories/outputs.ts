import { Codec } from '../sql/Codec.ts'
import type { Database } from '../sql/Database.ts'
import { deleteById, findById, ofProject, updateById, type RecordTable } from '../sql/ofProject.ts'
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
const recordingTable: RecordTable<RecordingRecord> = { name: 'recordings', codec: recordings }
const streamTable: RecordTable<StreamRecord> = { name: 'streams', codec: streams }

export function recordingRepository({ db }: Database): RecordingRepository {
  return {
    async create(recording) {
      await db.insertInto('recordings').values(recordings.toRow(recording)).execute()
    },
    find: (projectId, id) => findById(db, recordingTable, projectId, id),
    list: (projectId, page, { sessionId } = {}) =>
      paginate(
        ofProject(db, 'recordings', projectId).$if(sessionId !== undefined, (query) =>
          query.where('sessionId', '=', sessionId ?? ''),
        ),
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
    update: (projectId, id, patch) => updateById(db, recordingTable, projectId, id, patch),
    delete: (projectId, id) => deleteById(db, recordingTable, projectId, id),
  }
}

export function streamRepository({ db }: Database): StreamRepository {
  return {
    async create(stream) {
      await db.insertInto('streams').values(streams.toRow(stream)).execute()
    },
    find: (projectId, id) => findById(db, streamTable, projectId, id),
    list: (projectId, roomId, page) =>
      paginate(ofProject(db, 'streams', projectId).where('roomId', '=', roomId), page, (row) =>
        streams.toRecord(row),
      ),
    update: (projectId, id, patch) => updateById(db, streamTable, projectId, id, patch),
    delete: (projectId, id) => deleteById(db, streamTable, projectId, id),
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
      paginate(ofProject(db, 'sessionStreams', projectId).where('sessionId', '=', sessionId), page, (row) =>
        sessionStreams.toRecord(row),
      ),
  }
}
