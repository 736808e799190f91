import { randomUUID } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { RoomError } from '@roomful/protocol'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import type { StartOptions } from '../src/startServer.ts'
import { openStore, type RecordingRecord, type SessionStreamRecord, type Store } from '../src/store/index.ts'
import { testRoom } from '../src/store/testRecords.ts'
import { startTestServer, type TestServer } from './support/startTestServer.ts'
import { waitFor } from './support/waitFor.ts'

type WithRecords = TestServer & {
  store: Store
  recordings(): Promise<RecordingRecord[]>
  pushes(): Promise<SessionStreamRecord[]>
}

/** The server, and its database as another process sees it. */
async function startWithRecords(options: StartOptions = {}): Promise<WithRecords> {
  const test = await startTestServer(options)
  const { dataDir, projectId } = test.server.config
  const store = await openStore({ dataDir, databaseUrl: undefined, logger: pino({ level: 'silent' }) })
  return {
    ...test,
    store,
    recordings: async () => (await store.recordings.list(projectId, { pageSize: 10 })).items.reverse(),
    async pushes() {
      const { items } = await store.sessions.list(projectId, { pageSize: 10 })
      const pages = items.map(({ id }) => store.sessionStreams.list(projectId, id, { pageSize: 10 }))
      return (await Promise.all(pages)).flatMap((page) => page.items)
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      await test[Symbol.asyncDispose]()
    },
  }
}

const url = 'rtmp://a.example/live/SECRET'

describe('recordings', () => {
  it('are made, paused and closed by the media, and told', async () => {
    await using test = await startWithRecords()
    const ada = await test.join()
    const bob = await test.join({ s: [] })
    const { room } = test.media
    const { recording } = (await ada.request('video.recording.start'))['result']
    expect(recording).toMatchObject({ state: 'recording', room_session_id: expect.any(String) })
    const path = join(test.server.config.dataDir, 'recordings', `${recording.id}.mp4`)
    expect(room.outputs.get(recording.id)).toMatchObject({ target: { kind: 'recording', path } })
    expect(existsSync(join(test.server.config.dataDir, 'recordings'))).toBe(true)
    expect((await ada.event('video.recording.started')).params['recording']).toEqual(recording)
    expect((await bob.event('video.room.updated')).params['room_session'].recording).toBe(true)

    const recording_id = recording.id
    expect((await ada.request('video.recording.pause', { recording_id }))['result']).toMatchObject({
      code: '200',
    })
    expect(room.outputs.get(recording.id)?.paused).toBe(true)
    await test.pass(4000)
    await Promise.all(
      ['resume', 'pause', 'resume'].map((what) => ada.request(`video.recording.${what}`, { recording_id })),
    )
    expect(room.outputs.get(recording.id)?.paused).toBe(false)
    await test.pass(2000)
    expect((await ada.request('video.recording.stop', { recording_id }))['result']).toMatchObject({
      code: '200',
    })
    const ended = await ada.event('video.recording.ended')
    expect(ended.params['recording']).toMatchObject({ id: recording.id, state: 'completed', duration: 2 })
    const record = await waitFor(
      async () => (await test.recordings()).find(({ status }) => status === 'completed'),
      'the record to be complete',
    )
    // What the file is found to be.
    const { recordings } = (await ada.request('video.recording.list'))['result']
    expect(recordings).toMatchObject([{ id: recording.id, state: 'completed', duration: 1 }])
    expect((await ada.request('video.recording.stop', { recording_id }))['result']).toEqual({
      code: '409',
      message: 'The recording has ended',
    })
    expect((await ada.request('video.recording.stop', { recording_id: 'x' }))['result'].code).toBe('404')
    expect((await bob.request('video.recording.start'))['result'].code).toBe('403')
    expect(bob.log.filter((entry) => entry.startsWith('video.recording'))).toEqual([])
    expect(record).toMatchObject({ id: recording.id, path, durationMs: 1000, sizeBytes: 1000, error: null })
  })

  it('that the media or the disk refuses are refused in its words, and leave nothing', async () => {
    await using test = await startWithRecords()
    const ada = await test.join()
    test.media.room.refuse = new RoomError('conflict', 'The disk is full')
    expect((await ada.request('video.recording.start'))['result']).toEqual({
      code: '409',
      message: 'The disk is full',
    })
    expect((await ada.request('video.recording.list'))['result'].recordings).toEqual([])
    expect(ada.count('video.recording.started')).toBe(0)
    expect(await test.recordings()).toEqual([])
  })

  it('cannot be stored where there is no folder to be had', async () => {
    await using test = await startTestServer()
    writeFileSync(join(test.server.config.dataDir, 'recordings'), 'in the way')
    const ada = await test.join()
    expect((await ada.request('video.recording.start'))['result']).toEqual({
      code: '409',
      message: expect.stringMatching(/^Recordings cannot be stored on this server \(E[A-Z]+\)$/),
    })
  })

  it('keep nobody waiting while they start, and are undone for who has left meanwhile', async () => {
    await using test = await startWithRecords()
    const ada = await test.join()
    const bob = await test.join()
    const { room } = test.media
    let release = (): void => {}
    room.holdStarts = new Promise((resolve) => (release = resolve))
    const starting = ada.request('video.recording.start')
    await waitFor(() => room.starting.size === 1, 'the media to be asked')
    expect((await bob.request('video.lock'))['result']).toMatchObject({ code: '200' })
    const { path } = [...room.starting.values()][0] as { path: string }
    writeFileSync(path, 'some frames')
    await ada.verto('verto.bye', { dialogParams: { callID: ada.callId } })
    release()
    expect((await starting)['result'].code).toBe('409')
    await waitFor(() => room.outputs.size === 0 && !existsSync(path), 'nothing to be left')
    expect(await test.recordings()).toEqual([])
    expect(bob.count('video.recording.started')).toBe(0)

    // Later than its asker could wait: refused, and undone when it comes.
    room.holdStarts = new Promise((resolve) => (release = resolve))
    const late = bob.request('video.recording.start')
    await waitFor(() => room.starting.size === 1, 'the media to be asked')
    await test.pass(8500)
    expect((await late)['result']).toEqual({ code: '409', message: 'The recording did not start in time' })
    release()
    await waitFor(() => room.starting.size === 0 && room.outputs.size === 0, 'it to be undone')
    expect((await bob.request('video.recording.list'))['result'].recordings).toEqual([])
  })

  it('end with the session, and with the server, with their files closed', async () => {
    await using test = await startWithRecords()
    const ada = await test.join()
    await ada.request('video.recording.start')
    const { room } = test.media
    ada.kill()
    await test.pass(120_000)
    await waitFor(() => room.state === 'closed', 'the media to be closed')
    await waitFor(async () => (await test.recordings())[0]?.status === 'completed', 'the record')
    const bob = await test.join()
    bob.closesAfterBye = true
    await bob.request('video.recording.start')
    await test.server.close()
    expect(await test.recordings()).toMatchObject([
      { status: 'completed', durationMs: 1000, error: null },
      { status: 'completed', durationMs: 1000, error: null },
    ])
    expect((await bob.event('video.recording.ended')).params['recording'].state).toBe('completed')
  })

  it('end with what they have when their media process dies, and go on in new ones unless they are paused', async () => {
    await using test = await startWithRecords()
    const ada = await test.join()
    const bob = await test.join()
    const { recording } = (await ada.request('video.recording.start'))['result']
    const { recording: paused } = (await ada.request('video.recording.start'))['result']
    await ada.request('video.recording.pause', { recording_id: paused.id })
    await test.pass(3000)
    const told = async (type: string, fits: (id: string) => boolean) =>
      (await bob.event(type, (params) => fits(params['recording'].id))).params['recording']
    test.media.room.die()
    const isOld = (id: string) => [recording.id, paused.id].includes(id)
    const next = await told('video.recording.started', (id) => !isOld(id))
    expect(next).toMatchObject({ state: 'recording' })
    const died = 'The media process ended unexpectedly'
    const goesOn = `${died}; what follows is in a new recording`
    expect(await told('video.recording.ended', (id) => id === recording.id)).toMatchObject({
      ...{ state: 'completed', duration: 3, error: goesOn },
    })
    expect(await told('video.recording.ended', (id) => id === paused.id)).toMatchObject({ error: died })
    expect([...test.media.room.outputs.keys()]).toEqual([next.id])
    const { recordings: listed } = (await bob.request('video.recording.list'))['result']
    expect(listed.filter(({ state }: { state: string }) => state !== 'completed')).toMatchObject([
      { id: next.id },
    ])
    await waitFor(async () => (await test.recordings()).length === 3, 'the records')
    await waitFor(
      async () => (await test.recordings()).some(({ id, error }) => id === recording.id && error === goesOn),
      'the record to say so',
    )
  })

  it('go on after a second death of the media, and not if nobody can store them any more', async () => {
    await using test = await startTestServer()
    const ada = await test.join()
    await ada.request('video.recording.start')
    let fail = (_error: Error): void => {}
    // The first new media dies before it has begun.
    test.media.onRoom = (room) => {
      room.holdStarts = new Promise((_resolve, reject) => (fail = reject))
    }
    test.media.room.die()
    await waitFor(() => test.media.alive.length === 1 && test.media.room.starting.size === 1, 'a start')
    test.media.onRoom = () => {}
    test.media.room.die()
    fail(new RoomError('media_unavailable'))
    const isRunning = () => test.media.alive.length === 1 && test.media.room.outputs.size === 1
    await waitFor(isRunning, 'the recording to go on')
    test.media.onRoom = (room) => (room.refuse = new RoomError('conflict', 'The disk is full'))
    test.media.room.die()
    await waitFor(() => test.media.alive.length === 1 && test.media.room.refuse === null, 'new media')
    expect((await ada.request('video.members.get'))['result'].members).toHaveLength(1)
    expect(test.media.room.outputs.size).toBe(0)
  })

  it('that end by themselves say why', async () => {
    await using test = await startTestServer()
    const ada = await test.join()
    const { recording } = (await ada.request('video.recording.start'))['result']
    test.media.room.breakOutput(recording.id, 'The disk is full')
    const { params } = await ada.event('video.recording.ended')
    expect(params['recording']).toMatchObject({ state: 'completed', error: 'The disk is full' })
    await ada.event('video.room.updated', ({ room }) => room.recording === false)
  })

  it('are told anew to who had no connection for a while', async () => {
    await using test = await startTestServer()
    const ada = await test.join()
    const bob = await test.join()
    const { recording: kept } = (await ada.request('video.recording.start'))['result']
    const { recording: gone } = (await ada.request('video.recording.start'))['result']
    bob.kill()
    await waitFor(() => test.server.counts().connections === 1, 'the socket to close')
    await ada.request('video.recording.pause', { recording_id: kept.id })
    await ada.request('video.recording.stop', { recording_id: gone.id })
    const { playback } = (await ada.request('video.playback.start', { url: 'https://a.example/a.mp4' }))[
      'result'
    ]
    const { stream } = (await ada.request('video.stream.start', { url }))['result']
    const back = await test.open()
    await back.connect(await test.token(), { resumes: bob })
    await test.pass(5000)
    const told = async (type: string, id: string) =>
      (await back.event(type, (params) => Object.values(params).some((value) => value?.id === id))).params
    expect((await told('video.recording.updated', kept.id))['recording'].state).toBe('paused')
    expect((await told('video.recording.ended', gone.id))['recording'].state).toBe('completed')
    await told('video.playback.started', playback.id)
    await told('video.stream.started', stream.id)
  })
})

describe('streams', () => {
  it('start with their server’s consent, five of them, and stop', async () => {
    const lines: string[] = []
    const log = new Writable({ write: (line, _, done) => done(void lines.push(String(line))) })
    await using test = await startWithRecords({ logger: pino({ level: 'trace' }, log) })
    const ada = await test.join()
    const { room } = test.media
    room.refuse = new RoomError('conflict', 'a.example refused the connection')
    expect((await ada.request('video.stream.start', { url }))['result']).toEqual({
      code: '409',
      message: 'a.example refused the connection',
    })
    const { stream } = (await ada.request('video.stream.start', { url }))['result']
    expect(room.outputs.get(stream.id)?.target).toEqual({ kind: 'stream', url })
    expect(stream).toMatchObject({ state: 'streaming', url })
    room.emit({ type: 'output.state', outputId: stream.id, state: 'reconnecting', message: 'It went away' })
    const { params } = await ada.event('video.stream.updated')
    expect(params['stream']).toMatchObject({ connection: 'reconnecting', error: 'It went away' })
    for (let count = 1; count < 5; count++) await ada.request('video.stream.start', { url })
    expect((await ada.request('video.stream.start', { url }))['result']).toMatchObject({ code: '409' })
    expect(room.outputs.size).toBe(5)
    await ada.request('video.stream.stop', { stream_id: stream.id })
    expect((await ada.event('video.stream.ended')).params['stream']).toMatchObject({ state: 'completed' })
    expect((await ada.request('video.stream.list'))['result'].streams).toHaveLength(4)
    expect(room.outputs.size).toBe(4)
    await waitFor(
      async () => (await test.pushes()).some(({ id, status }) => id === stream.id && status === 'completed'),
      'the record',
    )
    ada.closesAfterBye = true
    await test.server.close()
    expect(lines.length).toBeGreaterThan(5)
    expect(lines.join('')).not.toContain('SECRET')
  })

  it('of standing orders start with the session, whatever becomes of their server', async () => {
    await using test = await startWithRecords()
    const { projectId } = test.server.config
    const lobby = testRoom({ projectId, name: 'lobby', recordOnStart: true })
    await test.store.rooms.create(lobby)
    const orderId = randomUUID()
    const times = { createdAtMs: 0, updatedAtMs: 0 }
    await test.store.streams.create({ id: orderId, projectId, roomId: lobby.id, url, ...times })
    test.media.onRoom = (room) => (room.refuse = new RoomError('conflict', 'Nobody is there'))
    const ada = await test.join()
    const { room } = test.media
    const { streams: listed } = (await ada.request('video.stream.list'))['result']
    expect(listed).toMatchObject([{ state: 'streaming', url }])
    await test.pass(1000)
    await waitFor(() => room.outputs.has(listed[0].id), 'the next attempt')
    await ada.event('video.recording.started')
    room.breakOutput(listed[0].id, 'It went away for good')
    await test.pass(1000)
    await waitFor(() => room.outputs.has(listed[0].id), 'it to be started again')
    await waitFor(
      async () => (await test.pushes()).some(({ streamId }) => streamId === orderId),
      'its record',
    )
  })

  it('are started again on new media', async () => {
    await using test = await startTestServer()
    const ada = await test.join()
    const { stream } = (await ada.request('video.stream.start', { url }))['result']
    test.media.onRoom = (room) => (room.refuse = new RoomError('conflict', 'The key is in use'))
    test.media.room.die()
    const { params } = await ada.event('video.stream.updated')
    expect(params['stream']).toMatchObject({ connection: 'reconnecting', error: 'The key is in use' })
    await test.pass(1000)
    await waitFor(() => test.media.room.outputs.has(stream.id), 'the stream')
    const again = await ada.event(
      'video.stream.updated',
      ({ stream: each }) => each.connection === 'connected',
    )
    expect(again.params['stream'].state).toBe('streaming')
  })
})

it('a limit of the configuration goes with every recording', async () => {
  await using test = await startTestServer({ maxRecordingBytes: 5_000_000 })
  const ada = await test.join()
  await ada.request('video.recording.start')
  const [output] = test.media.room.outputs.values()
  expect(output?.target).toMatchObject({ kind: 'recording', maxSizeBytes: 5_000_000 })
})
