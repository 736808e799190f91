import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { makeOffer } from './support/offer.ts'
import { startTestServer, type TestServer } from './support/startTestServer.ts'
import { stockAgent, type Frame, type TestClient } from './support/TestClient.ts'
import { waitFor } from './support/waitFor.ts'

const sendOnly = { audio: 'sendonly', video: 'sendonly' } as const

async function names(client: TestClient): Promise<string[]> {
  const reply = await client.request('video.members.get')
  return (reply['result'].members as { name: string }[]).map(({ name }) => name)
}

const optionsOf = (test: TestServer, memberId: string) =>
  test.media.room.legs.get(test.media.room.legOf(memberId))?.options

describe.each([stockAgent, 'roomful/0.1.0'])('screens and devices (%s)', (agent) => {
  it('are members of their own beside the main call', async () => {
    await using test = await startTestServer()
    const bob = await test.join({ u: 'Bob' })
    const ada = await test.join({ u: 'Ada' }, { agent })
    const screen = await ada.share()
    const joined = await bob.event('video.member.joined', ({ member }) => member.id === screen.memberId)
    expect(joined.params['member']).toMatchObject({
      name: 'Ada (screen)',
      type: 'screen',
      parent_id: ada.memberId,
    })
    await bob.event('video.layout.changed', ({ layout }) => layout.name === 'screen-share')
    await ada.event('video.room.updated', ({ room }) => room.layout_name === 'screen-share')
    expect(ada.log.lastIndexOf('verto.answer')).toBeLessThan(ada.log.lastIndexOf('video.member.joined'))
    expect(ada.count('video.room.subscribed')).toBe(1)
    expect(optionsOf(test, screen.memberId)).toEqual({
      sourceId: screen.memberId,
      audio: { send: true, receive: false },
      video: { send: true, receive: false },
    })
    expect(test.media.room.sources.get(screen.memberId)?.parentSourceId).toBe(ada.memberId)
    expect(test.media.room.scene.layers[0]).toMatchObject({ sourceId: screen.memberId, fit: 'contain' })

    const device = await ada.share({ device: true })
    expect(await names(bob)).toEqual(['Bob', 'Ada', 'Ada (screen)', 'Ada (camera)'])
    expect(test.server.counts().participants).toBe(2)
    const muted = await ada.request('video.member.video_mute', { member_id: device.memberId })
    expect(muted['result'].code).toBe('200')
    expect(test.media.room.sources.get(device.memberId)?.videoMuted).toBe(true)

    await ada.verto('verto.bye', { dialogParams: { callID: screen.callId } })
    const left = await bob.event('video.member.left')
    expect(left.params['member']).toMatchObject({ id: screen.memberId, type: 'screen' })
    await bob.event('video.layout.changed', ({ layout }) => layout.name === 'grid-responsive')
    await ada.event('video.member.left')
    expect(await names(bob)).toEqual(['Bob', 'Ada', 'Ada (camera)'])
    expect(test.media.room.legs.size).toBe(3)
  })

  it('come with the layout and the positions of the invite', async () => {
    await using test = await startTestServer()
    const ada = await test.join({ u: 'Ada' }, { agent })
    const { memberId } = await ada.share({
      layout: 'highlight-1-responsive',
      positions: { self: 'reserved-1', [ada.memberId]: 'standard-2' },
    })
    const { params } = await ada.event('video.layout.changed', ({ layout }) => layout.name.startsWith('high'))
    const at = Object.fromEntries(
      (params['layout'].layers as Frame[]).map((layer) => [layer['member_id'], layer['position']]),
    )
    expect(at).toMatchObject({ [memberId]: 'reserved-1', [ada.memberId]: 'standard-2' })
  })

  it('take up their calls after a loss of the socket, with nothing told about it', async () => {
    await using test = await startTestServer()
    const bob = await test.join()
    const [mainCall, screenCall] = [randomUUID(), randomUUID()]
    const ada = await test.join({}, { agent, callId: mainCall, sdp: makeOffer('ada') })
    const screen = await ada.share({ callId: screenCall })
    await bob.event('video.member.joined', ({ member }) => member.id === screen.memberId)
    const told = bob.frames.length
    ada.kill()
    await waitFor(() => test.server.counts().connections === 1, 'the socket to close')
    test.media.room.emit({ type: 'leg.idle', legId: test.media.room.legOf(screen.memberId), idle: true })
    await test.pass(15_000)
    const back = await test.open()
    await back.connect(await test.token(), { agent, resumes: ada })
    await back.invite(mainCall, makeOffer('ada'))
    const again = await back.invite(screenCall, makeOffer(screenCall, sendOnly), { screenShare: true })
    expect(again['memberID']).toBe(screen.memberId)
    await test.pass(120_000)
    const types = bob.frames.slice(told).map((frame) => frame['params']?.event_type)
    expect(types.filter((type) => type?.startsWith('video.'))).toEqual([])
    expect(back.count('video.room.subscribed')).toBe(0)
    expect(test.media.room.legs.size).toBe(3)
  })

  it('end when their page is loaded anew', async () => {
    await using test = await startTestServer()
    const bob = await test.join({ u: 'Bob' })
    const ada = await test.join({ u: 'Ada' }, { agent })
    await ada.share()
    await ada.share({ device: true })
    ada.kill()
    await waitFor(() => test.server.counts().connections === 1, 'the socket to close')
    const back = await test.open()
    await back.connect(await test.token(), { agent, resumes: ada })
    const subscribed = await back.joinRoom({ callId: ada.callId, sdp: makeOffer('second load') })
    expect(subscribed.member_id).toBe(ada.memberId)
    expect(subscribed.room_session.members.map(({ name }) => name)).toEqual(['Bob', 'Ada'])
    expect(subscribed.room_session.layout_name).toBe('grid-responsive')
    await bob.event('video.member.left', ({ member }) => member.type === 'screen')
    await bob.event('video.member.left', ({ member }) => member.type === 'device')
    expect(test.media.room.legs.size).toBe(2)
    expect(test.media.room.sources.size).toBe(2)
  })
})

describe('screens and devices', () => {
  it('are refused without harm to the main call', async () => {
    await using test = await startTestServer()
    const refusal = (
      client: TestClient,
      dialogParams: Frame,
      params: Frame = {},
      sdp = makeOffer('x', sendOnly),
    ) => expect(client.invite(randomUUID(), sdp, dialogParams, params)).rejects
    const screenShare = { screenShare: true }
    const without = await test.join({ s: [] })
    await refusal(without, screenShare).toMatchObject({ code: '403', message: 'Unauthorized' })
    await refusal(without, { additionalDevice: true }).toMatchObject({ code: '403', message: 'Unauthorized' })
    const viewer = await test.join({ ja: 'audience' })
    await refusal(viewer, screenShare).toMatchObject({ code: '403', message: 'Unauthorized' })
    const outside = await test.open()
    await outside.connect(await test.token())
    await refusal(outside, screenShare).toMatchObject({ code: '409' })
    const ada = await test.join()
    await refusal(ada, screenShare, { layout: 'round' }).toMatchObject({ code: '422' })
    await refusal(ada, screenShare, { positions: { self: 'reserved-9' } }).toMatchObject({ code: '422' })
    const silent = makeOffer('y', { audio: 'recvonly', video: 'recvonly' })
    await refusal(ada, screenShare, {}, silent).toMatchObject({ code: '403' })
    for (let number = 0; number < 4; number++) await ada.share()
    await refusal(ada, screenShare).toMatchObject({ code: '409' })
    expect(test.server.counts().participants).toBe(3)
    expect(test.media.room.sources.size).toBe(6)
    expect(test.media.room.legs.size).toBe(7)
  })

  it('may be more than one kind of media, of which sections without a track are none', async () => {
    await using test = await startTestServer()
    const ada = await test.join({ u: 'Ada' })
    const offer = makeOffer('microphone', sendOnly)
    const noPicture = offer.replace('a=mid:video', 'a=mid:video\r\na=msid:- 0ebe2a15')
    await ada.share({ device: true, sdp: noPicture })
    expect(await names(ada)).toEqual(['Ada', 'Ada (microphone)'])
    expect(test.media.room.scene.layers).toHaveLength(1)
  })

  it('end before their owner, whoever ends it', async () => {
    await using test = await startTestServer()
    const bob = await test.join({ u: 'Bob' })
    const left = (): string[] =>
      bob.frames.flatMap((frame) =>
        frame['params']?.event_type === 'video.member.left' ? [frame['params'].params.member.name] : [],
      )
    const ada = await test.join({ u: 'Ada' })
    const screen = await ada.share()
    await bob.request('video.member.remove', { member_id: ada.memberId })
    expect(await ada.vertoMessage('verto.bye')).toMatchObject({ callID: screen.callId, causeCode: 16 })
    expect(await ada.vertoMessage('verto.bye')).toMatchObject({ callID: ada.callId, causeCode: 16 })
    await waitFor(() => left().length === 2, 'both to leave')
    expect(left()).toEqual(['Ada (screen)', 'Ada'])

    const cora = await test.join({ u: 'Cora' })
    await cora.share()
    await cora.verto('verto.bye', { dialogParams: { callID: cora.callId } })
    await waitFor(() => left().length === 4, 'both to leave')
    expect(left().slice(2)).toEqual(['Cora (screen)', 'Cora'])

    const dora = await test.join({ u: 'Dora' })
    const { memberId, callId } = await dora.share()
    await bob.request('video.member.remove', { member_id: memberId })
    expect(await dora.vertoMessage('verto.bye')).toMatchObject({ callID: callId })
    expect(await names(bob)).toEqual(['Bob', 'Dora'])
    await dora.share()
    await bob.request('video.member.demote', { member_id: dora.memberId })
    await dora.event('video.member.demoted')
    expect(await names(bob)).toEqual(['Bob'])
    expect(test.media.room.sources.size).toBe(1)
  })

  it('whose media does not come back end alone', async () => {
    await using test = await startTestServer()
    const ada = await test.join({ u: 'Ada' })
    const { memberId, callId } = await ada.share()
    test.media.room.emit({ type: 'leg.closed', legId: test.media.room.legOf(memberId) })
    await test.pass(91_000)
    expect(await ada.vertoMessage('verto.bye')).toMatchObject({ callID: callId, causeCode: 102 })
    expect(await names(ada)).toEqual(['Ada'])
  })

  it('follow our own SDK to a new media process, and end with the stock client at its new call', async () => {
    await using test = await startTestServer()
    const own = await test.join({ u: 'Own' }, { agent: 'roomful/0.1.0' })
    const stock = await test.join({ u: 'Stock' })
    const screen = await own.share()
    await stock.share({ device: true })
    test.media.room.die()
    await waitFor(() => test.media.alive.length === 1, 'new media')
    const asked = [await own.vertoMessage('verto.attach'), await own.vertoMessage('verto.attach')]
    expect(asked.map(({ callID }) => callID).sort()).toEqual([own.callId, screen.callId].sort())
    await own.joinRoom({ callId: own.callId, sdp: makeOffer('own 2') })
    await own.invite(screen.callId, makeOffer('screen 2', sendOnly), { screenShare: true })
    expect(test.media.room.sources.get(screen.memberId)?.parentSourceId).toBe(own.memberId)
    expect(optionsOf(test, screen.memberId)?.audio).toEqual({ send: true, receive: false })
    expect(await names(own)).toEqual(['Own', 'Stock', 'Own (screen)', 'Stock (camera)'])
    await stock.event('video.member.promoted')
    expect(stock.count('verto.attach')).toBe(0)
  })

  it('can be held, renegotiated and dialled with by their own call id', async () => {
    await using test = await startTestServer()
    const ada = await test.join()
    const { memberId, callId } = await ada.share()
    const dialogParams = { callID: callId }
    await ada.verto('verto.modify', { dialogParams, action: 'hold' })
    expect(test.media.room.sources.get(memberId)).toMatchObject({ audioMuted: true, videoMuted: true })
    expect(test.media.room.sources.get(ada.memberId)).toMatchObject({ audioMuted: false, videoMuted: false })
    await ada.verto('verto.modify', { dialogParams, action: 'unhold' })
    expect(test.media.room.sources.get(memberId)).toMatchObject({ audioMuted: false, videoMuted: false })
    const sdp = makeOffer(callId, { audio: 'sendonly', video: 'inactive' })
    await ada.verto('verto.modify', { dialogParams, action: 'updateMedia', sdp })
    await ada.event('video.member.updated', ({ member }) => member.id === memberId && !member.visible)
    await ada.verto('verto.info', { dialogParams, dtmf: '1' })
  })
})
