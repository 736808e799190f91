import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { SimulatedMember } from '@roomful/load-test'
import type { RoomTokenClaims } from '@roomful/protocol'
import { BrowserMember, type Client, type Outcome } from '../support/BrowserMember.ts'
import { describeClients } from '../support/clients.ts'
import { person } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { joinSimulated } from '../support/simulated.ts'
import { expectMemberUpdate, expectRoomUpdate, memberOf } from '../support/state.ts'
import { waitFor } from '../support/waitFor.ts'

/** Only three fit into a room: the fourth is refused. */
const maxMembers = 3

let server: TestServer
const pages = {} as Record<Client, BrowserMember>
const witnesses: Witness[] = []
let roomNumber = 0

beforeAll(async () => {
  server = await startTestServer({ maxMembers })
  pages.roomful = await BrowserMember.open(person(0), 'roomful', server.url)
  pages.stock = await BrowserMember.open(person(0), 'stock', server.url, pages.roomful)
})

afterEach(async () => {
  for (const witness of [...witnesses]) await leave(witness)
  for (const page of [pages.roomful, pages.stock]) await leaveIfJoined(page)
  await waitFor('all rooms to be over', () => server.counts().rooms === 0)
})

afterAll(async () => {
  await pages.stock?.close()
  await pages.roomful?.close()
  await server?.close()
})

async function leaveIfJoined(page: BrowserMember): Promise<void> {
  await page.page.evaluate(async () => {
    // The stock client throws at whoever leaves a room that is left.
    if ((window.room as { active?: boolean } | undefined)?.active === true) await window.room.leave()
  })
}

/** A call that was ended already has nobody to say goodbye to. */
async function leave(witness: Witness): Promise<void> {
  witnesses.splice(witnesses.indexOf(witness), 1)
  if (witness.member.endedBy === undefined) await witness.member.leave()
}

type Witness = { member: SimulatedMember; seen: { type: string; params: Record<string, unknown> }[] }

/** A member without a browser, which writes down what it is told. */
async function joinWitness(room: string, claims: Partial<RoomTokenClaims> = {}): Promise<Witness> {
  const seen: Witness['seen'] = []
  const name = `witness ${witnesses.length}`
  const member = await joinSimulated(
    server,
    room,
    { ...person(3), name },
    {
      token: await server.token(room, name, claims),
      onEvent: (type, params) => seen.push({ type, params }),
    },
  )
  const witness = { member, seen }
  witnesses.push(witness)
  return witness
}

const told = async (witness: Witness, type: string, memberId: string): Promise<Record<string, unknown>> =>
  waitFor(`a witness to be told ${type}`, () =>
    witness.seen
      .filter((event) => event.type === type)
      .map((event) => event.params['member'] as Record<string, unknown>)
      .find((member) => member['id'] === memberId),
  )

const ended = ({ member }: Witness): Promise<string> => waitFor('a call to be ended', () => member.endedBy)

async function expectLeft(page: BrowserMember): Promise<Record<string, unknown>> {
  const [left] = await waitFor(`${page.client} to be told room.left`, async () => {
    const events = await page.events('room.left')
    return events.length > 0 ? events : undefined
  })
  expect(await page.property('active')).not.toBe(true)
  return left?.payload ?? {}
}

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds

describeClients((client) => {
  const subject = (): BrowserMember => pages[client]
  const other = (): BrowserMember => pages[client === 'stock' ? 'roomful' : 'stock']
  let room: string

  /** Joins a new room, or `room` with others in it. */
  const join = async (
    page: BrowserMember,
    claims: Partial<RoomTokenClaims> = {},
    params: Record<string, unknown> = {},
  ): Promise<string> => {
    await page.join(await server.token(room, page.client, claims), params)
    return page.memberId()
  }
  const tryJoin = async (claims: Partial<RoomTokenClaims>): Promise<Outcome> =>
    subject().tryJoin(await server.token(room, client, claims))
  const newRoom = (): string => (room = `members-${++roomNumber}`)

  test('removeMember ends the call of the member; the others are told that it left', async () => {
    newRoom()
    const ownId = await join(subject())
    const witness = await joinWitness(room)
    const target = await joinWitness(room)
    await subject().call('removeMember', { memberId: target.member.memberId })
    expect(await ended(target)).toBe('NORMAL_CLEARING')
    await told(witness, 'video.member.left', target.member.memberId)
    await waitFor('member.left in the page', async () =>
      (await subject().events('member.left')).some(
        ({ payload }) => (payload['member'] as { id: string }).id === target.member.memberId,
      ),
    )

    await witness.member.request('video.member.remove', { member_id: ownId })
    await expectLeft(subject())
    await told(witness, 'video.member.left', ownId)
    // The page has released camera and microphone.
    expect(await subject().page.evaluate(liveTracks)).toBe(0)
  })

  test('removeAllMembers ends the session for everybody, the caller too', async () => {
    newRoom()
    await join(subject())
    await join(other())
    const witness = await joinWitness(room)
    await subject().call('removeAllMembers')
    expect(await ended(witness)).toBe('NORMAL_CLEARING')
    for (const page of [subject(), other()]) {
      await expectLeft(page)
      expect(await page.events('room.ended')).toHaveLength(1)
    }
    await waitFor('the room to be over', () => server.counts().rooms === 0)
  })

  test('hangupAll ends all calls with REJECT_ALL, 825, if the caller may remove members', async () => {
    newRoom()
    await join(other())
    const witness = await joinWitness(room)
    await join(subject())
    await subject().call('hangupAll')
    expect(await ended(witness)).toBe('REJECT_ALL')
    await expectLeft(subject())
    const left = await expectLeft(other())
    if (other().client === 'roomful') expect(left).toMatchObject({ cause: 'REJECT_ALL', causeCode: 825 })
    else {
      expect(await other().property('cause')).toBe('REJECT_ALL')
      expect(String(await other().property('causeCode'))).toBe('825')
    }
  })

  test('hangupAll without that permission ends only the own call', async () => {
    newRoom()
    const witness = await joinWitness(room)
    const ownId = await join(subject(), { s: ['room.member.audio_mute'] })
    await subject().call('hangupAll')
    await expectLeft(subject())
    await told(witness, 'video.member.left', ownId)
    expect(witness.member.endedBy).toBeUndefined()
  })

  test('lock lets nobody in, with the code and message of the refusal; unlock lets them in again', async () => {
    newRoom()
    await join(other())
    await other().call('lock')
    await expectRoomUpdate(other(), { locked: true })
    expect(await tryJoin({})).toMatchObject({ ok: false, error: { code: '403', message: 'Room is locked' } })
    await other().call('unlock')
    await expectRoomUpdate(other(), { locked: false })
    await join(subject())
    expect(await subject().events('room.joined')).toHaveLength(1)
  })

  test('joins that the room or the token does not allow are refused, with code and message', async () => {
    newRoom()
    const witness = await joinWitness(room)
    const joinedBefore = witness.seen.length
    for (const claims of [{ jf: inSeconds(60) }, { ju: inSeconds(-60) }, { rat: inSeconds(-60) }]) {
      expect(await tryJoin(claims)).toMatchObject({
        ok: false,
        error: { code: '403', message: 'Unauthorized' },
      })
    }
    for (let count = 1; count < maxMembers; count++) await joinWitness(room)
    const full = { code: '403', message: `Room is full: ${maxMembers} members at most` }
    expect(await tryJoin({})).toMatchObject({ ok: false, error: full })
    for (const extra of witnesses.slice(1)) await leave(extra)

    const missing = `missing-${room}`
    const outcome = await subject().tryJoin(await server.token(missing, client, { acr: false }))
    const error = { code: '404', message: `There is no room "${missing}"` }
    expect(outcome).toMatchObject({ ok: false, error })
    if (client === 'roomful' && !outcome.ok) expect(outcome.error.isError).toBe(true)
    // Who was refused has not been there for a moment.
    const names = witness.seen
      .slice(joinedBefore)
      .filter((event) => event.type === 'video.member.joined')
      .map((event) => (event.params['member'] as { name: string }).name)
    expect(names.filter((name) => name === client)).toEqual([])
    // Within its times, and into a room that is there, the same person may.
    await join(subject(), { acr: false, jf: inSeconds(-60), ju: inSeconds(60), rat: inSeconds(600) })
    await leaveIfJoined(subject())
  })

  test('remove_at and remove_after_seconds_elapsed end the call when the time has come', async () => {
    for (const limit of ['remove_after_seconds_elapsed', 'remove_at'] as const) {
      newRoom()
      const witness = await joinWitness(room)
      const dueAtMs = Date.now() + 2000
      const ownId = await join(
        subject(),
        limit === 'remove_at' ? { rat: Math.ceil(dueAtMs / 1000) } : { rse: 2 },
      )
      await expectLeft(subject())
      expect(Date.now()).toBeGreaterThanOrEqual(dueAtMs)
      await told(witness, 'video.member.left', ownId)
      await leave(witness)
    }
  })

  test('end_room_session_on_leave: the session ends for all when that member leaves', async () => {
    newRoom()
    const witness = await joinWitness(room)
    await join(other())
    await join(subject(), { end_room_session_on_leave: true })
    await subject().leave()
    expect(await ended(witness)).toBe('NORMAL_CLEARING')
    expect(witness.seen.at(-1)?.type).toBe('video.room.ended')
    await expectLeft(other())
  })

  test('join_audio_muted and join_video_muted: the member joins muted, and can unmute', async () => {
    newRoom()
    await join(other())
    const ownId = await join(subject(), { join_audio_muted: true, join_video_muted: true })
    const joined = await waitFor('member.joined', async () => (await other().events('member.joined'))[0])
    expect(joined.payload).toMatchObject({
      member: { id: ownId, audio_muted: true, video_muted: true, visible: false },
    })
    const { toneHz } = subject().person
    const level = async (): Promise<number> => (await other().tonesDb([toneHz], 3))[0] ?? 0
    // The tone is at -20 dB or so; the click with which sound begins leaves -88 of it.
    expect(await level()).toBeLessThan(-70)
    await waitFor('silence', async () => (await level()) < -90)
    await waitFor(
      'camera and microphone to be off',
      async () => (await subject().page.evaluate(liveTracks)) === 0,
    )
    await subject().call('audioUnmute')
    await subject().call('videoUnmute')
    await expectMemberUpdate(other(), ownId, { audio_muted: false })
    await expectMemberUpdate(other(), ownId, { video_muted: false, visible: true })
    await waitFor('the tone', async () => (await level()) > -60)
  })

  test('media_allowed: audio-only and video-only members send and receive only that', async () => {
    newRoom()
    await join(other())
    const { toneHz } = subject().person
    const hears = async (page: BrowserMember): Promise<number> => (await page.tonesDb([toneHz], 3))[0] ?? 0

    const expectReceived = async (kinds: string): Promise<void> => {
      await waitFor(`${kinds} alone`, async () => (await subject().page.evaluate(receivedKinds)) === kinds)
    }
    let ownId = await join(subject(), { ma: 'audio-only' })
    await expectReceived('audio')
    for (const page of [subject(), other()]) await waitFor('the tone', async () => (await hears(page)) > -60)
    expect(await memberOf(other(), ownId)).toMatchObject({ visible: false, current_position: 'standard-2' })
    await subject().leave()

    ownId = await join(subject(), { ma: 'video-only' })
    await expectReceived('video')
    await waitFor('a picture', async () => (await subject().colorsAt([[50, 50]])) !== null)
    expect(await memberOf(other(), ownId)).toMatchObject({ visible: true, current_position: 'standard-2' })
    await waitFor('silence', async () => (await hears(other())) < -90)
  })
})

/** Runs in the page: the own tracks that are live. */
function liveTracks(): number {
  return window.room.localStream?.getTracks().filter((track) => track.readyState === 'live').length ?? 0
}

/** Runs in the page: the kinds of media that the room sends. */
function receivedKinds(): string {
  const tracks = window.room.remoteStream?.getTracks() ?? []
  return [...new Set(tracks.map((track) => track.kind))].sort().join()
}
