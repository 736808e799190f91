import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { NewRoomToken } from '../src/service/index.ts'
import { makeOffer } from './support/offer.ts'
import { startTestServer, type TestServer } from './support/startTestServer.ts'
import { stockAgent, type Frame, type TestClient } from './support/TestClient.ts'
import { waitFor } from './support/waitFor.ts'

const ownAgent = 'roomful/0.1.0'

/** Joins with a token that the test keeps: a client comes back with the one it had. */
async function joinWith(test: TestServer, token: string, agent: string): Promise<TestClient> {
  const client = await test.open()
  await client.connect(token, { agent })
  await client.joinRoom()
  return client
}

/** The same client at the server that took the place of the first one. */
async function comeBack(test: TestServer, token: string, before: TestClient, agent = ownAgent) {
  const client = await test.open()
  const result = await client.connect(token, { agent, resumes: before })
  client.memberId = before.memberId
  return { client, result }
}

const member = async (client: TestClient, memberId: string): Promise<Frame | undefined> => {
  const reply = await client.request('video.members.get')
  return (reply['result'].members as Frame[]).find(({ id }) => id === memberId)
}

describe('a server that was started anew', () => {
  it('has its rooms and members again as they come back', async () => {
    await using old = await startTestServer()
    await using test = await startTestServer()
    const claims: Partial<NewRoomToken> = { mta: { seat: 1 } }
    const tokens = [await old.token(claims), await old.token({ ...claims, acr: false })]
    const [ada, bob] = [
      await joinWith(old, tokens[0] as string, ownAgent),
      await joinWith(old, tokens[1] as string, ownAgent),
    ]
    const at = { member_id: bob.memberId }
    await ada.request('video.member.deaf', at)
    await ada.request('video.member.video_mute', at)
    await ada.request('video.member.set_input_volume', { ...at, volume: 7 })
    await ada.request('video.member.set_output_volume', { ...at, volume: -7 })
    await ada.request('video.member.set_input_sensitivity', { ...at, value: 70 })
    await ada.request('video.member.raisehand', at)
    await ada.request('video.member.set_position', { ...at, position: 'standard-2' })
    await ada.request('video.member.set_meta', { ...at, meta: { seat: 2 } })
    await bob.roundTrip()
    const before = await member(ada, bob.memberId)
    const session = bob.frames.find(({ params }) => params?.event_type === 'video.room.subscribed')?.[
      'params'
    ].params.room_session

    // The one whose token could not make the room is the first to be back.
    const bobs = await comeBack(test, tokens[1] as string, bob)
    expect(bobs.result.protocol).not.toBe(bob.protocol)
    const subscribed = await bobs.client.joinRoom({ callId: bob.callId, sdp: makeOffer('bob anew') })
    expect(subscribed).toMatchObject({ call_id: bob.callId, member_id: bob.memberId })
    expect(subscribed.room_session).toMatchObject({ id: session.id, room_id: session.room_id })
    const adas = await comeBack(test, tokens[0] as string, ada)
    const adaSubscribed = await adas.client.joinRoom({ callId: ada.callId, sdp: makeOffer('ada anew') })
    expect(adaSubscribed.member_id).toBe(ada.memberId)
    expect(adaSubscribed.room_session.id).toBe(session.id)
    expect(await member(adas.client, bob.memberId)).toEqual(before)
    const { room } = test.media
    expect(room.sources.get(bob.memberId)).toEqual(old.media.room.sources.get(bob.memberId))
    expect(room.legs.get(room.legOf(bob.memberId))?.listener).toEqual({ deaf: true, outputVolumeDb: -7 })
    expect(test.server.counts()).toMatchObject({ rooms: 1, participants: 2 })
  })

  it('knows who was promoted, and gives its role in the connect reply', async () => {
    await using old = await startTestServer()
    await using test = await startTestServer()
    const mod = await old.join()
    const token = await old.token({ u: 'Vera', ja: 'audience' })
    const viewer = await joinWith(old, token, ownAgent)
    await mod.request('video.member.promote', { member_id: viewer.memberId, permissions: ['room.lock'] })
    await viewer.event('video.member.promoted')
    await viewer.joinRoom({ callId: randomUUID(), sdp: makeOffer('camera on') })
    await viewer.roundTrip()

    const { client, result } = await comeBack(test, token, viewer)
    expect(result.authorization).toMatchObject({ join_as: 'member', room: { scopes: ['room.lock'] } })
    const subscribed = await client.joinRoom({ callId: viewer.callId, sdp: makeOffer('anew') })
    expect(subscribed.room_session.members).toMatchObject([{ id: viewer.memberId, name: 'Vera' }])
    expect((await client.request('video.lock'))['result'].code).toBe('200')
  })

  it('helps the stock client, which does not call anew by itself', async () => {
    await using old = await startTestServer()
    await using test = await startTestServer()
    const token = await old.token()
    const stock = await joinWith(old, token, stockAgent)
    const { client } = await comeBack(test, token, stock, stockAgent)
    await test.pass(2000)
    const { params } = await client.event('video.member.promoted')
    expect(params).toMatchObject({ member_id: stock.memberId, authorization: { join_as: 'member' } })
    const newCall = randomUUID()
    const subscribed = await client.joinRoom({ callId: newCall, sdp: makeOffer('new call') })
    expect(subscribed).toMatchObject({ call_id: newCall, member_id: stock.memberId })
    await client.verto('verto.bye', { dialogParams: { callID: stock.callId } })
    expect(test.server.counts().participants).toBe(1)

    // One that does it by itself in time is left alone.
    const quick = await joinWith(old, token, stockAgent)
    const back = await comeBack(test, token, quick, stockAgent)
    await back.client.joinRoom({ callId: quick.callId, sdp: makeOffer('quick') })
    await test.pass(5000)
    expect(back.client.count('video.member.promoted')).toBe(0)
  })

  it('takes back nobody by a state that is not its own, of another token, or tampered with', async () => {
    await using old = await startTestServer()
    await using test = await startTestServer()
    const token = await old.token({ ja: 'audience' })
    const mod = await old.join()
    const viewer = await joinWith(old, token, ownAgent)
    await mod.request('video.member.promote', { member_id: viewer.memberId })
    await viewer.event('video.member.promoted')
    await viewer.joinRoom({ callId: randomUUID(), sdp: makeOffer('camera on') })
    await viewer.roundTrip()
    const state = viewer.authorizationState
    const [version = '', body = '', mac = ''] = state.split('.')
    const content = JSON.parse(Buffer.from(body, 'base64url').toString())
    content.member.snapshot.permissions = ['room.member.remove']
    const forgedBody = Buffer.from(JSON.stringify(content)).toString('base64url')
    const forged = [version, forgedBody, mac].join('.')
    const cases: [token: string, protocol: string, state: string][] = [
      [token, viewer.protocol, forged],
      [token, viewer.protocol, `${state}x`],
      [token, viewer.protocol, ''],
      [token, viewer.protocol, '..'],
      [token, mod.protocol, state],
      [await old.token({ ja: 'audience' }), viewer.protocol, state],
      [await old.token({ ja: 'audience', r: 'elsewhere' }), viewer.protocol, state],
    ]
    for (const [jwt, protocol, given] of cases) {
      const client = await test.open()
      client.protocol = protocol
      client.authorizationState = given
      const back = await test.open()
      const { authorization } = await back.connect(jwt, { resumes: client })
      expect(authorization.join_as).toBe('audience')
      const subscribed = await back.joinRoom({ callId: viewer.callId })
      expect(subscribed.member_id).not.toBe(viewer.memberId)
    }
  })

  it('makes of a copied page somebody else in the same role', async () => {
    await using old = await startTestServer()
    await using test = await startTestServer()
    const token = await old.token({ u: 'Ada' })
    const ada = await joinWith(old, token, ownAgent)
    const { client } = await comeBack(test, token, ada)
    const copy = (await comeBack(test, token, ada)).client
    const first = await client.joinRoom({ callId: ada.callId })
    const second = await copy.joinRoom({ callId: ada.callId })
    expect(first.member_id).toBe(ada.memberId)
    expect(second.member_id).not.toBe(ada.memberId)
    expect(second.room_session.members.map(({ name }) => name)).toEqual(['Ada', 'Ada'])
  })
})

describe('a client whose grace time was over', () => {
  it('is what it was when it comes back, with what others changed meanwhile', async () => {
    await using test = await startTestServer()
    const bob = await test.join({ u: 'Bob' })
    const ada = await test.join({ mta: { a: 1 } }, { agent: ownAgent })
    const { name } = (await member(bob, ada.memberId)) as Frame
    ada.kill()
    await waitFor(() => test.server.counts().connections === 1, 'the socket to close')
    await bob.request('video.member.audio_mute', { member_id: ada.memberId })
    await test.pass(100_000)
    await bob.event('video.member.left')
    // Any token for the room will do: the session was its own.
    const { client } = await comeBack(test, await test.token(), ada)
    const subscribed = await client.joinRoom({ callId: ada.callId, sdp: makeOffer('ada anew') })
    expect(subscribed.member_id).toBe(ada.memberId)
    expect(await member(bob, ada.memberId)).toMatchObject({ name, audio_muted: true, meta: { a: 1 } })
  })

  it('comes as anybody does after ten minutes, or if it had left or was removed', async () => {
    await using test = await startTestServer()
    const bob = await test.join({ u: 'Bob' })
    const token = await test.token()
    const late = await joinWith(test, token, ownAgent)
    late.kill()
    const left = await joinWith(test, token, ownAgent)
    await left.verto('verto.bye', { dialogParams: { callID: left.callId } })
    left.kill()
    const removed = await joinWith(test, token, ownAgent)
    await bob.request('video.member.remove', { member_id: removed.memberId })
    removed.kill()
    await waitFor(() => test.server.counts().connections === 1, 'the sockets to close')
    for (const gone of [left, removed]) {
      const { client } = await comeBack(test, token, gone)
      expect((await client.joinRoom()).member_id).not.toBe(gone.memberId)
    }
    await test.pass(100_000 + 600_000)
    const { client } = await comeBack(test, token, late)
    expect((await client.joinRoom()).member_id).not.toBe(late.memberId)
  })
})
