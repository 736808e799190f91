import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { pino } from 'pino'
import { afterAll, describe, expect, it } from 'vitest'
import { StoreOpenError } from './errors.ts'
import { databaseFileName, openStore } from './openStore.ts'
import { describeStore } from './Store.contract.ts'

const root = mkdtempSync(join(tmpdir(), 'roomful-sqlite-'))
afterAll(() => rmSync(root, { recursive: true }))

const logger = pino({ level: 'silent' })
const openAt = (dataDir: string) => openStore({ dataDir, databaseUrl: undefined, logger })
const newDir = (): string => mkdtempSync(join(root, 'data-'))

describeStore('SQLite', async () => {
  const dataDir = newDir()
  let store = await openAt(dataDir)
  return {
    store,
    async reopen() {
      await store.close()
      return (store = await openAt(dataDir))
    },
  }
})

describe('a SQLite file', () => {
  it('can be opened by several processes at once, also while it is new', async () => {
    const dataDir = newDir()
    const script = `
      const { openStore } = await import(${JSON.stringify(new URL('./openStore.ts', import.meta.url).href)})
      const store = await openStore({ dataDir: ${JSON.stringify(dataDir)}, logger: { warn() {} } })
      for (let i = 0; i < 50; i++) {
        await store.transaction(({ projects }) =>
          projects.ensure({ id: process.pid + '-' + i, name: 'of a process', createdAtMs: i }),
        )
      }
      await store.close()`
    const run = promisify(execFile)
    await Promise.all([1, 2, 3].map(() => run(process.execPath, ['--input-type=module', '-e', script])))
    const store = await openAt(dataDir)
    expect(await store.projects.list()).toHaveLength(150)
    await store.close()
  })

  it('is not opened if a newer version wrote it', async () => {
    const dataDir = newDir()
    await (await openAt(dataDir)).close()
    const database = new DatabaseSync(join(dataDir, databaseFileName))
    database.exec(`insert into kysely_migration values ('9999_future', 'some day')`)
    database.close()
    await expect(openAt(dataDir)).rejects.toThrow(StoreOpenError)
    await expect(openAt(dataDir)).rejects.toThrow(/newer version of Roomful.*9999_future/)
  })

  it('says what is wrong if it cannot be opened', async () => {
    await expect(openAt(join(root, 'missing', 'deep'))).rejects.toThrow(/cannot be opened: unable to open/)
  })
})
