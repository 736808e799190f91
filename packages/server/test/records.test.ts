import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { developmentCredentials } from '../src/config/load.ts'
import { openStore } from '../src/store/index.ts'
import { testRecording, testRoom, testSession } from '../src/store/testRecords.ts'
import { makeOffer } from './support/offer.ts'
import { startRecorded } from './support/startRecorded.ts'
import type { TestServer } from './support/startTestServer.ts'
import type { TestClient } from './support/TestClient.ts'
import { type VertoRefusal } from './support/TestClient.ts'
import { waitFor } from './support/waitFor.ts'

const { projectId } = developmentCredentials
const all = { pageSize: 1000 }
const logger = pino({ level: 'silent' })
const ownAgent = 'roomful/0.1.0'

const refusalOf = (join: Promise<unknown>): Promise<VertoRefusal> =>
  join.then(
    () => Promise.reject(new Error('was not refused')),
    (error: VertoRefusal) => error,
  )

const comeBack = async (test: TestServer, token: string, before: TestClient): Promise<TestClient> => {
  const client = await test.open()
  await client.connect(token, { agent: ownAgent, resumes: before })
  return client
}

describe('records of a session', () => {
  it('tell what happened, and what is left when it is over', async () => {
    await using recorded = await startRecorded()
    const { test, store } = recorded
    const ada = await test.join({ u: 'Ada', rmta: { topic: 'x' }, room_display_name: 'The lobby' })
    const viewer = await test.join({ u: 'Vera', ja: 'audience' })
    const screen = await ada.share()
    const room = await store.rooms.findByName(projectId, 'lobby')
    expect(room).toMatchObject({ autoCreated: true, displayName: 'The lobby', meta: { topic: 'x' } })
    const begun = await recorded.session()
    expect(begun).toMatchObject({
      ...{ roomId: room?.id, name: 'lobby', status: 'in-progress', endedAtMs: null, maxMembers: 20 },
      ...{ quality: '720p', fps: 25, startedAtMs: test.clock.nowMs(), isConference: false },
    })

    await test.pass(10_000)
    await ada.request('video.set_meta', { meta: { topic: 'y' } })
    await ada.request('video.lock')
    const changed = await recorded.session()
    expect(changed).toMatchObject({ locked: true, meta: { topic: 'y' }, layout: 'grid-responsive' })
    expect(changed.currentLayout).toBe('grid-responsive')
    expect((await store.rooms.findByName(projectId, 'lobby'))?.meta).toEqual({ topic: 'y' })
    await ada.request('video.member.promote', { member_id: viewer.memberId })
    await viewer.event('video.member.promoted')
    const first = viewer.callId
    await viewer.joinRoom({ callId: 'second', sdp: makeOffer('second') })
    await viewer.verto('verto.bye', { dialogParams: { callID: first } })

    await ada.verto('verto.bye', { dialogParams: { callID: ada.callId } })
    const endedAtMs = test.clock.nowMs()
    await test.pass(5000)
    await viewer.verto('verto.bye', { dialogParams: { callID: 'second' } })
    await waitFor(async () => (await recorded.session()).status === 'completed', 'the session to end')
    expect(await recorded.session()).toMatchObject({
      ...{ roomId: null, endedAtMs: test.clock.nowMs(), startedAtMs: begun.startedAtMs },
    })
    expect(await store.rooms.findByName(projectId, 'lobby')).toBeNull()
    const { items: members } = await store.members.list(projectId, begun.id, all)
    expect(members).toMatchObject([
      { id: screen.memberId, type: 'screen', parentId: ada.memberId, leftAtMs: endedAtMs },
      { id: viewer.memberId, type: 'member', name: 'Vera', leftAtMs: test.clock.nowMs() },
      { id: ada.memberId, type: 'member', name: 'Ada', joinedAtMs: begun.startedAtMs, leftAtMs: endedAtMs },
    ])
    expect(await recorded.events()).toEqual([
      ...['room.started', 'member.joined'],
      // The screen and its layout, then metadata and lock.
      ...['member.joined', 'room.updated', 'room.updated', 'room.updated'],
      // Vera is promoted; Ada leaves, and with her the screen and its layout.
      ...['member.joined', 'member.left', 'member.left', 'room.updated', 'member.updated'],
      ...['member.left', 'room.ended'],
    ])
  })

  it('are none of a room that nobody came into', async () => {
    await using recorded = await startRecorded()
    const { test, store } = recorded
    const client = await test.open()
    await client.connect(await test.token())
    await refusalOf(client.joinRoom({ sdp: 'v=0' }))
    await waitFor(() => test.server.counts().rooms === 0, 'the room to go')
    expect((await store.sessions.list(projectId, all)).items).toEqual([])
    expect((await store.rooms.list(projectId, all)).items).toEqual([])
  })
})

describe('a room that was made before', () => {
  it('gives its sessions their settings, keeps what they make of it, and stays', async () => {
    await using recorded = await startRecorded()
    const { test, store } = recorded
    const room = testRoom({
      ...{ projectId, name: 'lobby', displayName: 'Board room', maxMembers: 1, quality: '1080p', fps: 30 },
      ...{ layout: '3x3', meta: { from: 'rest' }, removeAfterSeconds: 600 },
    })
    await store.rooms.create(room)
    const ada = await test.join({ acr: false })
    const { params } = await ada.event('video.layout.changed')
    expect(params['layout']).toMatchObject({ name: '3x3', room_id: room.id })
    expect(test.media.room.options).toMatchObject({ width: 1920, height: 1080, fps: 30 })
    expect((await refusalOf(test.join())).message).toMatch(/Room is full/)
    const reply = await ada.request('video.get_meta')
    expect(reply['result'].meta).toEqual({ from: 'rest' })
    await ada.request('video.set_meta', { meta: { from: 'ada' } })
    await test.pass(600_000)
    await ada.vertoMessage('verto.bye')
    await waitFor(async () => (await recorded.session()).status === 'completed', 'the session to end')
    const first = await recorded.session()
    expect(first).toMatchObject({ roomId: room.id, displayName: 'Board room', removeAfterSeconds: 600 })
    expect(await store.rooms.find(projectId, room.id)).toMatchObject({ meta: { from: 'ada' } })

    const bob = await test.join()
    expect((await bob.request('video.get_meta'))['result'].meta).toEqual({ from: 'ada' })
    expect((await recorded.session()).id).not.toBe(first.id)
  })

  it('lets the coming of members be heard, and has them come in video-muted, as it is set', async () => {
    await using recorded = await startRecorded()
    const { test, store } = recorded
    const flags = [
      { toneOnEntryAndExit: true, roomJoinVideoOff: true, userJoinVideoOff: false },
      { toneOnEntryAndExit: true, roomJoinVideoOff: false, userJoinVideoOff: true },
      { toneOnEntryAndExit: false, roomJoinVideoOff: false, userJoinVideoOff: false },
    ]
    for (const [index, { toneOnEntryAndExit, roomJoinVideoOff, userJoinVideoOff }] of flags.entries()) {
      const r = `room${index}`
      await store.rooms.create(
        testRoom({ projectId, name: r, toneOnEntryAndExit, roomJoinVideoOff, userJoinVideoOff }),
      )
      await test.join({ r })
      const bob = await test.open()
      await bob.connect(await test.token({ r }))
      const { room_session } = await bob.joinRoom()
      expect(room_session.meeting_mode).toBe(!toneOnEntryAndExit)
      const muted = roomJoinVideoOff || userJoinVideoOff
      expect(room_session.members.map((member) => member.video_muted)).toEqual([muted, muted])
      const tones = test.media.rooms[index]?.tones
      expect(tones).toEqual(toneOnEntryAndExit ? ['entry'] : [])
    }
  })

  it('is needed by a token that may not make one', async () => {
    await using recorded = await startRecorded()
    const { test, store } = recorded
    const refusal = await refusalOf(test.join({ r: 'closed', acr: false }))
    expect(refusal.message).toMatch(/There is no room "closed"/)
    const room = testRoom({ projectId, name: 'closed', joinFromMs: test.clock.nowMs() + 1000 })
    await store.rooms.create(room)
    expect(await refusalOf(test.join({ r: 'closed', acr: false }))).toMatchObject({ code: '403' })
    await store.rooms.update(projectId, room.id, { joinFromMs: null })
    await test.join({ r: 'closed', acr: false })
    // Deleted while it runs: the session goes on.
    await store.rooms.delete(projectId, room.id)
    await test.join({ r: 'closed', acr: false })
    expect(await recorded.session()).toMatchObject({ status: 'in-progress', roomId: null })
  })

  it('takes the metadata that a token brings for it', async () => {
    await using recorded = await startRecorded()
    const { test, store } = recorded
    const room = testRoom({ projectId, name: 'lobby', meta: { old: true } })
    await store.rooms.create(room)
    await test.join({ rmta: { new: true } })
    await waitFor(async () => (await recorded.session()).meta['new'] === true, 'the session')
    expect((await store.rooms.find(projectId, room.id))?.meta).toEqual({ new: true })
  })
})

describe('a server that was killed', () => {
  it('closes its sessions with their true end, and takes them up again with those who come back', async () => {
    await using crashed = await startRecorded()
    const token = await crashed.test.token({ u: 'Ada' })
    const ada = await crashed.test.open()
    await ada.connect(token, { agent: ownAgent })
    const { room_session } = await ada.joinRoom()
    await crashed.test.join({ r: 'other' })
    await ada.request('video.set_meta', { meta: { topic: 'x' } })
    await ada.request('video.lock')
    await ada.request('video.set_layout', { name: '5up' })
    const startedAtMs = crashed.test.clock.nowMs()
    const webhook = {
      ...{ id: randomUUID(), projectId, url: 'http://127.0.0.1:9/', secret: 's', events: ['room.ended'] },
      ...{ enabled: true, createdAtMs: startedAtMs, updatedAtMs: startedAtMs },
    }
    await crashed.store.webhooks.create(webhook)
    await crashed.store.recordings.create(
      testRecording(room_session.id, { projectId, path: '/missing/file.mp4', startedAtMs }),
    )
    // The last heartbeat is 2 s old when the server dies.
    await crashed.test.pass(12_000)
    const [, lobby] = (await crashed.store.sessions.list(projectId, all)).items
    expect(lobby?.lastAliveAtMs).toBe(startedAtMs + 10_000)

    await using recorded = await crashed.restart()
    const { test, store } = recorded
    const sessions = (await store.sessions.list(projectId, all)).items
    expect(sessions).toMatchObject([
      { name: 'other', status: 'completed', endedAtMs: startedAtMs + 10_000, roomId: null },
      { name: 'lobby', status: 'completed', endedAtMs: startedAtMs + 10_000, roomId: null },
    ])
    const members = async () => (await store.members.list(projectId, room_session.id, all)).items
    expect(await members()).toMatchObject([{ name: 'Ada', leftAtMs: startedAtMs + 10_000 }])
    expect((await store.rooms.list(projectId, all)).items).toEqual([])
    const events = (await store.events.list(projectId, { sessionId: room_session.id }, all)).items
    const last = events.find(({ name }) => name === 'room.ended')
    expect(last).toMatchObject({ level: 'warn', payload: { interrupted: true } })
    const told = async () => (await store.webhookDeliveries.list(projectId, webhook.id, all)).items
    await waitFor(async () => (await told()).length === 2, 'the webhook to be told')
    expect((await told()).at(-1)).toMatchObject({
      ...{ eventName: 'room.ended', createdAtMs: startedAtMs + 10_000 },
      payload: { interrupted: true, room_session: { name: 'lobby', locked: true } },
    })
    const recording = async () => (await store.recordings.list(projectId, all)).items[0]
    await waitFor(async () => (await recording())?.status === 'completed', 'the recording to be completed')
    expect(await recording()).toMatchObject({ finishedAtMs: startedAtMs + 10_000, sizeBytes: 0 })

    // The lock holds: somebody new is in the session that was interrupted.
    expect((await refusalOf(test.join())).message).toBe('Room is locked')
    const back = await comeBack(test, token, ada)
    const subscribed = await back.joinRoom({ callId: ada.callId, sdp: makeOffer('anew') })
    expect(subscribed.member_id).toBe(ada.memberId)
    expect(subscribed.room_session).toMatchObject({
      ...{ id: room_session.id, room_id: room_session.room_id, locked: true },
      ...{ layout_name: '5up', meta: { topic: 'x' } },
    })
    const again = await store.sessions.find(projectId, room_session.id)
    expect(again).toMatchObject({ status: 'in-progress', endedAtMs: null, startedAtMs })
    expect(again?.roomId).toBe(room_session.room_id)
    expect(await members()).toMatchObject([{ name: 'Ada', leftAtMs: null, joinedAtMs: startedAtMs }])

    // Where nobody comes back in time, a new session begins.
    await test.pass(90_000)
    await test.join({ r: 'other' })
    const others = await store.sessions.list(projectId, all, { roomName: 'other' })
    expect(others.items.map(({ status }) => status)).toEqual(['in-progress', 'completed'])
  })

  it('goes on with a session also when somebody new is the first to come', async () => {
    await using crashed = await startRecorded()
    const ada = await crashed.test.join()
    await ada.request('video.set_meta', { meta: { topic: 'x' } })
    const before = await crashed.session()
    await using recorded = await crashed.restart()
    const bob = await recorded.test.join({ acr: false })
    expect((await bob.request('video.get_meta'))['result'].meta).toEqual({ topic: 'x' })
    expect(await recorded.session()).toMatchObject({ id: before.id, roomId: before.roomId })
  })

  it('leaves the sessions of other servers alone while those are heard of', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'roomful-records-'))
    const store = await openStore({ dataDir, databaseUrl: undefined, logger })
    const nowMs = Date.UTC(2027, 0, 1)
    const alive = testSession({ projectId, ownerId: 'other:1', lastAliveAtMs: nowMs - 29_000 })
    const dead = testSession({ projectId, ownerId: 'other:2', lastAliveAtMs: nowMs - 31_000 })
    for (const session of [alive, dead]) await store.sessions.open(session)
    await store.close()
    await using recorded = await startRecorded(dataDir)
    expect((await recorded.store.sessions.find(projectId, alive.id))?.status).toBe('in-progress')
    expect(await recorded.store.sessions.find(projectId, dead.id)).toMatchObject({
      ...{ status: 'completed', endedAtMs: nowMs - 31_000 },
    })
  })
})
