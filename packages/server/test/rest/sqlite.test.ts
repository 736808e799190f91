import { pino } from 'pino'
import { describeRestApi } from './contract/index.ts'
import { openStore } from '../../src/store/index.ts'

const logger = pino({ level: 'silent' })

describeRestApi('SQLite', async () => ({
  openStore: (dataDir) => openStore({ dataDir, databaseUrl: undefined, logger }),
  dispose: async () => {},
}))
