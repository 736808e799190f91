import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { makeOffer } from './support/offer.ts'
import { startTestServer } from './support/startTestServer.ts'
import { waitFor } from './support/waitFor.ts'

describe('coming back', () => {
  it('resumes: same session, a changed answer, no room.subscribed, and what was missed', async () => {
    await using test = await startTestServer()
    const callId = randomUUID()
    const offer = makeOffer('browser')
    const bob = await test.join({ u: 'Bob' })
    const first = await test.join({}, { callId, sdp: offer })
    const firstSdp = (await first.vertoMessage('verto.answer'))['sdp'] as string
    first.kill()
    await waitFor(() => test.server.counts().connections === 1, 'the socket to close')
    await bob.request('video.member.audio_mute', { member_id: bob.memberId })
    await test.join({ u: 'Cora' })

    const second = await test.open()
    const { protocol } = await second.connect(await test.token(), { resumes: first })
    expect(protocol).toBe(first.protocol)
    const result = await second.invite(callId, offer)
    expect(result['memberID']).toBe(first.memberId)
    const answer = await second.vertoMessage('verto.answer')
    expect(answer['sdp']).not.toBe(firstSdp)
    const updated = await second.event('video.member.updated')
    expect(updated.params['member']).toMatchObject({
      id: bob.memberId,
      audio_muted: true,
      updated: ['audio_muted'],
    })
    const joined = await second.event('video.member.joined')
    expect(joined.params['member'].name).toBe('Cora')
    const { params } = await second.event('video.room.updated')
    expect(params['room_session']).toMatchObject({ layout_name: 'grid-responsive', locked: false })
    await second.event('video.layout.changed')
    expect(second.count('video.room.subscribed')).toBe(0)
    expect(bob.count('video.member.left')).toBe(0)
    expect(test.media.room.legs.size).toBe(3)
  })

  it('keeps the call of a client that never invites again, and tells it what it missed', async () => {
    await using test = await startTestServer()
    const bob = await test.join()
    const first = await test.join()
    first.kill()
    await waitFor(() => test.server.counts().connections === 1, 'the socket to close')
    await bob.request('video.member.audio_mute', { member_id: bob.memberId })
    const second = await test.open()
    await second.connect(await test.token(), { resumes: first })
    await test.pass(5000)
    await second.event('video.member.updated')
    await second.event('video.layout.changed')
    const reply = await second.request('video.member.video_mute', { member_id: first.memberId })
    expect(reply['result'].code).toBe('200')
    await second.event('video.member.updated')
    await test.pass(120_000)
    expect(test.server.counts().participants).toBe(2)
  })

  it.each([2, 15, 60])('keeps all as it was over %d s without a socket', async (seconds) => {
    await using test = await startTestServer()
    const bob = await test.join({ u: 'Bob' })
    const callId = randomUUID()
    const offer = makeOffer('browser')
    const ada = await test.join({ u: 'Ada', mta: { a: 1 } }, { callId, sdp: offer })
    await ada.request('video.member.video_mute', { member_id: ada.memberId })
    const members = async () => (await bob.request('video.members.get'))['result'].members
    const before = await members()
    ada.kill()
    await waitFor(() => test.server.counts().connections === 1, 'the socket to close')
    await test.pass(seconds * 1000)
    await bob.request('video.set_layout', { name: '2x2' })
    const back = await test.open()
    const { protocol } = await back.connect(await test.token(), { resumes: ada })
    expect(protocol).toBe(ada.protocol)
    await back.invite(callId, offer)
    await back.event('video.layout.changed', ({ layout }) => layout.name === '2x2')
    expect(await members()).toEqual(before)
    expect(bob.count('video.member.left')).toBe(0)
    expect(back.count('video.room.subscribed')).toBe(0)
    await test.pass(300_000)
    expect(await members()).toEqual(before)
  })

  it('reattaches a page that was loaded anew: same ids, everything told again, nothing to the others', async () => {
    await using test = await startTestServer()
    const callId = randomUUID()
    const bob = await test.join({ u: 'Bob' })
    const before = await test.join({ u: 'Ada' }, { callId, sdp: makeOffer('first load') })
    const joinsSeen = bob.count('video.member.joined')
    before.kill()
    await waitFor(() => test.server.counts().connections === 1, 'the socket to close')
    const after = await test.open()
    await after.connect(await test.token({ u: 'Ada' }), { resumes: before })
    const subscribed = await after.joinRoom({ callId, sdp: makeOffer('second load') })
    expect(subscribed).toMatchObject({ call_id: callId, member_id: before.memberId })
    expect(subscribed.room_session.members.map(({ name }) => name).sort()).toEqual(['Ada', 'Bob'])
    expect(subscribed.room_session.members.map(({ id }) => id)).toContain(before.memberId)
    await after.event('video.layout.changed')
    expect(after.log.indexOf('verto.answer')).toBeLessThan(after.log.indexOf('video.room.subscribed'))
    await bob.request('video.members.get')
    expect(bob.count('video.member.joined')).toBe(joinsSeen)
    expect(bob.count('video.member.left')).toBe(0)
    expect(test.media.room.legs.size).toBe(2)

    // And again, several times in a row.
    let last = after
    for (let load = 3; load < 6; load++) {
      last.kill()
      await waitFor(() => test.server.counts().connections === 1, 'the socket to close')
      const next = await test.open()
      await next.connect(await test.token({ u: 'Ada' }), { resumes: last })
      const again = await next.joinRoom({ callId, sdp: makeOffer(`load ${load}`) })
      expect(again).toMatchObject({ call_id: callId, member_id: before.memberId })
      last = next
    }
    await bob.request('video.members.get')
    expect(bob.count('video.member.joined')).toBe(joinsSeen)
    expect(bob.count('video.member.left')).toBe(0)
    expect(test.media.room.legs.size).toBe(2)
  })

  it('gives the session to the newest socket and says goodbye to the older', async () => {
    await using test = await startTestServer()
    const callId = randomUUID()
    const tab = await test.join({}, { callId })
    tab.closesAfterBye = true
    const copy = await test.open()
    await copy.connect(await test.token(), { resumes: tab })
    expect(await tab.vertoMessage('verto.bye')).toMatchObject({ callID: callId })
    await tab.closed()
    const subscribed = await copy.joinRoom({ callId, sdp: makeOffer('the copy') })
    expect(subscribed.member_id).toBe(tab.memberId)
    expect(test.server.counts()).toMatchObject({ participants: 1, sessions: 1, connections: 1 })
  })

  it('answers an older socket that goes on, changes nothing, and closes it', async () => {
    await using test = await startTestServer()
    const callId = randomUUID()
    const tab = await test.join({}, { callId })
    const copy = await test.open()
    await copy.connect(await test.token(), { resumes: tab })
    const muted = await tab.request('video.member.audio_mute', { member_id: tab.memberId })
    expect(muted['result'].code).toBe('409')
    await tab.verto('verto.bye', { dialogParams: { callID: callId } })
    expect(test.server.counts().participants).toBe(1)
    await test.pass(5000)
    expect(await tab.closed()).toBe(1008)
  })

  it('takes an unknown call id that it did not ask for for somebody new', async () => {
    await using test = await startTestServer()
    const before = await test.join()
    before.kill()
    await waitFor(() => test.server.counts().connections === 0, 'the socket to close')
    const stranger = await test.open()
    const { protocol } = await stranger.connect(await test.token())
    expect(protocol).not.toBe(before.protocol)
    const subscribed = await stranger.joinRoom({ callId: before.callId })
    expect(subscribed.member_id).not.toBe(before.memberId)
    const back = await test.open()
    const { protocol: same } = await back.connect(await test.token(), { resumes: before })
    expect(same).toBe(before.protocol)
    const again = await back.joinRoom({ callId: randomUUID() })
    expect(again.member_id).not.toBe(before.memberId)
    const left = await stranger.event('video.member.left')
    expect(left.params['member'].id).toBe(before.memberId)
    expect(test.server.counts()).toMatchObject({ participants: 2, sessions: 2 })
    expect(test.media.room.legs.size).toBe(2)
  })

  it('gives a new session for an unknown protocol and takes the stored call id', async () => {
    await using test = await startTestServer()
    const callId = randomUUID()
    const gone = await test.join({}, { callId })
    await gone.verto('verto.bye', { dialogParams: { callID: callId } })
    gone.close()
    await waitFor(() => test.server.counts().sessions === 0, 'the session to end')
    const again = await test.open()
    const { protocol } = await again.connect(await test.token(), { resumes: gone })
    expect(protocol).not.toBe(gone.protocol)
    const subscribed = await again.joinRoom({ callId })
    expect(subscribed.call_id).toBe(callId)
    expect(subscribed.member_id).not.toBe(gone.memberId)
  })

  it('gives nobody a session by its protocol alone, nor with a forged state, nor for another room', async () => {
    await using test = await startTestServer()
    const callId = randomUUID()
    const owner = await test.join({}, { callId })
    const token = await test.token()

    const { protocol } = owner
    const withoutState = await test.open()
    const params = (state?: string) => ({
      version: { major: 3, minor: 0, revision: 0 },
      authentication: { jwt_token: token },
      protocol,
      ...(state !== undefined && { authorization_state: state }),
    })
    const plain = await withoutState.request('signalwire.connect', params())
    expect(plain['result'].protocol).not.toBe(protocol)

    const forger = await test.open()
    const forged = await forger.request('signalwire.connect', params('v1.forged'))
    expect(forged['result'].protocol).not.toBe(protocol)
    await expect(forger.invite(callId, makeOffer('forger'))).rejects.toMatchObject({
      code: -32002,
      message: 'CALL ERROR',
    })

    const elsewhere = await test.open()
    const other = await elsewhere.connect(await test.token({ r: 'elsewhere' }), { resumes: owner })
    expect(other.protocol).not.toBe(protocol)
    expect(other.authorization.room.name).toBe('elsewhere')
    expect(owner.count('verto.bye')).toBe(0)
    expect(test.server.counts().participants).toBe(1)
  })

  it('swaps calls when asked to: the old call runs until its bye, which ends only that', async () => {
    await using test = await startTestServer()
    const [oldCall, newCall] = [randomUUID(), randomUUID()]
    const bob = await test.join()
    const client = await test.join({}, { callId: oldCall })
    const { memberId } = client
    await bob.request('video.member.demote', { member_id: memberId })
    await client.event('video.member.demoted')
    const subscribed = await client.joinRoom({ callId: newCall, sdp: makeOffer('new call') })
    expect(subscribed).toMatchObject({ call_id: newCall, member_id: memberId })
    expect(test.media.room.legs.size).toBe(3)
    await client.verto('verto.bye', { dialogParams: { callID: oldCall } })
    expect(test.media.room.legs.size).toBe(2)
    expect(test.server.counts().participants).toBe(2)
    await client.verto('verto.bye', { dialogParams: { callID: newCall } })
    expect(test.server.counts().participants).toBe(1)
  })

  it('reauthenticates with a full reply', async () => {
    await using test = await startTestServer()
    const client = await test.join()
    const authenticate = async (token: string) =>
      client.request('signalwire.reauthenticate', { authentication: { project: 'p', jwt_token: token } })
    const reply = await authenticate(await test.token())
    expect(reply['result']).toMatchObject({
      protocol: client.protocol,
      ice_servers: [],
      authorization: { type: 'video' },
    })
    const refused = await authenticate(await test.token({ r: 'elsewhere' }))
    expect(refused['error'].code).toBe(-32002)
  })
})
