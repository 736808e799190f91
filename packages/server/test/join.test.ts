import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { makeOffer } from './support/offer.ts'
import { startTestServer } from './support/startTestServer.ts'
import { TestClient } from './support/TestClient.ts'
import { waitFor } from './support/waitFor.ts'

describe('joining', () => {
  it('goes in the order that the stock client needs', async () => {
    await using test = await startTestServer()
    const client = await test.join()
    await client.event('video.layout.changed')
    expect(client.log.filter((entry) => entry !== 'video.room.started').slice(0, 7)).toEqual([
      'result',
      'signalwire.authorization.state',
      'result',
      'signalwire.authorization.state',
      'verto.answer',
      'video.room.subscribed',
      'video.layout.changed',
    ])
  })

  it('tells the client who it is in the connect result', async () => {
    await using test = await startTestServer()
    const client = await test.open()
    const { authorization, protocol, ice_servers } = await client.connect(
      await test.token({ u: 'Ada', s: ['room.self.audio_mute'], mta: { seat: 4 } }),
    )
    expect(ice_servers).toEqual([])
    expect(authorization).toMatchObject({
      type: 'video',
      join_as: 'member',
      user_name: 'Ada',
      audio_allowed: 'both',
      video_allowed: 'both',
      meta: { seat: 4 },
      room: { name: 'lobby', scopes: ['room.self.audio_mute'] },
    })
    expect(authorization).not.toHaveProperty('jti')
    expect(protocol.split('_')).toHaveLength(4)
    expect(protocol.split('_')[1]).toBe(authorization.signature)
  })

  it('names call, member and room in room.subscribed', async () => {
    await using test = await startTestServer()
    const client = await test.open()
    await client.connect(await test.token({ u: 'Ada' }))
    const callId = randomUUID()
    const result = await client.invite(callId, makeOffer('ada'))
    const { params } = await client.event('video.room.subscribed')
    expect(result).toEqual({ message: 'CALL CREATED', callID: callId, memberID: params['member_id'] })
    expect(params['call_id']).toBe(callId)
    expect(params['room_session'].members.map((member: { name: string }) => member.name)).toEqual(['Ada'])
    expect(params['room'].room_session_id).toBe(params['room_session'].id)
  })

  it('tells the others of a new member, and of one that leaves', async () => {
    await using test = await startTestServer()
    const ada = await test.join({ u: 'Ada' })
    const callId = randomUUID()
    const bob = await test.join({ u: 'Bob' }, { callId })
    const joined = await ada.event('video.member.joined')
    expect(joined.params['member']).toMatchObject({ id: bob.memberId, name: 'Bob' })
    expect(bob.count('video.member.joined')).toBe(0)

    const ended = await bob.verto('verto.bye', { dialogParams: { callID: callId } })
    expect(ended).toEqual({ callID: callId, message: 'CALL ENDED', causeCode: 16, cause: 'NORMAL_CLEARING' })
    const left = await ada.event('video.member.left')
    expect(left.params['member'].id).toBe(bob.memberId)
    expect(test.media.room.legs.size).toBe(1)
  })

  it('keeps two rooms apart', async () => {
    await using test = await startTestServer()
    const red = await test.join({ r: 'red' })
    const blue = await test.join({ r: 'blue' })
    await test.join({ r: 'red' })
    await red.event('video.member.joined')
    const reply = await red.request('video.member.audio_mute', { member_id: red.memberId })
    expect(reply['result'].code).toBe('200')
    await red.event('video.member.updated')
    // A round trip of the other client: everything meant for it has come before the reply.
    await blue.request('video.members.get')
    expect(blue.count('video.member.joined')).toBe(0)
    expect(blue.count('video.member.updated')).toBe(0)
    expect(test.media.alive.map((room) => room.legs.size).sort()).toEqual([1, 2])
    const foreign = await blue.request('video.member.audio_mute', { member_id: red.memberId })
    expect(foreign['result'].code).toBe('404')
  })

  it('mutes: reply first, then the event to everybody, and the media is told', async () => {
    await using test = await startTestServer()
    const ada = await test.join()
    const bob = await test.join()
    const reply = await ada.request('video.member.video_mute', { member_id: ada.memberId })
    expect(reply['result'].code).toBe('200')
    for (const client of [ada, bob]) {
      const { params } = await client.event('video.member.updated')
      expect(params['member']).toMatchObject({ id: ada.memberId, video_muted: true, visible: false })
      expect([...params['member'].updated].sort()).toEqual(['video_muted', 'visible'])
    }
    const replyAt = ada.frames.indexOf(reply)
    expect(replyAt).toBeLessThan(ada.log.indexOf('video.member.updated'))
    expect(test.media.room.sources.get(ada.memberId)?.videoMuted).toBe(true)
  })

  it('refuses before the answer: time limits, missing room, full room', async () => {
    await using test = await startTestServer()
    const nowSeconds = test.clock.nowMs() / 1000
    const cases = [
      { claims: { jf: nowSeconds + 60 }, code: '403', message: 'Unauthorized' },
      { claims: { ju: nowSeconds - 60 }, code: '403', message: 'Unauthorized' },
      { claims: { r: 'missing', acr: false }, code: '404' },
    ]
    for (const { claims, ...refusal } of cases) {
      const client = await test.open()
      await client.connect(await test.token(claims))
      await expect(client.invite(randomUUID(), makeOffer('a'))).rejects.toMatchObject(refusal)
      expect(client.count('verto.answer')).toBe(0)
    }
    expect(test.server.counts().rooms).toBe(0)
    expect(test.media.alive).toHaveLength(0)
  })

  it('refuses members beyond the limit of the room, however many come at once', async () => {
    await using test = await startTestServer({ room: { quality: '720p', fps: 25, maxMembers: 3 } })
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => test.join()))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: '403' })
    }
    expect(test.media.room.legs.size).toBe(3)
  })

  it('lets the audience receive only, whatever it offers', async () => {
    await using test = await startTestServer()
    const member = await test.join()
    const client = await test.open()
    const { authorization } = await client.connect(await test.token({ ja: 'audience' }))
    expect(authorization).toMatchObject({ audio_allowed: 'receive', video_allowed: 'receive' })
    expect(authorization.room.scopes).toEqual([])
    await client.joinRoom({ sdp: makeOffer('audience') })
    const audience = [...test.media.room.legs.values()].find(({ options }) => options.sourceId === null)
    expect(audience?.options.audio).toEqual({ send: false, receive: true })
    expect(audience?.options.video).toEqual({ send: false, receive: true })
    await member.event('video.room.audience_count')
    expect(member.count('video.member.joined')).toBe(0)
  })

  it('enforces media_allowed', async () => {
    await using test = await startTestServer()
    const client = await test.join({ ma: 'audio-only' })
    const leg = test.media.room.legs.get(test.media.room.legOf(client.memberId))
    expect(leg?.options.video).toEqual({ send: false, receive: false })
    expect(leg?.options.audio).toEqual({ send: true, receive: true })
  })

  it('renegotiates, holds and takes digits', async () => {
    await using test = await startTestServer()
    const callId = randomUUID()
    const client = await test.join({}, { callId, sdp: makeOffer('c', { video: 'recvonly' }) })
    const dialogParams = { callID: callId }
    const modified = await client.verto('verto.modify', {
      dialogParams,
      action: 'updateMedia',
      sdp: makeOffer('c'),
    })
    expect(modified).toMatchObject({ action: 'updateMedia', callID: callId, holdState: 'active' })
    expect(modified['sdp']).toMatch(/^v=0\r\n/)
    const held = await client.verto('verto.modify', { dialogParams, action: 'hold' })
    expect(held['holdState']).toBe('held')
    expect(test.media.room.sources.get(client.memberId)).toMatchObject({ audioMuted: true, videoMuted: true })
    await client.verto('verto.modify', { dialogParams, action: 'unhold' })
    expect(test.media.room.sources.get(client.memberId)).toMatchObject({
      audioMuted: false,
      videoMuted: false,
    })
    await client.verto('verto.info', { dialogParams, dtmf: '12#' })
    await expect(client.verto('verto.modify', { dialogParams, action: 'updateMedia' })).rejects.toMatchObject(
      {
        code: '422',
      },
    )
  })

  it('hangs up on everybody for who may remove members, else only on the caller', async () => {
    await using test = await startTestServer()
    const ada = await test.join()
    const callId = randomUUID()
    const modest = await test.join({ s: [] }, { callId })
    const bye = { dialogParams: { callID: callId }, cause: 'REJECT_ALL', causeCode: '825' }
    expect(await modest.verto('verto.bye', bye)).toMatchObject({ causeCode: 825, cause: 'REJECT_ALL' })
    await ada.event('video.member.left')
    expect(ada.count('verto.bye')).toBe(0)

    const chair = await test.join({}, { callId })
    await chair.verto('verto.bye', bye)
    expect(await ada.vertoMessage('verto.bye')).toMatchObject({ cause: 'REJECT_ALL', causeCode: 825 })
    expect(chair.count('verto.bye')).toBe(0)
    await waitFor(() => test.server.counts().rooms === 0, 'the room to end')
  })

  it('passes talking on', async () => {
    await using test = await startTestServer()
    const ada = await test.join()
    const bob = await test.join()
    test.media.room.emit({ type: 'talking', sourceId: ada.memberId, talking: true })
    const { params } = await bob.event('video.member.talking')
    expect(params['member']).toMatchObject({ id: ada.memberId, talking: true })
  })

  it('forgets a room when the last one has left', async () => {
    await using test = await startTestServer()
    const timersBefore = test.clock.pending
    const callId = randomUUID()
    const client = await test.join({}, { callId })
    await client.verto('verto.bye', { dialogParams: { callID: callId } })
    await waitFor(() => test.server.counts().rooms === 0, 'the room to end')
    expect(test.media.alive).toHaveLength(0)
    client.close()
    await waitFor(() => test.server.counts().sessions === 0, 'the session to end')
    expect(test.clock.pending).toBe(timersBefore)

    const first = client.frames.find((frame) => frame['params']?.event_type === 'video.room.subscribed')
    const again = await TestClient.join(test.url, await test.token())
    const second = again.frames.find((frame) => frame['params']?.event_type === 'video.room.subscribed')
    expect(second?.['params'].params.room_session.id).not.toBe(first?.['params'].params.room_session.id)
    again.kill()
  })

  it('takes 50 joins and leaves without a trace', async () => {
    await using test = await startTestServer()
    const timersBefore = test.clock.pending
    for (let round = 0; round < 10; round++) {
      const callIds = Array.from({ length: 5 }, () => randomUUID())
      const clients = await Promise.all(callIds.map((callId) => test.join({}, { callId })))
      await Promise.all(
        clients.map((client, index) =>
          client.verto('verto.bye', { dialogParams: { callID: callIds[index] } }),
        ),
      )
      for (const client of clients) client.close()
    }
    await waitFor(() => test.server.counts().connections === 0, 'all sockets to close')
    expect(test.server.counts()).toEqual({ rooms: 0, participants: 0, sessions: 0, connections: 0 })
    expect(test.clock.pending).toBe(timersBefore)
    expect(test.media.alive).toHaveLength(0)
  })
})
