import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { ManualClock } from '../../test/support/ManualClock.ts'
import { openStore } from '../store/index.ts'
import { testProjectId, testSession } from '../store/testRecords.ts'
import { SessionRecords } from './SessionRecords.ts'

const logger = pino({ level: 'silent' })

test('closing waits until recordings that have ended are complete, but not for ever', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'roomful-records-'))
  const store = await openStore({ dataDir, databaseUrl: undefined, logger })
  const clock = new ManualClock()
  const session = testSession({ status: 'completed' })
  await store.projects.ensure({ id: testProjectId, name: 'of the test', createdAtMs: 0 })
  await store.sessions.open(session)
  /** Records of which one recording has ended, whose file is still being looked through. */
  const begin = async () => {
    let probed = (_file: { durationMs: number; sizeBytes: number }): void => {}
    let isProbing = false
    const probe = () =>
      new Promise<{ durationMs: number; sizeBytes: number }>((resolve) => {
        isProbing = true
        probed = resolve
      })
    const records = await SessionRecords.start({
      ...{ store, clock, logger, ownerId: 'of the test', resumeMs: 0 },
      roomDefaults: { quality: '720p', fps: 25, maxMembers: 20 },
      recordings: { probe, archive: null },
      announcer: { write: async () => {}, wake: () => {} },
    })
    const recordingId = randomUUID()
    const where = { projectId: testProjectId, roomId: randomUUID(), roomSessionId: session.id }
    records.outputs.recordingStarted({ recordingId, ...where, path: '/x.mp4', startedAtMs: 1000 })
    const end = { endedAtMs: 5000, durationMs: null, sizeBytes: null, error: null }
    records.outputs.recordingEnded(recordingId, end)
    let isClosed = false
    const closing = records.close().then(() => (isClosed = true))
    await expect.poll(() => isProbing).toBe(true)
    await clock.advance(1000)
    expect(isClosed).toBe(false)
    const found = () => store.recordings.find(testProjectId, recordingId)
    return { closing, found, probed: () => probed({ durationMs: 4000, sizeBytes: 9 }) }
  }
  try {
    const quick = await begin()
    quick.probed()
    await quick.closing
    expect(await quick.found()).toMatchObject({ status: 'completed', durationMs: 4000 })

    const slow = await begin()
    await clock.advance(5000)
    await slow.closing
    // The next start finds it so, and completes it.
    expect(await slow.found()).toMatchObject({ status: 'processing', finishedAtMs: 5000 })
    expect(clock.pending).toBe(0)
  } finally {
    await store.close()
    rmSync(dataDir, { recursive: true })
  }
})
