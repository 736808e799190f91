import { sql } from 'kysely'
import { Codec } from '../sql/Codec.ts'
import { contains, type Database } from '../sql/Database.ts'
import { findById, ofProject, type RecordTable } from '../sql/ofProject.ts'
import { paginate } from '../sql/paginate.ts'
import type {
  SessionEventRecord,
  SessionEventRepository,
  SessionFilter,
  SessionMemberRecord,
  SessionMemberRepository,
  SessionRecord,
  SessionRepository,
} from '../types.ts'

/** Rows of one insert: databases bound the number of its parameters. */
const insertBatch = 500

const sessions = new Codec<SessionRecord>({
  json: ['meta'],
  booleans: [
    'recordOnStart',
    'toneOnEntryAndExit',
    'roomJoinVideoOff',
    'userJoinVideoOff',
    'enableRoomPreviews',
    'prioritizeHandraise',
    'syncAudioVideo',
    'isConference',
    'locked',
    'hideVideoMuted',
  ],
})
const sessionTable: RecordTable<SessionRecord> = { name: 'sessions', codec: sessions }
const members = new Codec<SessionMemberRecord>()
const events = new Codec<SessionEventRecord>({ json: ['payload'] })

export function sessionRepository(database: Database): SessionRepository {
  const { db, kind } = database
  return {
    async open(session) {
      const { roomId, ownerId, lastAliveAtMs, updatedAtMs } = session
      const { locked, currentLayout, hideVideoMuted, prioritizeHandraise, meta } = session
      const flags = { locked, currentLayout, hideVideoMuted, prioritizeHandraise, meta }
      const again = sessions.toPatch({
        ...{ status: 'in-progress', endedAtMs: null, roomId, ownerId, lastAliveAtMs, updatedAtMs },
        ...flags,
      })
      await db
        .insertInto('sessions')
        .values(sessions.toRow(session))
        .onConflict((conflict) => conflict.column('id').doUpdateSet(again))
        .execute()
    },
    find: (projectId, id) => findById(db, sessionTable, projectId, id),
    list: (projectId, page, filter) =>
      paginate(filtered(database, projectId, filter), page, (row) => sessions.toRecord(row)),
    async active(projectId, roomIds) {
      if (roomIds.length === 0) return new Map()
      const rows = await ofProject(db, 'sessions', projectId)
        .where('status', '=', 'in-progress')
        .where('roomId', 'in', roomIds)
        .orderBy('seq')
        .execute()
      return new Map(
        rows.flatMap((row) => (row.roomId === null ? [] : [[row.roomId, sessions.toRecord(row)]])),
      )
    },
    async setFlags(id, flags, nowMs) {
      await db
        .updateTable('sessions')
        .set(sessions.toPatch({ ...flags, updatedAtMs: nowMs }))
        .where('id', '=', id)
        .execute()
    },
    async alive(which, nowMs) {
      await db
        .updateTable('sessions')
        .set({ lastAliveAtMs: nowMs })
        .where('status', '=', 'in-progress')
        .where('lastAliveAtMs', '<', nowMs)
        .$if('id' in which, (query) => query.where('id', '=', 'id' in which ? which.id : ''))
        .$if('ownerId' in which, (query) =>
          query.where('ownerId', '=', 'ownerId' in which ? which.ownerId : ''),
        )
        .execute()
    },
    async close(id, endedAtMs) {
      const write = async (trx: Database['db']): Promise<void> => {
        await trx
          .updateTable('sessions')
          .set({ status: 'completed', endedAtMs, updatedAtMs: endedAtMs })
          .where('id', '=', id)
          .where('status', '=', 'in-progress')
          .execute()
        await trx
          .updateTable('sessionMembers')
          // A clock that was set back must not make it leave before it joined.
          .set({
            leftAtMs: sql`case when joined_at_ms > ${endedAtMs} then joined_at_ms else ${endedAtMs} end`,
          })
          .where('sessionId', '=', id)
          .where('leftAtMs', 'is', null)
          .execute()
        await trx
          .updateTable('sessionStreams')
          .set({ status: 'completed', endedAtMs })
          .where('sessionId', '=', id)
          .where('status', '=', 'streaming')
          .execute()
      }
      await (db.isTransaction ? write(db) : db.transaction().execute(write))
    },
    async interrupted(ownerId, staleMs) {
      const rows = await db
        .selectFrom('sessions')
        .selectAll()
        .where('status', '=', 'in-progress')
        .where((where) => where.or([where('ownerId', '=', ownerId), where('lastAliveAtMs', '<', staleMs)]))
        .orderBy('seq')
        .execute()
      return rows.map((row) => sessions.toRecord(row))
    },
    async prune(endedBeforeMs, limit) {
      const old = db
        .selectFrom('sessions')
        .select('id')
        .where('status', '=', 'completed')
        .where('endedAtMs', '<', endedBeforeMs)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('recordings')
                .select('recordings.id')
                .whereRef('recordings.sessionId', '=', 'sessions.id'),
            ),
          ),
        )
        .orderBy('seq')
        .limit(limit)
      const ids = (await old.execute()).map(({ id }) => id)
      if (ids.length === 0) return 0
      let removed = 0
      for (const table of ['sessionEvents', 'sessionMembers', 'sessionStreams'] as const) {
        const some = db
          .selectFrom(table)
          .select('seq')
          .where('sessionId', 'in', ids)
          .limit(limit - removed)
        const { numDeletedRows } = await db.deleteFrom(table).where('seq', 'in', some).executeTakeFirst()
        removed += Number(numDeletedRows)
        if (removed >= limit) return removed
      }
      const { numDeletedRows } = await db
        .deleteFrom('sessions')
        .where('id', 'in', ids.slice(0, limit - removed))
        // Its members may have come back.
        .where('status', '=', 'completed')
        .executeTakeFirst()
      return removed + Number(numDeletedRows)
    },
    async discard(projectId, id, nowMs) {
      const { numUpdatedRows } = await db
        .updateTable('sessions')
        .set({ discardedAtMs: nowMs })
        .where('projectId', '=', projectId)
        .where('id', '=', id)
        .where('discardedAtMs', 'is', null)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
  }

  function filtered({ db: from }: Database, projectId: string, filter: SessionFilter = {}) {
    let query = ofProject(from, 'sessions', projectId)
    const { roomId, roomName, roomNameMatches, status, createdFromMs, createdBeforeMs } = filter
    if (roomId !== undefined) query = query.where('roomId', '=', roomId)
    if (roomName !== undefined) query = query.where('name', '=', roomName)
    if (roomNameMatches !== undefined) query = query.where(contains(kind, 'name', roomNameMatches))
    if (status !== undefined) query = query.where('status', '=', status)
    if (createdFromMs !== undefined) query = query.where('createdAtMs', '>=', createdFromMs)
    if (createdBeforeMs !== undefined) query = query.where('createdAtMs', '<', createdBeforeMs)
    return filter.includeDiscarded === true ? query : query.where('discardedAtMs', 'is', null)
  }
}

export function sessionMemberRepository({ db }: Database): SessionMemberRepository {
  return {
    async join(member) {
      const { name, type } = member
      await db
        .insertInto('sessionMembers')
        .values(members.toRow(member))
        .onConflict((conflict) =>
          conflict.columns(['sessionId', 'id']).doUpdateSet({ name, type, leftAtMs: null }),
        )
        .execute()
    },
    async leave(sessionId, id, leftAtMs) {
      await db
        .updateTable('sessionMembers')
        .set({ leftAtMs })
        .where('sessionId', '=', sessionId)
        .where('id', '=', id)
        .where('leftAtMs', 'is', null)
        .execute()
    },
    async update(sessionId, id, patch) {
      await db
        .updateTable('sessionMembers')
        .set(members.toPatch(patch))
        .where('sessionId', '=', sessionId)
        .where('id', '=', id)
        .execute()
    },
    list: (projectId, sessionId, page, { types } = {}) =>
      paginate(
        ofProject(db, 'sessionMembers', projectId)
          .where('sessionId', '=', sessionId)
          .$if(types !== undefined, (query) => query.where('type', 'in', types ?? [])),
        page,
        (row) => members.toRecord(row),
      ),
  }
}

export function sessionEventRepository({ db }: Database): SessionEventRepository {
  return {
    async append(added) {
      for (let start = 0; start < added.length; start += insertBatch) {
        const rows = added.slice(start, start + insertBatch).map((event) => events.toRow(event))
        await db.insertInto('sessionEvents').values(rows).execute()
      }
    },
    list: (projectId, filter, page) => {
      const query = ofProject(db, 'sessionEvents', projectId)
      return paginate(
        'sessionId' in filter
          ? query.where('sessionId', '=', filter.sessionId)
          : query.where('recordingId', '=', filter.recordingId),
        page,
        (row) => events.toRecord(row),
      )
    },
  }
}
