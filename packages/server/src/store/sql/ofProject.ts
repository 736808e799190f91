import type { Kysely, Selectable, SelectQueryBuilder } from 'kysely'
import type { Codec } from './Codec.ts'
import type { Schema } from './schema.ts'

type Db = Kysely<Schema>
/** Tables whose records belong to a project and have an id. */
type ProjectTable = {
  [T in keyof Schema]: Schema[T] extends { projectId: unknown; id: unknown } ? T : never
}[keyof Schema]

// Kysely does not follow a table that is a type parameter: inside, each stands for one that has both columns.
const standIn = (table: ProjectTable): 'sessions' => table as 'sessions'

/** Everything of a table that a project has. */
export function ofProject<T extends ProjectTable>(
  db: Db,
  table: T,
  projectId: string,
): SelectQueryBuilder<Schema, T, Selectable<Schema[T]>> {
  const query = db.selectFrom(standIn(table)).selectAll().where('projectId', '=', projectId)
  return query as unknown as SelectQueryBuilder<Schema, T, Selectable<Schema[T]>>
}

/** A table, with how its records stand in it. */
export type RecordTable<R extends object> = { name: ProjectTable; codec: Codec<R> }

/** The record of a project that has an id; null: it has none. */
export async function findById<R extends object>(
  db: Db,
  { name, codec }: RecordTable<R>,
  projectId: string,
  id: string,
): Promise<R | null> {
  const row = await ofProject(db, standIn(name), projectId).where('id', '=', id).executeTakeFirst()
  return codec.toRecordOrNull(row)
}

/** Changes a record; resolves with what it is then. An empty patch changes nothing. */
export async function updateById<R extends object>(
  db: Db,
  table: RecordTable<R>,
  projectId: string,
  id: string,
  patch: Partial<NoInfer<R>>,
): Promise<R | null> {
  const set: object = table.codec.toPatch(patch)
  if (Object.keys(set).length === 0) return findById(db, table, projectId, id)
  const row = await db
    .updateTable(standIn(table.name))
    .set(set)
    .where('projectId', '=', projectId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return table.codec.toRecordOrNull(row)
}

/** Deletes a record; resolves with what it was. */
export async function deleteById<R extends object>(
  db: Db,
  { name, codec }: RecordTable<R>,
  projectId: string,
  id: string,
): Promise<R | null> {
  const row = await db
    .deleteFrom(standIn(name))
    .where('projectId', '=', projectId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return codec.toRecordOrNull(row)
}
