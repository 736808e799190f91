import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import S3rver from 's3rver'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { freePort } from '@roomful/media/testing/freePorts'
import { ManualClock } from '../../test/support/ManualClock.ts'
import { waitFor } from '../../test/support/waitFor.ts'
import { completeRecording } from '../records/recordingFiles.ts'
import { openStore, type RecordingRecord, type Store } from '../store/index.ts'
import { testProjectId, testRecording, testSession } from '../store/testRecords.ts'
import { openRecordingStorage, PendingUploads, recordingsDirectory, type RecordingStorage } from './index.ts'

const bucket = 'recordings'
const logger = pino({ level: 'silent' })
const content = Buffer.alloc(10_000, 7)

let root: string
let directory: string
let store: Store
let clock: ManualClock
let port: number
let server: S3rver | null
let storage: RecordingStorage
/** Those of one life of the server. */
let uploads: PendingUploads
let attempts: number

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'roomful-uploads-'))
  directory = recordingsDirectory(root)
  mkdirSync(directory)
  mkdirSync(join(root, 's3'))
  store = await openStore({ dataDir: root, databaseUrl: undefined, logger })
  await store.projects.ensure({ id: testProjectId, name: 'of a test', createdAtMs: 1 })
  clock = new ManualClock()
  port = await freePort()
  server = null
  const s3 = {
    ...{ endpoint: `http://127.0.0.1:${port}`, publicEndpoint: undefined, bucket, region: 'us-east-1' },
    ...{ prefix: '', accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
  }
  const publicUrl = () => 'https://rooms.example.com'
  const config = { dataDir: root, tokenSecret: 'x'.repeat(40), s3 }
  const opened = openRecordingStorage({ config, publicUrl, clock }).storage
  attempts = 0
  storage = {
    keep: (recording, signal) => {
      attempts += 1
      return opened.keep(recording, signal)
    },
    forget: (path) => opened.forget(path),
    temporaryUrl: (recording, ttlSeconds) => opened.temporaryUrl(recording, ttlSeconds),
    delete: (recording) => opened.delete(recording),
  }
  uploads = begin()
})

afterEach(async () => {
  await uploads.close()
  await server?.close()
  await store.close()
  rmSync(root, { recursive: true, force: true })
})

const begin = (): PendingUploads =>
  new PendingUploads({ directory, storage, recordings: store.recordings, clock, logger })

async function startBucket(): Promise<void> {
  server = new S3rver({
    ...{ address: '127.0.0.1', port, silent: true, directory: join(root, 's3') },
    configureBuckets: [{ name: bucket, configs: [] }],
  })
  await server.run()
}

/** A recording whose file has just been closed. */
async function record(): Promise<RecordingRecord> {
  const session = testSession()
  await store.sessions.open(session)
  const recording = testRecording(session.id, { status: 'processing', durationMs: 1000, sizeBytes: 10_000 })
  const ended = { ...recording, path: join(directory, `${recording.id}.mp4`) }
  writeFileSync(ended.path, content)
  await store.recordings.create(ended)
  const keeper = { probe: () => Promise.resolve(null), archive: uploads }
  await completeRecording(ended, { store, clock, keeper })
  return ended
}

const found = async ({ id }: RecordingRecord) => store.recordings.find(testProjectId, id)
const notes = (): string[] => readdirSync(directory).filter((name) => name.endsWith('.upload'))
const isMoved = async (recording: RecordingRecord) => (await found(recording))?.path.startsWith('s3://')
/** Lets an attempt that is due run to its end: the next one is planned, or all is done. */
const attempted = (count: number) =>
  waitFor(() => attempts === count && clock.pending === 1, `attempt ${count}`)

it('an upload that fails is tried again until it works; until then the record leads to the file that is here', async () => {
  const recording = await record()
  await attempted(1)
  const waits = [5_000, 30_000, 120_000, 600_000, 1_800_000, 1_800_000]
  for (const [index, waitMs] of waits.entries()) {
    await clock.advance(waitMs - 1)
    expect(attempts).toBe(index + 1)
    await clock.advance(1)
    await attempted(index + 2)
  }
  expect(await found(recording)).toMatchObject({ status: 'completed', path: recording.path })
  expect(existsSync(recording.path)).toBe(true)
  expect(await storage.temporaryUrl(recording, 60)).toMatch('https://rooms.example.com/media/recordings/')

  // One more, which is new, finds the bucket: then nobody waits any longer.
  await startBucket()
  const next = await record()
  await waitFor(async () => (await isMoved(recording)) && (await isMoved(next)), 'both in the bucket')
  await waitFor(() => notes().length === 0, 'nothing to be left to do')
  expect(existsSync(recording.path)).toBe(false)
  const response = await fetch(await storage.temporaryUrl((await found(recording)) as RecordingRecord, 60))
  expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true)
  expect(clock.pending).toBe(0)
})

it('the next start uploads what is left, and forgets what was deleted or is gone', async () => {
  const recordings = [await record(), await record(), await record(), await record()]
  const [left, deleted, gone, uploaded] = recordings as [RecordingRecord, ...RecordingRecord[]]
  await waitFor(() => attempts === 4 && clock.pending === 4, 'the first attempts')
  await uploads.close()
  expect(clock.pending).toBe(0)
  expect(notes()).toHaveLength(4)
  await store.recordings.delete(testProjectId, deleted?.id ?? '')
  rmSync(gone?.path ?? '')
  await store.recordings.update(testProjectId, uploaded?.id ?? '', { path: `s3://${bucket}/x.mp4` })

  await startBucket()
  uploads = begin()
  await uploads.start()
  await waitFor(() => notes().length === 0, 'nothing to be left to do')
  expect(await isMoved(left)).toBe(true)
  expect(existsSync(left.path)).toBe(false)
  expect(existsSync(uploaded?.path ?? '')).toBe(false)
  expect(await found(gone as RecordingRecord)).toMatchObject({ path: gone?.path })
  expect(attempts).toBe(5)
})
