import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { makeOffer } from './support/offer.ts'
import { startTestServer, type TestServer } from './support/startTestServer.ts'
import { stockAgent, type Frame, type TestClient } from './support/TestClient.ts'
import { waitFor } from './support/waitFor.ts'

const receiveOnly = { audio: 'recvonly', video: 'recvonly' } as const
const agents = [stockAgent, 'roomful/0.1.0']

/** A moderator, a bystander and somebody of the audience. */
async function withAudience(test: TestServer, agent = stockAgent) {
  const mod = await test.join({ u: 'Mod' })
  const bob = await test.join({ u: 'Bob' })
  const sdp = makeOffer('viewer', receiveOnly)
  const viewer = await test.join({ u: 'Vera', ja: 'audience', mta: { seat: 7 } }, { agent, sdp })
  await test.pass(2000)
  return { mod, bob, viewer }
}

/** The result of a request of the moderator about somebody. */
async function change(mod: TestClient, verb: string, who: TestClient, params: Frame = {}): Promise<Frame> {
  const reply = await mod.request(`video.member.${verb}`, { member_id: who.memberId, ...params })
  return reply['result'] as Frame
}

async function lobby(client: TestClient): Promise<string[]> {
  const reply = await client.request('video.members.get')
  return (reply['result'].members as { name: string }[]).map(({ name }) => name)
}

/** The leg of the media that a member's newest call has. */
const optionsOf = (test: TestServer, index: number) => [...test.media.room.legs.values()].at(index)?.options

describe.each(agents)('promotion and demotion (%s)', (agent) => {
  it('moves a person to a new call, itself first, and keeps its old one until the bye', async () => {
    await using test = await startTestServer()
    const { mod, bob, viewer } = await withAudience(test, agent)
    const { memberId, callId: oldCall } = viewer
    const result = await change(mod, 'promote', viewer, {
      permissions: ['room.self.audio_mute'],
      media_allowed: 'all',
      meta: { vip: true },
      join_audio_muted: true,
    })
    expect(result).toMatchObject({ code: '200' })
    const { params } = await viewer.event('video.member.promoted')
    expect(params['member_id']).toBe(memberId)
    expect(params['authorization']).toMatchObject({
      type: 'video',
      join_as: 'member',
      audio_allowed: 'both',
      video_allowed: 'both',
      meta: { vip: true },
      room: { scopes: ['room.self.audio_mute'], join_audio_muted: true, join_video_muted: false },
    })
    expect(params['authorization']).not.toHaveProperty('jti')
    await bob.roundTrip()
    expect(bob.count('video.member.joined')).toBe(0)
    expect(bob.count('video.member.promoted')).toBe(0)

    const newCall = randomUUID()
    const subscribed = await viewer.joinRoom({ callId: newCall, sdp: makeOffer('camera on') })
    expect(subscribed).toMatchObject({ call_id: newCall, member_id: memberId })
    expect(subscribed.room_session.members.find(({ id }) => id === memberId)).toMatchObject({
      type: 'member',
      audio_muted: true,
      video_muted: false,
      meta: { vip: true },
    })
    expect(optionsOf(test, -1)).toEqual({
      sourceId: memberId,
      audio: { send: true, receive: true },
      video: { send: true, receive: true },
    })
    expect(test.media.room.sources.get(memberId)).toMatchObject({ audioMuted: true, videoMuted: false })
    const joined = await bob.event('video.member.joined', ({ member }) => member.id === memberId)
    expect(joined.params['member'].meta).toEqual({ vip: true })
    await bob.event('video.layout.changed', ({ layout }) =>
      layout.layers.some((layer: Frame) => layer['member_id'] === memberId && layer['visible']),
    )
    expect((await bob.event('video.room.audience_count', ({ total }) => total === 0)).params).toBeDefined()

    expect(test.media.room.legs.size).toBe(4)
    await viewer.verto('verto.bye', { dialogParams: { callID: oldCall } })
    expect(test.media.room.legs.size).toBe(3)
    expect(await lobby(bob)).toEqual(['Mod', 'Bob', 'Vera'])
    expect(bob.count('video.member.left')).toBe(0)
    const muted = await viewer.request('video.member.audio_mute', { member_id: memberId })
    expect(muted['result'].code).toBe('200')
    await test.pass(120_000)
    expect(await lobby(bob)).toEqual(['Mod', 'Bob', 'Vera'])
  })

  it('takes nothing of a demoted member any more, from the moment of the demotion', async () => {
    await using test = await startTestServer()
    const mod = await test.join({ u: 'Mod' })
    const member = await test.join({ u: 'Ada' }, { agent })
    const { memberId, callId: oldCall } = member
    await test.pass(2000)
    await change(mod, 'demote', member, { media_allowed: 'all' })
    const { params } = await member.event('video.member.demoted')
    expect(params['authorization']).toMatchObject({
      join_as: 'audience',
      audio_allowed: 'receive',
      video_allowed: 'receive',
      room: { scopes: [] },
    })
    expect(test.media.room.sources.has(memberId)).toBe(false)
    await mod.event('video.member.left', (event) => event['member'].id === memberId)
    await mod.event('video.layout.changed', ({ layout }) =>
      layout.layers.every((layer: Frame) => layer['member_id'] !== memberId),
    )
    await mod.event('video.room.audience_count', ({ total }) => total === 1)
    // The old call renegotiates: still nothing is taken of it.
    const dialogParams = { callID: oldCall }
    const modified = await member.verto('verto.modify', {
      dialogParams,
      action: 'updateMedia',
      sdp: makeOffer(oldCall),
    })
    expect(modified['sdp'].match(/a=(sendonly|recvonly|sendrecv)/g)).toEqual(['a=sendonly', 'a=sendonly'])
    expect(member.count('video.member.left')).toBe(0)

    const sdp = makeOffer('listener', receiveOnly)
    const subscribed = await member.joinRoom({ callId: randomUUID(), sdp })
    expect(subscribed.member_id).toBe(memberId)
    expect(subscribed.room_session.members.map(({ name }) => name)).toEqual(['Mod'])
    expect(subscribed.room_session.audience_count).toBe(1)
    expect(optionsOf(test, -1)?.sourceId).toBeNull()
    await member.verto('verto.bye', { dialogParams })
    expect(test.media.room.legs.size).toBe(2)
    expect(test.server.counts().participants).toBe(2)

    // And back: the same one again.
    await change(mod, 'promote', member)
    await member.event('video.member.promoted')
    const again = await member.joinRoom({ callId: randomUUID(), sdp: makeOffer('again') })
    expect(again.member_id).toBe(memberId)
    expect(await lobby(mod)).toEqual(['Mod', 'Ada'])
  })

  it('goes by the present role after a reload, and after a reconnect', async () => {
    await using test = await startTestServer()
    const { mod, bob, viewer } = await withAudience(test, agent)
    await change(mod, 'promote', viewer, { permissions: ['room.lock'] })
    await viewer.event('video.member.promoted')
    await viewer.joinRoom({ callId: randomUUID(), sdp: makeOffer('camera on') })
    const joins = bob.count('video.member.joined')
    const token = await test.token({ u: 'Vera', ja: 'audience' })
    let before = viewer
    for (let round = 0; round < 3; round++) {
      before.kill()
      await waitFor(() => test.server.counts().connections === 2, 'the socket to close')
      const after = await test.open()
      const { authorization } = await after.connect(token, { agent, resumes: before })
      expect(authorization).toMatchObject({ join_as: 'member', room: { scopes: ['room.lock'] } })
      const subscribed = await after.joinRoom({ callId: viewer.callId, sdp: makeOffer(`load ${round}`) })
      expect(subscribed.member_id).toBe(viewer.memberId)
      before = after
    }
    await bob.roundTrip()
    expect(bob.count('video.member.joined')).toBe(joins)
    expect(bob.count('video.member.left')).toBe(0)

    await change(mod, 'demote', before)
    await before.event('video.member.demoted')
    before.kill()
    await waitFor(() => test.server.counts().connections === 2, 'the socket to close')
    const back = await test.open()
    const { authorization } = await back.connect(token, { agent, resumes: before })
    expect(authorization).toMatchObject({ join_as: 'audience', room: { scopes: [] } })
    // It has not called anew in its new role, so it is told again.
    await back.event('video.member.demoted')
  })
})

describe('roles', () => {
  it('are refused as the original refuses them', async () => {
    await using test = await startTestServer({ room: { quality: '720p', fps: 25, maxMembers: 2 } })
    const { mod, bob, viewer } = await withAudience(test)
    const weak = await test.join({ r: 'elsewhere', s: [] })
    expect(await change(weak, 'promote', weak)).toMatchObject({ code: '403', message: 'Unauthorized' })
    expect(await change(weak, 'demote', weak)).toMatchObject({ code: '403', message: 'Unauthorized' })
    expect(await change(mod, 'promote', bob)).toMatchObject({ code: '403' })
    expect(await change(mod, 'demote', viewer)).toMatchObject({ code: '404' })
    expect(await change(mod, 'demote', viewer, { member_id: 'nobody' })).toMatchObject({ code: '404' })
    expect(await change(mod, 'promote', viewer, { permissions: ['x'] })).toMatchObject({ code: '422' })
    expect(await change(mod, 'promote', viewer)).toEqual({
      code: '403',
      message: 'Room is full: 2 members at most',
    })
    expect(viewer.count('video.member.promoted')).toBe(0)
  })

  it('demotes oneself without a member_id', async () => {
    await using test = await startTestServer()
    const ada = await test.join()
    const reply = await ada.request('video.member.demote', { media_allowed: 'audio-only' })
    expect(reply['result'].code).toBe('200')
    const { params } = await ada.event('video.member.demoted')
    expect(params['authorization']).toMatchObject({ audio_allowed: 'receive', video_allowed: 'none' })
  })

  it('lets a promoted member send what it was allowed, and receive everything', async () => {
    await using test = await startTestServer()
    const { mod, viewer } = await withAudience(test)
    await change(mod, 'promote', viewer, { media_allowed: 'audio-only' })
    const { params } = await viewer.event('video.member.promoted')
    expect(params['authorization']).toMatchObject({ audio_allowed: 'both', video_allowed: 'receive' })
    await viewer.joinRoom({ callId: randomUUID(), sdp: makeOffer('all of it') })
    const answer = await viewer.event('webrtc.message', (message) =>
      String(message['params'].sdp).includes('a=sendrecv'),
    )
    expect(answer.params['params'].sdp.match(/a=(sendonly|sendrecv)/g)).toEqual(['a=sendrecv', 'a=sendonly'])
  })

  it('takes a promotion back from who does not call anew', async () => {
    await using test = await startTestServer()
    const { mod, bob, viewer } = await withAudience(test)
    await change(mod, 'promote', viewer)
    await viewer.event('video.member.promoted')
    await test.pass(60_000)
    const { params } = await viewer.event('video.member.demoted')
    expect(params['authorization']).toMatchObject({ join_as: 'audience', meta: { seat: 7 } })
    // Its new call comes late, and is one of the audience.
    await viewer.joinRoom({ callId: randomUUID(), sdp: makeOffer('too late') })
    expect(await lobby(bob)).toEqual(['Mod', 'Bob'])
    expect(optionsOf(test, -1)?.sourceId).toBeNull()
  })

  it('answers a new call in the role of the moment, even if that changes under it', async () => {
    await using test = await startTestServer()
    const { mod, bob, viewer } = await withAudience(test)
    await change(mod, 'promote', viewer)
    await viewer.event('video.member.promoted')
    let release = (): void => {}
    const { room } = test.media
    room.hold = new Promise((resolve) => (release = resolve))
    const joining = viewer.joinRoom({ callId: randomUUID(), sdp: makeOffer('camera on') })
    await viewer.roundTrip()
    await change(mod, 'demote', viewer)
    room.hold = null
    release()
    await joining
    expect(await lobby(bob)).toEqual(['Mod', 'Bob'])
    expect(optionsOf(test, -1)?.sourceId).toBeNull()
    expect(room.sources.size).toBe(2)
  })

  it('tells the role again to a client that was away', async () => {
    await using test = await startTestServer()
    const { mod, viewer } = await withAudience(test)
    viewer.kill()
    await waitFor(() => test.server.counts().connections === 2, 'the socket to close')
    await change(mod, 'promote', viewer)
    const back = await test.open()
    const { authorization } = await back.connect(await test.token({ ja: 'audience' }), { resumes: viewer })
    expect(authorization.join_as).toBe('member')
    await back.event('video.member.promoted')
    const subscribed = await back.joinRoom({ callId: randomUUID(), sdp: makeOffer('camera on') })
    expect(subscribed.member_id).toBe(viewer.memberId)
    expect(await lobby(mod)).toEqual(['Mod', 'Bob', 'Vera'])
  })

  it('keeps the old call of a client that gives up its new one', async () => {
    await using test = await startTestServer()
    const { mod, viewer } = await withAudience(test)
    await change(mod, 'promote', viewer)
    await viewer.event('video.member.promoted')
    const newCall = randomUUID()
    await viewer.joinRoom({ callId: newCall, sdp: makeOffer('camera on') })
    await viewer.verto('verto.bye', { dialogParams: { callID: newCall } })
    expect(await lobby(mod)).toEqual(['Mod', 'Bob', 'Vera'])
    expect(test.media.room.legs.size).toBe(3)
    await mod.event('video.member.updated', ({ member }) => member.id === viewer.memberId && !member.visible)
  })

  it('is that of the token again for who leaves and joins anew', async () => {
    await using test = await startTestServer()
    const { mod, viewer } = await withAudience(test)
    await change(mod, 'promote', viewer)
    await viewer.event('video.member.promoted')
    const callId = randomUUID()
    await viewer.joinRoom({ callId, sdp: makeOffer('camera on') })
    await viewer.verto('verto.bye', { dialogParams: { callID: viewer.callId }, cause: 'REJECT_ALL' })
    await viewer.joinRoom({ callId: randomUUID(), sdp: makeOffer('anew', receiveOnly) })
    expect(await lobby(mod)).toEqual(['Mod', 'Bob'])
  })
})

describe('the audience', () => {
  it('counts at most once a second, and needs no encoder of its own', async () => {
    await using test = await startTestServer()
    const ada = await test.join()
    const before = ada.count('video.room.audience_count')
    for (let number = 0; number < 5; number++) {
      await test.join({ ja: 'audience' }, { sdp: makeOffer(`viewer ${number}`, receiveOnly) })
    }
    await ada.roundTrip()
    expect(ada.count('video.room.audience_count') - before).toBe(1)
    await test.pass(1000)
    await ada.event('video.room.audience_count', ({ total }) => total === 5)
    expect(ada.count('video.room.audience_count') - before).toBe(2)
    expect(test.media.room.sources.size).toBe(1)
    expect(test.media.room.scene.layers).toHaveLength(1)
    expect(await lobby(ada)).toHaveLength(1)
  })

  it.each([
    ['all', 'receive', 'receive'],
    ['audio-only', 'receive', 'none'],
    ['video-only', 'none', 'receive'],
  ] as const)('receives what media_allowed %s names', async (ma, audio, video) => {
    await using test = await startTestServer()
    const client = await test.open()
    const { authorization } = await client.connect(await test.token({ ja: 'audience', ma }))
    expect(authorization).toMatchObject({ audio_allowed: audio, video_allowed: video, room: { scopes: [] } })
    const subscribed = await client.joinRoom({ sdp: makeOffer('greedy') })
    expect(subscribed.room_session).toMatchObject({ members: [], audience_count: 1 })
    expect(optionsOf(test, 0)).toEqual({
      sourceId: null,
      audio: { send: false, receive: audio === 'receive' },
      video: { send: false, receive: video === 'receive' },
    })
  })
})
