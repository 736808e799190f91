import { pino } from 'pino'
import { describeRestApi } from './contract/index.ts'
import { openStore } from '../../src/store/index.ts'
import { startPostgres } from '../support/postgres.ts'

const logger = pino({ level: 'silent' })

describeRestApi('Postgres', async () => {
  const postgres = await startPostgres()
  return {
    openStore: (dataDir) => openStore({ dataDir, databaseUrl: postgres.url, logger }),
    dispose: () => postgres[Symbol.asyncDispose](),
  }
})
