import { join } from 'node:path'
import { PostgresDialect, type Dialect } from 'kysely'
import pg from 'pg'
import type { Logger } from 'pino'
import { StoreOpenError } from './errors.ts'
import { createKysely, type DatabaseKind } from './sql/Database.ts'
import { migrate } from './sql/migrate.ts'
import { createSqlStore } from './sql/SqlStore.ts'
import { NodeSqliteDialect } from './sqlite/NodeSqliteDialect.ts'
import type { Store } from './types.ts'

/** Name of the SQLite file within the data directory. */
export const databaseFileName = 'roomful.db'

const maxConnections = 10
/** For a new connection, and for one that is free. */
const connectTimeoutMs = 5000
/** A statement that takes longer has met a lock, or a database that is not itself. */
const statementTimeoutMs = 10_000
/** Type `bigint` of Postgres; what we keep in it are times and sizes, exact as numbers. */
const int8Oid = 20

export type OpenStoreOptions = {
  dataDir: string
  /** `postgres://…`; undefined: the SQLite file in the data directory. */
  databaseUrl: string | undefined
  logger: Logger
}

/** Opens the database and brings it to the present schema. Throws `StoreOpenError`, which says what is wrong. */
export async function openStore({ dataDir, databaseUrl, logger }: OpenStoreOptions): Promise<Store> {
  return databaseUrl === undefined
    ? open('sqlite', new NodeSqliteDialect(join(dataDir, databaseFileName)), `in ${dataDir}`)
    : open('postgres', postgres(databaseUrl, logger), `at ${withoutPassword(databaseUrl)}`)
}

async function open(kind: DatabaseKind, dialect: Dialect, where: string): Promise<Store> {
  const db = createKysely(dialect)
  try {
    await migrate(db, kind)
    return createSqlStore(db, kind)
  } catch (error) {
    await db.destroy().catch(() => {})
    if (error instanceof StoreOpenError) throw error
    const reason = error instanceof Error ? error.message || String(error) : String(error)
    throw new StoreOpenError(`The database ${where} cannot be opened: ${reason}`, { cause: error })
  }
}

function postgres(connectionString: string, logger: Logger): Dialect {
  const pool = new pg.Pool({
    connectionString,
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + 1000,
    application_name: 'roomful',
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === int8Oid ? Number : (pg.types.getTypeParser(oid, format) as (value: string) => unknown),
    },
  })
  // One that breaks while nobody uses it; the pool makes another one when it is needed.
  pool.on('error', (error) => logger.warn({ err: error }, 'A connection to the database broke'))
  return new PostgresDialect({ pool })
}

function withoutPassword(databaseUrl: string): string {
  const url = new URL(databaseUrl)
  url.password = ''
  url.search = ''
  return url.toString()
}
