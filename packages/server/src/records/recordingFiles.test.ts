import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { systemClock } from '../lib/Clock.ts'
import { openStore } from '../store/index.ts'
import { testRecording, testSession } from '../store/testRecords.ts'
import { completeRecording } from './recordingFiles.ts'

test('a recording that a crash ended lasted as long as its file, also after the last heartbeat', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'roomful-records-'))
  const store = await openStore({ dataDir, databaseUrl: undefined, logger: pino({ level: 'silent' }) })
  try {
    const session = testSession()
    await store.projects.ensure({ id: session.projectId, name: 'of the test', createdAtMs: 0 })
    await store.sessions.open(session)
    const complete = async (finishedAtMs: number, durationMs: number) => {
      const recording = testRecording(session.id, { startedAtMs: 2000, finishedAtMs })
      await store.recordings.create(recording)
      const probe = () => Promise.resolve({ durationMs, sizeBytes: 9 })
      await completeRecording(recording, { store, clock: systemClock, keeper: { probe, archive: null } })
      return store.recordings.find(recording.projectId, recording.id)
    }
    const found = { status: 'completed', sizeBytes: 9, error: null }
    expect(await complete(7000, 8300.5)).toMatchObject({ ...found, finishedAtMs: 10_301 })
    // It was paused.
    expect(await complete(20_000, 8300.5)).toMatchObject({ ...found, finishedAtMs: 20_000 })
  } finally {
    await store.close()
    rmSync(dataDir, { recursive: true })
  }
})
