import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../src/lib/Clock.ts'
import { openStore } from '../src/store/index.ts'
import { describeStore } from '../src/store/Store.contract.ts'
import { testProjectId, testRoom } from '../src/store/testRecords.ts'
import { waitFor } from './support/waitFor.ts'
import { startTestServer } from './support/startTestServer.ts'
import { startPostgres, type PostgresServer } from './support/postgres.ts'

const logger = pino({ level: 'silent' })
const openAt = (databaseUrl: string) => openStore({ dataDir: '/nowhere', databaseUrl, logger })

let postgres: PostgresServer
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres[Symbol.asyncDispose]())

describeStore('Postgres', async () => {
  let store = await openAt(postgres.url)
  return {
    store,
    async reopen() {
      await store.close()
      return (store = await openAt(postgres.url))
    },
  }
})

describe('a Postgres database', () => {
  it('can be opened by several servers at once, also while it is new', async () => {
    const url = await postgres.createDatabase('together')
    const stores = await Promise.all([1, 2, 3, 4].map(() => openAt(url)))
    const room = testRoom()
    await stores[0]?.rooms.create(room)
    expect(await stores[3]?.rooms.find(testProjectId, room.id)).toEqual(room)
    await Promise.all(stores.map((store) => store.close()))
  })

  it('is not opened if a newer version wrote it', async () => {
    const url = await postgres.createDatabase('newer')
    await (await openAt(url)).close()
    const client = new pg.Client(url)
    await client.connect()
    await client.query(`insert into kysely_migration values ('9999_future', 'some day')`)
    await client.end()
    await expect(openAt(url)).rejects.toThrow(/newer version of Roomful.*9999_future/)
  })

  it('is named without its password if it cannot be opened', async () => {
    const url = postgres.url.replace('roomful@', 'roomful:geheim@').replace(/\/roomful$/, '/missing')
    const failing = openAt(url)
    await expect(failing).rejects.toThrow(/missing cannot be opened: database "missing" does not exist/)
    await expect(failing).rejects.not.toThrow(/geheim/)
  })

  it('is used again after it was started anew', async () => {
    const url = await postgres.createDatabase('restarted')
    const store = await openAt(url)
    const room = testRoom()
    await store.rooms.create(room)
    await postgres.kill()
    await expect(store.ping()).rejects.toThrow()
    await postgres.start()
    expect(await store.rooms.find(testProjectId, room.id)).toEqual(room)
    await store.close()
  })
})

describe('a server whose database is away', () => {
  it('goes on with its rooms, says that it cannot save, and writes it all down later', async () => {
    const url = await postgres.createDatabase('away')
    const store = await openAt(url)
    const clock = systemClock
    await using test = await startTestServer({ store, clock })
    const projectId = test.server.config.projectId
    const ada = await test.join()
    await ada.request('video.set_meta', { meta: { saved: true } })
    await postgres.kill()

    // In force for everybody, but not promised to whoever asked.
    const asked = ada.request('video.lock', {}, 15_000)
    await ada.event('video.room.updated', ({ room }) => room.locked === true)
    expect((await asked)['result']).toMatchObject({
      code: '503',
      message: expect.stringMatching(/could not be saved/) as string,
    })
    await ada.request('video.unlock', {}, 15_000)
    const bob = await test.join()
    expect(test.server.counts().participants).toBe(2)
    await bob.request('video.member.audio_mute')
    const refusal = await test.join({ r: 'elsewhere' }).then(
      () => null,
      (error: Error) => error.message,
    )
    expect(refusal).toMatch(/Rooms cannot be opened at the moment/)

    await postgres.start()
    const session = async () => (await store.sessions.list(projectId, { pageSize: 1 })).items[0]
    await waitFor(
      async () => {
        const id = (await session().catch(() => undefined))?.id
        if (id === undefined) return false
        const members = await store.members.list(projectId, id, { pageSize: 10 })
        const events = await store.events.list(projectId, { sessionId: id }, { pageSize: 100 })
        return members.items.length === 2 && events.items.some(({ name }) => name === 'member.updated')
      },
      'the records to be written',
      20_000,
    )
    expect(await session()).toMatchObject({ locked: false, meta: { saved: true } })
    expect((await ada.request('video.lock'))['result'].code).toBe('200')
    expect((await session())?.locked).toBe(true)
  })
})
