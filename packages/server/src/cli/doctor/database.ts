import { Client } from 'pg'
import { fail, ok, reasonOf, type Check } from './Finding.ts'

const timeoutMs = 5000

/** Whether PostgreSQL answers, if it is to be used. */
export const checkDatabase: Check = async ({ databaseUrl }) => {
  if (databaseUrl === undefined) return [ok('Records are kept in SQLite, in the data directory')]
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: timeoutMs })
  // A connection that breaks later tells so here, and would end the process otherwise.
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ version: string }>('select version()')
    return [ok(`The database answers: ${rows[0]?.version.split(' on ')[0] ?? 'PostgreSQL'}`)]
  } catch (error) {
    return [
      fail(
        `The database does not answer: ${reasonOf(error)}`,
        'ROOMFUL_DATABASE_URL must be postgres://USER:PASSWORD@HOST:PORT/DATABASE of a server that runs, or be unset for SQLite.',
      ),
    ]
  } finally {
    await client.end().catch(() => {})
  }
}
