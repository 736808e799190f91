import type { ProjectId, RoomId } from '@roomful/protocol'
import type { SelectQueryBuilder } from 'kysely'
import { StoreConflictError } from '../errors.ts'
import { Codec } from '../sql/Codec.ts'
import { isTaken, type Database } from '../sql/Database.ts'
import { findById, ofProject, updateById, type RecordTable } from '../sql/ofProject.ts'
import { paginate } from '../sql/paginate.ts'
import type { Schema } from '../sql/schema.ts'
import type {
  ConferenceRecord,
  ConferenceRepository,
  ConferenceTokenRecord,
  ConferenceTokenRepository,
  RoomRecord,
  RoomRepository,
  TimeWindow,
} from '../types.ts'

const rooms = new Codec<RoomRecord>({
  json: ['meta', 'conference'],
  booleans: [
    'recordOnStart',
    'toneOnEntryAndExit',
    'roomJoinVideoOff',
    'userJoinVideoOff',
    'enableRoomPreviews',
    'prioritizeHandraise',
    'syncAudioVideo',
    'autoCreated',
  ],
})
const conferenceTokens = new Codec<ConferenceTokenRecord>({ json: ['scopes'] })
const tokenTable: RecordTable<ConferenceTokenRecord> = { name: 'conferenceTokens', codec: conferenceTokens }

type Kind = 'room' | 'conference'
type RoomQuery = SelectQueryBuilder<Schema, 'rooms', { seq: number }>

export function roomRepository(database: Database): RoomRepository {
  const { db } = database
  return {
    create: (room) => insertRoom(database, room),
    async find(projectId, id) {
      const row = await roomsOf(db, projectId, 'room').where('id', '=', id).executeTakeFirst()
      return rooms.toRecordOrNull(row)
    },
    async findByName(projectId, name) {
      const row = await roomsOf(db, projectId, 'room').where('name', '=', name).executeTakeFirst()
      return rooms.toRecordOrNull(row)
    },
    async findJoinable(projectId, name) {
      const row = await ofProject(db, 'rooms', projectId).where('name', '=', name).executeTakeFirst()
      return rooms.toRecordOrNull(row)
    },
    list: (projectId, page, filter) =>
      paginate(within(roomsOf(db, projectId, 'room'), filter), page, (row) => rooms.toRecord(row)),
    update: (projectId, id, patch) => updateRoom(database, projectId, id, 'room', patch),
    async setMeta(projectId, id, meta, nowMs) {
      await db
        .updateTable('rooms')
        .set(rooms.toPatch({ meta, updatedAtMs: nowMs }))
        .where('projectId', '=', projectId)
        .where('id', '=', id)
        .execute()
    },
    async deleteAutoCreated(projectId, id) {
      await db
        .deleteFrom('rooms')
        .where('projectId', '=', projectId)
        .where('id', '=', id)
        .where('autoCreated', '=', true)
        .execute()
    },
    delete: (projectId, id) => deleteRoom(database, projectId, id, 'room'),
  }
}

export function conferenceRepository(database: Database): ConferenceRepository {
  const { db } = database
  const toConference = (row: object): ConferenceRecord => rooms.toRecord(row) as ConferenceRecord
  return {
    async create(conference, tokens) {
      const write = async (trx: Database['db']): Promise<void> => {
        await insertRoom({ ...database, db: trx }, conference)
        for (const token of tokens) {
          await trx.insertInto('conferenceTokens').values(conferenceTokens.toRow(token)).execute()
        }
      }
      await (db.isTransaction ? write(db) : db.transaction().execute(write))
    },
    async find(projectId, id) {
      const row = await roomsOf(db, projectId, 'conference').where('id', '=', id).executeTakeFirst()
      return row === undefined ? null : toConference(row)
    },
    list: (projectId, page, filter) =>
      paginate(within(roomsOf(db, projectId, 'conference'), filter), page, toConference),
    update: (projectId, id, patch) =>
      updateRoom(database, projectId, id, 'conference', patch) as Promise<ConferenceRecord | null>,
    delete: (projectId, id) => deleteRoom(database, projectId, id, 'conference'),
  }
}

export function conferenceTokenRepository({ db }: Database): ConferenceTokenRepository {
  return {
    find: (projectId, id) => findById(db, tokenTable, projectId, id),
    async findByToken(token) {
      const row = await db
        .selectFrom('conferenceTokens')
        .selectAll()
        .where('token', '=', token)
        .executeTakeFirst()
      return conferenceTokens.toRecordOrNull(row)
    },
    list: (projectId, conferenceId, page) =>
      paginate(
        ofProject(db, 'conferenceTokens', projectId).where('conferenceId', '=', conferenceId),
        page,
        (row) => conferenceTokens.toRecord(row),
      ),
    reset: (projectId, id, token, nowMs) =>
      updateById(db, tokenTable, projectId, id, { token, updatedAtMs: nowMs }),
  }
}

function roomsOf(db: Database['db'], projectId: ProjectId, kind: Kind) {
  return ofProject(db, 'rooms', projectId).where('conference', kind === 'room' ? 'is' : 'is not', null)
}

function within<Q extends RoomQuery>(query: Q, filter: TimeWindow = {}): Q {
  let filtered: RoomQuery = query
  if (filter.startsAfterMs !== undefined) filtered = filtered.where('joinFromMs', '>=', filter.startsAfterMs)
  if (filter.endsBeforeMs !== undefined) filtered = filtered.where('joinUntilMs', '<=', filter.endsBeforeMs)
  return filtered as Q
}

async function insertRoom({ db }: Database, room: RoomRecord): Promise<void> {
  await refusingTakenName(db.insertInto('rooms').values(rooms.toRow(room)).execute())
}

async function updateRoom(
  { db }: Database,
  projectId: ProjectId,
  id: RoomId,
  kind: Kind,
  patch: Partial<RoomRecord>,
): Promise<RoomRecord | null> {
  const set = rooms.toPatch(patch)
  if (Object.keys(set).length === 0) {
    return rooms.toRecordOrNull(await roomsOf(db, projectId, kind).where('id', '=', id).executeTakeFirst())
  }
  const row = await refusingTakenName(
    db
      .updateTable('rooms')
      .set(set)
      .where('projectId', '=', projectId)
      .where('id', '=', id)
      .where('conference', kind === 'room' ? 'is' : 'is not', null)
      .returningAll()
      .executeTakeFirst(),
  )
  return rooms.toRecordOrNull(row)
}

async function deleteRoom({ db }: Database, projectId: ProjectId, id: RoomId, kind: Kind): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('rooms')
    .where('projectId', '=', projectId)
    .where('id', '=', id)
    .where('conference', kind === 'room' ? 'is' : 'is not', null)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

async function refusingTakenName<T>(write: Promise<T>): Promise<T> {
  try {
    return await write
  } catch (error) {
    if (isTaken(error, 'rooms', 'name')) throw new StoreConflictError('name', { cause: error })
    throw error
  }
}
