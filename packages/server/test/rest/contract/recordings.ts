import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { RecordingRecord } from '../../../src/store/index.ts'
import { testEvent, testRecording } from '../../../src/store/testRecords.ts'
import type { RestApi, TestProject } from '../RestApi.ts'
import {
  expectError,
  expectGuarded,
  expectInvalid,
  expectNotFound,
  expectOk,
  expectPages,
  unknownId,
} from './expectations.ts'

const content = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251))

export function recordingContract(api: () => RestApi): void {
  const create = async (
    project: TestProject,
    fields: Partial<RecordingRecord> = {},
  ): Promise<RecordingRecord> => {
    const session = await project.openSession()
    const recording = testRecording(session.id, { projectId: project.id, ...fields })
    await api().store.recordings.create(recording)
    return recording
  }
  /** A complete one with its file. */
  const complete = async (project: TestProject): Promise<RecordingRecord> => {
    const directory = join(api().dataDir, 'recordings')
    mkdirSync(directory, { recursive: true })
    const { id } = testRecording('')
    const path = join(directory, `${id}.mp4`)
    writeFileSync(path, content)
    const ended = { finishedAtMs: 92_400, durationMs: 90_400, sizeBytes: content.length }
    return create(project, { id, path, status: 'completed', ...ended })
  }

  describe('GET /room_recordings', () => {
    it('lists newest first, in pages, without other projects', async () => {
      const [project, other] = [await api().newProject(), await api().newProject()]
      const ids: string[] = []
      for (let index = 0; index < 5; index++) {
        ids.unshift((await create(project)).id)
        await create(other)
      }
      await expectPages(project, '/room_recordings', ids)
      await expectPages(project, '/room_recordings?media_ttl=0', ids)
      await expectGuarded(project, 'GET', '/room_recordings')
      expectInvalid(await project.get('/room_recordings?media_ttl=-1'), 'media_ttl')
    })
  })

  describe('GET /room_recordings/{id}', () => {
    it('shows a recording that runs and one that is complete', async () => {
      const project = await api().newProject()
      const running = await create(project)
      const expected = {
        id: running.id,
        room_session_id: running.sessionId,
        status: 'recording',
        started_at: '1970-01-01T00:00:02Z',
        finished_at: null,
        duration: null,
        size_in_bytes: null,
        format: 'video/mp4',
        cost_in_dollars: 0,
        uri: null,
        created_at: '1970-01-01T00:00:02Z',
        updated_at: '1970-01-01T00:00:02Z',
      }
      expect(expectOk(await project.get(`/room_recordings/${running.id}`))).toEqual(expected)
      for (const status of ['paused', 'processing'] as const) {
        await api().store.recordings.update(project.id, running.id, { status })
        expect(expectOk(await project.get(`/room_recordings/${running.id}`))).toEqual({ ...expected, status })
      }
      const empty = await create(project, { status: 'completed', sizeBytes: 0 })
      expect(expectOk(await project.get(`/room_recordings/${empty.id}`)).uri).toBeNull()
      const done = await complete(project)
      expect(expectOk(await project.get(`/room_recordings/${done.id}`))).toMatchObject({
        status: 'completed',
        finished_at: '1970-01-01T00:01:32Z',
        duration: 90,
        size_in_bytes: 1000,
        uri: expect.stringMatching(/^https:\/\/rooms\.example\.com\/media\/recordings\//),
      })
    })

    it('is 404 for what is not there, and guarded', async () => {
      const [project, other] = [await api().newProject(), await api().newProject()]
      const foreign = await complete(other)
      for (const part of ['', '/events']) {
        await expectNotFound(project, 'GET', (id) => `/room_recordings/${id}${part}`, {
          others: [foreign.id],
        })
        await expectGuarded(project, 'GET', `/room_recordings/${unknownId}${part}`)
      }
      const path = `/room_recordings/${unknownId}`
      for (const ttl of ['-1', '604801', 'x', ''])
        expectInvalid(await project.get(`${path}?media_ttl=${ttl}`), 'media_ttl')
    })
  })

  describe('the uri of a recording', () => {
    const uriOf = async (project: TestProject, { id }: RecordingRecord, query = ''): Promise<string> =>
      expectOk(await project.get(`/room_recordings/${id}${query}`)).uri as string

    it('leads to the file without credentials, for media_ttl seconds', async () => {
      const project = await api().newProject()
      const recording = await complete(project)
      const read = (uri: string) => project.get(uri, { authorization: null })
      const uri = await uriOf(project, recording)
      const answer = await read(uri)
      expect([answer.status, answer.raw.equals(content)]).toEqual([200, true])
      expect(answer.headers).toMatchObject({
        'content-type': 'video/mp4',
        'content-length': '1000',
        'accept-ranges': 'bytes',
        'content-disposition': `inline; filename="recording-${recording.id}.mp4"`,
        'x-content-type-options': 'nosniff',
      })
      await api().clock.advance(899_000)
      expect((await read(uri)).status).toBe(200)
      await api().clock.advance(1000)
      expectError(await read(uri), 403)

      const [none, week] = [
        await uriOf(project, recording, '?media_ttl=0'),
        await uriOf(project, recording, '?media_ttl=604800'),
      ]
      expectError(await read(none), 403)
      expect((await read(week)).status).toBe(200)
      const listed = expectOk(await project.get('/room_recordings?media_ttl=604800')).data[0].uri
      expect((await read(listed)).status).toBe(200)
    })

    it('works only as it was given', async () => {
      const project = await api().newProject()
      const [recording, second] = [await complete(project), await complete(project)]
      const uri = new URL(await uriOf(project, recording))
      const variants = [
        (url: URL) => url.searchParams.set('expires', String(Number(url.searchParams.get('expires')) + 1)),
        (url: URL) => url.searchParams.set('expires', 'x'),
        (url: URL) => url.searchParams.set('signature', 'AAAA'),
        (url: URL) => url.searchParams.delete('signature'),
        (url: URL) => url.searchParams.append('expires', '99999999999'),
        (url: URL) => (url.pathname = url.pathname.replace(recording.id, second.id)),
        (url: URL) => (url.pathname = url.pathname.replace(project.id, unknownId)),
      ]
      for (const change of variants) {
        const changed = new URL(uri)
        change(changed)
        expectError(await project.get(changed.href), 403)
      }
      for (const file of [recording.id, 'x.mp4', '..%2f..%2froomful.db', `${recording.id}.mp4.mp4`]) {
        expectError(await project.get(uri.href.replace(`${recording.id}.mp4`, file)), 404)
      }
    })

    it('gives ranges, so that players can seek', async () => {
      const project = await api().newProject()
      const uri = await uriOf(project, await complete(project))
      const read = (range: string, more: Record<string, string> = {}) =>
        project.get(uri, { headers: { range, ...more } })
      for (const [range, start, end] of [
        ['bytes=0-0', 0, 0],
        ['bytes=10-19', 10, 19],
        ['bytes=990-', 990, 999],
        ['bytes=-10', 990, 999],
        ['bytes=-2000', 0, 999],
        ['bytes=500-5000', 500, 999],
      ] as const) {
        const answer = await read(range)
        expect([range, answer.status, answer.headers['content-range']]).toEqual([
          range,
          206,
          `bytes ${start}-${end}/1000`,
        ])
        expect(answer.headers['content-length']).toBe(String(end - start + 1))
        expect(answer.raw.equals(content.subarray(start, end + 1)), range).toBe(true)
      }
      for (const range of ['bytes=1000-', 'bytes=5000-6000', 'bytes=-0']) {
        const answer = await read(range)
        expect([answer.status, answer.headers['content-range']]).toEqual([416, 'bytes */1000'])
      }
      for (const range of ['bytes=0-1,5-6', 'bytes=9-5', 'bytes=-', 'pages=1-2', 'x']) {
        const answer = await read(range)
        expect([range, answer.status, answer.raw.length]).toEqual([range, 200, 1000])
      }
      const { etag } = (await project.get(uri)).headers as { etag: string }
      expect((await read('bytes=0-9', { 'if-range': etag })).status).toBe(206)
      expect((await read('bytes=0-9', { 'if-range': '"other"' })).status).toBe(200)
      const head = await project.request('HEAD', uri)
      expect([head.status, head.headers['content-length'], head.raw.length]).toEqual([200, '1000', 0])
    })

    it('is 404 once the file is gone, and for records of files that are none of ours', async () => {
      const project = await api().newProject()
      const missing = await create(project, {
        status: 'completed',
        path: join(api().dataDir, 'recordings', 'missing.mp4'),
      })
      expectError(await project.get(await uriOf(project, missing)), 404)
      writeFileSync(join(api().dataDir, 'secret.mp4'), 'secret')
      const outside = await create(project, { status: 'completed', path: join(api().dataDir, 'secret.mp4') })
      expectError(await project.get(await uriOf(project, outside)), 404)
      expectOk(await project.delete(`/room_recordings/${outside.id}`), 204)
      expect(existsSync(join(api().dataDir, 'secret.mp4'))).toBe(true)
    })
  })

  describe('DELETE /room_recordings/{id}', () => {
    it('deletes the record and the file', async () => {
      const project = await api().newProject()
      const recording = await complete(project)
      const { uri } = expectOk(await project.get(`/room_recordings/${recording.id}`))
      expect(expectOk(await project.delete(`/room_recordings/${recording.id}`), 204)).toBe('')
      expect(existsSync(recording.path)).toBe(false)
      expectError(await project.get(`/room_recordings/${recording.id}`), 404)
      expectError(await project.get(uri), 404)
      expectError(await project.delete(`/room_recordings/${recording.id}`), 404)
    })

    it('does so when the file is gone already', async () => {
      const project = await api().newProject()
      const path = join(api().dataDir, 'recordings', 'gone.mp4')
      const { id } = await create(project, { status: 'completed', path })
      expectOk(await project.delete(`/room_recordings/${id}`), 204)
    })

    it('refuses one that is still being made', async () => {
      const project = await api().newProject()
      for (const status of ['recording', 'paused', 'processing'] as const) {
        const { id } = await create(project, { status })
        expectInvalid(await project.delete(`/room_recordings/${id}`), 'status')
        expectOk(await project.get(`/room_recordings/${id}`))
      }
    })

    it('is 404 for what is not there, and guarded', async () => {
      const project = await api().newProject()
      const foreign = await complete(await api().newProject())
      await expectNotFound(project, 'DELETE', (id) => `/room_recordings/${id}`, { others: [foreign.id] })
      await expectGuarded(project, 'DELETE', `/room_recordings/${foreign.id}`)
      expect(existsSync(foreign.path)).toBe(true)
    })
  })

  describe('GET /room_recordings/{id}/events', () => {
    it('lists what happened to it, newest first, in pages', async () => {
      const project = await api().newProject()
      const { id, sessionId } = await create(project)
      const of = { projectId: project.id, recordingId: id }
      const events = ['recording.started', 'recording.updated', 'recording.ended'].map((name) =>
        testEvent(sessionId, { ...of, name, payload: { recording: { id } } }),
      )
      await api().store.events.append([...events, testEvent(sessionId, { projectId: project.id })])
      const path = `/room_recordings/${id}/events`
      await expectPages(project, path, events.map((event) => event.id).reverse())
      const [last] = expectOk(await project.get(path)).data
      expect(last).toMatchObject({
        room_recording_id: id,
        name: 'recording.ended',
        payload: { recording: { id } },
      })
    })
  })
}
