import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { developmentCredentials } from '../../src/config/load.ts'
import type { StartOptions } from '../../src/startServer.ts'
import { openStore, type SessionRecord, type Store } from '../../src/store/index.ts'
import { startTestServer, type TestServer } from './startTestServer.ts'

const { projectId } = developmentCredentials
const all = { pageSize: 1000 }
const logger = pino({ level: 'silent' })

export type Recorded = AsyncDisposable & {
  test: TestServer
  store: Store
  /** The session that is running, or ran last. */
  session(): Promise<SessionRecord>
  events(): Promise<string[]>
  /** Another server on the same data, as after a crash of the first if that was not closed. */
  restart(): Promise<Recorded>
}

/** A server, and its store for looking into it. What it is given with `dataDir` is removed at the end. */
export async function startRecorded(
  dataDir = mkdtempSync(join(tmpdir(), 'roomful-records-')),
  options: StartOptions = {},
): Promise<Recorded> {
  const store = await openStore({ dataDir, databaseUrl: undefined, logger })
  const test = await startTestServer({ ...options, dataDir, store })
  const session = async (): Promise<SessionRecord> => {
    const [newest] = (await store.sessions.list(projectId, all)).items
    if (newest === undefined) throw new Error('There is no session')
    return newest
  }
  return {
    test,
    store,
    session,
    async events() {
      const { items } = await store.events.list(projectId, { sessionId: (await session()).id }, all)
      return items.map(({ name }) => name).reverse()
    },
    restart: () => startRecorded(dataDir, options),
    async [Symbol.asyncDispose]() {
      await test[Symbol.asyncDispose]()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
