import { createHash, createHmac } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AwsClient } from 'aws4fetch'
import { pino } from 'pino'
import S3rver from 's3rver'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { S3Config } from '../config/index.ts'
import { openStore, type RecordingRecord, type Store } from '../store/index.ts'
import { testProjectId, testRecording, testSession } from '../store/testRecords.ts'
import { systemClock } from '../lib/Clock.ts'
import { archiveRecording } from './archiveRecording.ts'
import { openRecordingStorage, recordingsDirectory, type RecordingStorage } from './index.ts'
import { upload } from './s3Upload.ts'

const bucket = 'recordings'
const logger = pino({ level: 'silent' })
const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }
const content = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7) % 256))

let root: string
let server: S3rver
let endpoint: string
let store: Store

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'roomful-storage-'))
  const directory = join(root, 's3')
  mkdirSync(directory)
  server = new S3rver({
    ...{ address: '127.0.0.1', port: 0, silent: true, directory },
    configureBuckets: [{ name: bucket, configs: [] }],
  })
  const { port } = (await server.run()) as { port: number }
  endpoint = `http://127.0.0.1:${port}`
  store = await openStore({ dataDir: root, databaseUrl: undefined, logger })
  await store.projects.ensure({ id: testProjectId, name: 'of a test', createdAtMs: 1 })
})
afterAll(async () => {
  await server?.close()
  await store?.close()
  rmSync(root, { recursive: true, force: true })
})

/**
 * The signature that a link must have, worked out once more from the published rules of Signature Version 4: the
 * server of these tests does not look at it.
 */
function signatureOf(link: string, secretAccessKey: string): string {
  const { host, pathname, searchParams } = new URL(link)
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  searchParams.delete('X-Amz-Signature')
  const query = [...searchParams].map((pair) => pair.map(encodeURIComponent).join('=')).sort()
  const request = ['GET', pathname, query.join('&'), `host:${host}`, '', 'host', 'UNSIGNED-PAYLOAD']
  const time = searchParams.get('X-Amz-Date') ?? ''
  const scope = [time.slice(0, 8), 'us-east-1', 's3', 'aws4_request']
  const digest = createHash('sha256').update(request.join('\n')).digest('hex')
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`)
  return hmac(key, ['AWS4-HMAC-SHA256', time, scope.join('/'), digest].join('\n')).toString('hex')
}

describe('a bucket', () => {
  let dataDir: string
  let recording: RecordingRecord
  beforeEach(async () => {
    dataDir = mkdtempSync(join(root, 'data-'))
    mkdirSync(recordingsDirectory(dataDir))
    const session = testSession()
    await store.sessions.open(session)
    const path = join(recordingsDirectory(dataDir), 'file.mp4')
    writeFileSync(path, content)
    recording = testRecording(session.id, { path, status: 'completed', sizeBytes: content.length })
    await store.recordings.create(recording)
  })

  const open = (s3: Partial<S3Config> = {}): RecordingStorage =>
    openRecordingStorage({
      config: {
        dataDir,
        tokenSecret: 'x'.repeat(40),
        s3: {
          endpoint,
          publicEndpoint: undefined,
          bucket,
          region: 'us-east-1',
          prefix: 'rooms/',
          ...credentials,
          ...s3,
        },
      },
      publicUrl: () => 'https://rooms.example.com',
      clock: systemClock,
    }).storage
  const archive = (storage: RecordingStorage) =>
    archiveRecording(recording, { recordings: store.recordings, storage, clock: systemClock })
  const statusOf = async (url: string): Promise<number> => {
    const response = await fetch(url)
    await response.body?.cancel()
    return response.status
  }

  it('takes a recording over: it is read by a signed link, and gone from the disk', async () => {
    const storage = open()
    const moved = await archive(storage)
    expect(moved?.path).toBe(`s3://${bucket}/rooms/${testProjectId}/${recording.id}.mp4`)
    expect((await store.recordings.find(testProjectId, recording.id))?.path).toBe(moved?.path)
    expect(existsSync(recording.path)).toBe(false)

    const link = await storage.temporaryUrl(moved as RecordingRecord, 900)
    expect(link).toContain('X-Amz-Expires=900')
    const response = await fetch(link, { headers: { range: 'bytes=10-19' } })
    expect([response.status, response.headers.get('content-type')]).toEqual([206, 'video/mp4'])
    expect(Buffer.from(await response.arrayBuffer())).toEqual(content.subarray(10, 20))
    const { searchParams } = new URL(link)
    expect(searchParams.get('X-Amz-Signature')).toBe(signatureOf(link, credentials.secretAccessKey))
  })

  it('gives links to where browsers reach it', async () => {
    const moved = await archive(open())
    const link = await open({ publicEndpoint: 'https://media.example.com' }).temporaryUrl(
      moved as RecordingRecord,
      0,
    )
    expect(link).toMatch(`https://media.example.com/${bucket}/rooms/${testProjectId}/${recording.id}.mp4?`)
    expect(link).toContain('X-Amz-Expires=1&')
  })

  it('deletes recordings, also such as are not there any more', async () => {
    const storage = open()
    const moved = (await archive(storage)) as RecordingRecord
    await storage.delete(moved)
    expect(await statusOf(await storage.temporaryUrl(moved, 60))).toBe(404)
    await storage.delete(moved)
  })

  it('takes large files in parts', async () => {
    const client = new AwsClient({ ...credentials, region: 'us-east-1', service: 's3' })
    const url = `${endpoint}/${bucket}/large.mp4`
    await upload(client, url, new Blob([content], { type: 'video/mp4' }), { partBytes: 30_000 })
    const response = await client.fetch(url)
    expect(response.headers.get('content-type')).toBe('video/mp4')
    expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true)
  })

  it('that refuses or is away leaves the recording where it is', async () => {
    for (const wrong of [
      { bucket: 'missing' },
      { accessKeyId: 'wrong' },
      { endpoint: 'http://127.0.0.1:9' },
    ]) {
      await expect(archive(open(wrong))).rejects.toThrow()
      expect(existsSync(recording.path)).toBe(true)
      expect(await store.recordings.find(testProjectId, recording.id)).toEqual(recording)
    }
    expect(await open().temporaryUrl(recording, 60)).toMatch('https://rooms.example.com/media/recordings/')
    await expect(open({ bucket: 'missing' }).keep(recording)).rejects.toThrow(
      /bucket answered 404 NoSuchBucket/,
    )
  })

  it('keeps nothing of a recording that was deleted meanwhile', async () => {
    const storage = open()
    await store.recordings.delete(testProjectId, recording.id)
    expect(await archive(storage)).toBeNull()
    expect(existsSync(recording.path)).toBe(false)
    const path = `s3://${bucket}/rooms/${testProjectId}/${recording.id}.mp4`
    expect(await statusOf(await storage.temporaryUrl({ ...recording, path }, 60))).toBe(404)
  })

  it('gets no files but recordings', async () => {
    const secret = join(dataDir, 'token-secret')
    writeFileSync(secret, 'secret')
    await expect(open().keep({ ...recording, path: secret })).rejects.toThrow(/not in the directory/)
    await open().delete({ ...recording, path: secret })
    expect(existsSync(secret)).toBe(true)
  })
})
