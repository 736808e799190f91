import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { developmentCredentials } from '../src/config/load.ts'
import type { Store, WebhookRecord } from '../src/store/index.ts'
import { testRecording, testRoom } from '../src/store/testRecords.ts'
import { makeOffer } from './support/offer.ts'
import { startRecorded, type Recorded } from './support/startRecorded.ts'
import type { TestServer } from './support/startTestServer.ts'
import type { TestClient } from './support/TestClient.ts'
import { type Frame } from './support/TestClient.ts'
import { waitFor } from './support/waitFor.ts'

const { projectId } = developmentCredentials
const all = { pageSize: 1000 }
const url = 'rtmp://a.example/live/SECRET'
const ownAgent = 'roomful/0.1.0'
/** What would tell a client that it is over. */
const farewells = ['verto.bye', 'video.room.ended', 'video.member.left']

async function joinWith(test: TestServer, token: string): Promise<TestClient> {
  const client = await test.open()
  await client.connect(token, { agent: ownAgent })
  await client.joinRoom()
  return client
}

async function comeBack(test: TestServer, token: string, before: TestClient) {
  const client = await test.open()
  await client.connect(token, { agent: ownAgent, resumes: before })
  const subscribed = await client.joinRoom({ callId: before.callId, sdp: makeOffer('anew') })
  return { client, subscribed }
}

async function subscribe(store: Store, nowMs: number): Promise<WebhookRecord> {
  const webhook = {
    ...{ id: randomUUID(), projectId, url: 'http://127.0.0.1:9/', secret: 's', events: [], enabled: true },
    ...{ createdAtMs: nowMs, updatedAtMs: nowMs },
  }
  await store.webhooks.create(webhook)
  return webhook
}

/** What a webhook was told, or is to be told, oldest first. */
const deliveries = async ({ store }: Recorded, { id }: WebhookRecord) =>
  (await store.webhookDeliveries.list(projectId, id, all)).items.reverse()
const told = async (recorded: Recorded, webhook: WebhookRecord) =>
  (await deliveries(recorded, webhook)).map(({ eventName }) => eventName)

/** The store is closed with the server: what is in it is seen by the next one. */
const member = async (client: TestClient, memberId: string): Promise<Frame | undefined> => {
  const reply = await client.request('video.members.get')
  return (reply['result'].members as Frame[]).find(({ id }) => id === memberId)
}

describe('a server that hands over', () => {
  it('ends what goes out of its rooms, tells no member goodbye, and has all of them again as they come back', async () => {
    await using old = await startRecorded()
    const { test, store } = old
    const room = testRoom({ projectId, name: 'lobby' })
    await store.rooms.create(room)
    await store.streams.create({
      ...{ id: randomUUID(), projectId, roomId: room.id, url: `${url}/standing` },
      ...{ createdAtMs: 1, updatedAtMs: 1 },
    })
    const tokens = [await test.token({ u: 'Ada' }), await test.token({ u: 'Bob', mta: { seat: 1 } })]
    const ada = await joinWith(test, tokens[0] as string)
    const bob = await joinWith(test, tokens[1] as string)
    await ada.request('video.lock')
    await ada.request('video.member.audio_mute', { member_id: bob.memberId })
    await ada.request('video.member.raisehand', { member_id: bob.memberId })
    await ada.request('video.member.set_position', { member_id: bob.memberId, position: 'standard-2' })
    const { recording } = (await ada.request('video.recording.start'))['result']
    const { stream } = (await ada.request('video.stream.start', { url }))['result']
    const { playback } = (await ada.request('video.playback.start', { url: 'https://8.8.8.8/a.mp4' }))[
      'result'
    ]
    await test.pass(12_000)
    const before = await member(ada, bob.memberId)
    const session = await old.session()
    const bystander = await test.open()

    await test.server.close({ handOver: true })
    for (const client of [ada, bob, bystander]) expect(await client.closed()).toBe(1012)
    for (const client of [ada, bob]) for (const bye of farewells) expect(client.count(bye)).toBe(0)
    const ended = (type: string) => ada.event(`video.${type}.ended`, (params) => type in params)
    expect((await ended('recording')).params['recording']).toMatchObject({ id: recording.id, duration: 12 })
    expect((await ended('stream')).params['stream'].state).toBe('completed')
    expect((await ended('playback')).params['playback'].id).toBe(playback.id)
    // Not closed: browsers are not told that their media ends.
    expect(test.media.rooms.map(({ state }) => state)).toEqual(['dead'])
    expect(test.media.closed).toBe(true)
    expect(test.clock.pending).toBe(0)
    await expect(fetch(test.server.url)).rejects.toThrow()

    await using next = await old.restart()
    const found = async () => (await next.store.recordings.list(projectId, all)).items
    expect(await found()).toMatchObject([
      { id: recording.id, status: 'completed', durationMs: 1000, error: null },
    ])
    const streams = async () => (await next.store.sessionStreams.list(projectId, session.id, all)).items
    expect((await streams()).map(({ status }) => status)).toEqual(['completed', 'completed'])
    expect((await streams()).map(({ id }) => id)).toContain(stream.id)
    // The server was there until it was told to end, not just until its last heartbeat.
    const endedAtMs = session.startedAtMs + 12_000
    expect(await next.session()).toMatchObject({ id: session.id, status: 'completed', endedAtMs })

    const back = await comeBack(next.test, tokens[1] as string, bob)
    expect(back.subscribed).toMatchObject({ call_id: bob.callId, member_id: bob.memberId })
    expect(back.subscribed.room_session).toMatchObject({ id: session.id, room_id: room.id, locked: true })
    const adas = await comeBack(next.test, tokens[0] as string, ada)
    expect(adas.subscribed.member_id).toBe(ada.memberId)
    expect(await member(adas.client, bob.memberId)).toEqual(before)
    expect(await next.session()).toMatchObject({
      ...{ id: session.id, status: 'in-progress', endedAtMs: null, startedAtMs: session.startedAtMs },
    })
    const members = (await next.store.members.list(projectId, session.id, all)).items
    expect(members.map(({ leftAtMs }) => leftAtMs)).toEqual([null, null])
    // Its order stands, so its stream begins anew; what somebody had started does not.
    expect((await streams()).filter(({ status }) => status === 'streaming')).toHaveLength(1)
    expect((await found()).length).toBe(1)
  })

  it('leaves sessions that the next start closes with their true end if nobody comes back, and tells webhooks once', async () => {
    await using old = await startRecorded()
    const { clock } = old.test
    const webhook = await subscribe(old.store, clock.nowMs())
    const ada = await old.test.join({ u: 'Ada' })
    await old.test.join({ u: 'Vera', ja: 'audience' })
    await ada.share()
    await ada.request('video.recording.start')
    await old.test.pass(7000)
    const closedAtMs = clock.nowMs()
    await old.test.server.close({ handOver: true })

    await using next = await old.restart()
    await waitFor(async () => (await told(next, webhook)).includes('room.ended'), 'room.ended')
    const names = ['room.started', 'member.joined', 'member.joined', 'recording.ended']
    const late = ['member.left', 'member.left', 'room.ended']
    expect(await told(next, webhook)).toEqual([...names, ...late])
    const last = (await deliveries(next, webhook)).slice(-3)
    expect(last.map(({ payload, createdAtMs }) => [payload['interrupted'], createdAtMs])).toEqual(
      late.map(() => [true, closedAtMs]),
    )
    expect(last[0]?.payload).toMatchObject({ member: { id: ada.memberId, name: 'Ada', type: 'member' } })
    expect(await next.session()).toMatchObject({ status: 'completed', endedAtMs: closedAtMs, roomId: null })
    expect((await next.events()).slice(-3)).toEqual(late)
    await next.test.server.close({ handOver: true })
    await using third = await next.restart()
    expect(await told(third, webhook)).toEqual([...names, ...late])
  })
})

it('a server that was killed has its next start tell webhooks of what ended with it, once', async () => {
  await using killed = await startRecorded()
  const webhook = await subscribe(killed.store, killed.test.clock.nowMs())
  const ada = await killed.test.join({ u: 'Ada' })
  const startedAtMs = killed.test.clock.nowMs()
  const { stream } = (await ada.request('video.stream.start', { url }))['result']
  const { recording } = (await ada.request('video.recording.start'))['result']
  const sessionId = (await killed.session()).id
  const stopped = testRecording(sessionId, { projectId, path: '/none', status: 'processing', startedAtMs })
  await killed.store.recordings.create(stopped)
  await killed.test.pass(10_000)
  expect(await told(killed, webhook)).toEqual(['room.started', 'member.joined'])

  await using next = await killed.restart()
  const isTold = async () => (await told(next, webhook)).includes('recording.ended')
  await waitFor(isTold, 'recording.ended')
  const expected = [
    'member.joined',
    'member.left',
    'recording.ended',
    'room.ended',
    'room.started',
    'stream.ended',
  ]
  expect((await told(next, webhook)).sort()).toEqual(expected)
  const ends = new Map(
    (await deliveries(next, webhook)).map(({ eventName, payload }) => [eventName, payload]),
  )
  expect(ends.get('stream.ended')).toMatchObject({
    interrupted: true,
    stream: { id: stream.id, duration: 10 },
  })
  expect(JSON.stringify(ends.get('stream.ended'))).not.toContain('SECRET')
  expect(ends.get('recording.ended')).toMatchObject({
    ...{ interrupted: true, room_session_id: sessionId },
    recording: { id: recording.id, state: 'completed', error: 'There is no file, or nothing in it' },
  })
  const about = (await next.store.events.list(projectId, { recordingId: recording.id }, all)).items
  expect(about[0]).toMatchObject({ name: 'recording.ended', level: 'warn' })
  await waitFor(async () => {
    const { items } = await next.store.recordings.list(projectId, all)
    return items.every(({ status }) => status === 'completed')
  }, 'the recordings to be complete')
  await using third = await next.restart()
  await third.test.clock.advance(1)
  expect((await told(third, webhook)).sort()).toEqual(expected)
})
