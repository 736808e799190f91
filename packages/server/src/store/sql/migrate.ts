import { sql, type Kysely } from 'kysely'
import { Migrator, type Migration } from 'kysely/migration'
import { StoreOpenError } from '../errors.ts'
import type { DatabaseKind } from './Database.ts'
import { createRecords } from './migrations/0001_records.ts'
import type { Schema } from './schema.ts'

/**
 * In the order of their names. One that has been released is never changed: what is to be different goes into a
 * new one, which must let the version before run on for as long as both are running.
 */
const migrations = (kind: DatabaseKind): Record<string, Migration> => ({
  '0001_records': { up: (db) => createRecords(db, kind) },
})

/**
 * Brings the database to the present schema. Safe to be done by several servers at once: an advisory lock
 * (Postgres) or the lock of the file (SQLite) lets one after the other.
 */
export async function migrate(db: Kysely<Schema>, kind: DatabaseKind): Promise<void> {
  const plain = db.withoutPlugins()
  const known = migrations(kind)
  await refuseNewer(plain, Object.keys(known))
  const migrator = new Migrator({ db: plain, provider: { getMigrations: async () => known } })
  const { error, results } = await migrator.migrateToLatest()
  if (error === undefined) return
  const failed = results?.find(({ status }) => status === 'Error')?.migrationName
  const what = failed === undefined ? 'The database could not be migrated' : `Migration ${failed} failed`
  throw new StoreOpenError(`${what}: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  })
}

/** A schema that this version does not know is not to be written by it. */
async function refuseNewer(db: Kysely<Schema>, known: readonly string[]): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some(({ name }) => name === 'kysely_migration')) return
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  const unknown = rows.map(({ name }) => name).filter((name) => !known.includes(name))
  if (unknown.length === 0) return
  throw new StoreOpenError(
    `The database was written by a newer version of Roomful: it has ${unknown.join(', ')}, this version knows ` +
      `up to ${known.at(-1)}. Start the newer version, or restore the backup from before the update.`,
  )
}
