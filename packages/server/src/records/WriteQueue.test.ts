import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../lib/Clock.ts'
import { openStore, type Store } from '../store/index.ts'
import { testProjectId, testRoom } from '../store/testRecords.ts'
import { DatabaseHealth } from './DatabaseHealth.ts'
import { WriteQueue, type Write } from './WriteQueue.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'roomful-queue-'))
const logger = pino({ level: 'silent' })
let store: Store
beforeAll(async () => {
  store = await openStore({ dataDir, databaseUrl: undefined, logger })
})
afterAll(async () => {
  await store.close()
  rmSync(dataDir, { recursive: true })
})

const newQueue = () =>
  new WriteQueue({ store, health: new DatabaseHealth(store, logger), clock: systemClock, logger })

const rename =
  (id: string, displayName: string): Write =>
  ({ rooms }) =>
    rooms.update(testProjectId, id, { displayName })

describe('WriteQueue', () => {
  it('writes in order, and says when', async () => {
    const queue = newQueue()
    const room = testRoom()
    expect(await queue.settled()).toBe(true)
    queue.push(({ rooms }) => rooms.create(room))
    for (let i = 0; i < 500; i++) queue.push(rename(room.id, `name ${i}`))
    expect(await queue.settled()).toBe(true)
    expect((await store.rooms.find(testProjectId, room.id))?.displayName).toBe('name 499')
    expect(queue.size).toBe(0)
  })

  it('leaves out what the database refuses, and nothing else', async () => {
    const queue = newQueue()
    const room = testRoom()
    queue.push(({ rooms }) => rooms.create(room))
    queue.push(({ rooms }) => rooms.create(room))
    queue.push(rename(room.id, 'after all'))
    expect(await queue.settled()).toBe(true)
    expect((await store.rooms.find(testProjectId, room.id))?.displayName).toBe('after all')
  })

  it('does a refused write as a whole or not at all', async () => {
    const queue = newQueue()
    const room = testRoom()
    queue.push(async ({ rooms }) => {
      await rooms.create(room)
      throw new Error('refused')
    })
    await queue.settled()
    expect(await store.rooms.find(testProjectId, room.id)).toBeNull()
  })

  it('drops events first if too many wait', async () => {
    const queue = newQueue()
    let events = 0
    let others = 0
    for (let i = 0; i < 6000; i++) queue.push(async () => (events += 1), { droppable: true })
    for (let i = 0; i < 100; i++) queue.push(async () => (others += 1))
    expect(await queue.settled()).toBe(true)
    expect(events).toBe(5000)
    expect(others).toBe(100)
  })

  it('gives up when it is told to', async () => {
    const queue = newQueue()
    let written = 0
    let release = (): void => {}
    queue.push(() => new Promise<void>((resolve) => (release = resolve)))
    const settled = queue.settled()
    queue.abandon()
    expect(await settled).toBe(false)
    queue.push(async () => (written += 1))
    expect(await queue.settled()).toBe(false)
    release()
    expect(written).toBe(0)
  })
})
