import { CamelCasePlugin, sql, type Dialect, type Expression, type SqlBool } from 'kysely'
import { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

export type DatabaseKind = 'sqlite' | 'postgres'

/** What repositories are made of: the database, or one transaction of it. */
export type Database = { kind: DatabaseKind; db: Kysely<Schema> }

export function createKysely(dialect: Dialect): Kysely<Schema> {
  return new Kysely<Schema>({ dialect, plugins: [new CamelCasePlugin()] })
}

/** Whether a column contains a text; upper and lower case differ in both databases. */
export function contains(kind: DatabaseKind, column: string, text: string): Expression<SqlBool> {
  const name = sql.ref(column)
  return kind === 'sqlite'
    ? sql<SqlBool>`instr(${name}, ${text}) > 0`
    : sql<SqlBool>`strpos(${name}, ${text}) > 0`
}

/** Whether a write was refused because another record has this value; `property` as in the record. */
export function isTaken(error: unknown, table: string, column: string): boolean {
  if (!(error instanceof Error)) return false
  const { code, constraint } = error as { code?: string; constraint?: string }
  if (code === '23505') return constraint === `${table}_${column}_key`
  return error.message.startsWith('UNIQUE constraint failed:') && error.message.includes(`${table}.${column}`)
}
