import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { makeOffer } from './support/offer.ts'
import { startTestServer } from './support/startTestServer.ts'
import { waitFor } from './support/waitFor.ts'

describe('a media process that dies', () => {
  it('is replaced, told the room, and every client is moved to it in its own way', async () => {
    await using test = await startTestServer()
    const ownCall = randomUUID()
    const stock = await test.join({ u: 'Stock' })
    const own = await test.join({ u: 'Own' }, { agent: 'roomful/0.1.0', callId: ownCall })
    const audience = await test.join({ ja: 'audience' })
    await stock.request('video.member.audio_mute', { member_id: stock.memberId })
    const before = test.media.room
    const { scene } = before
    before.die()

    await waitFor(() => test.media.alive.length === 1, 'new media')
    const after = test.media.room
    expect(after).not.toBe(before)
    await waitFor(() => after.scene.layers.length === 2, 'the scene')
    expect(after.scene).toEqual(scene)
    expect(after.sources.get(stock.memberId)?.audioMuted).toBe(true)

    const { params } = await stock.event('video.member.promoted')
    expect(params['member_id']).toBe(stock.memberId)
    expect(params['authorization']).toMatchObject({ type: 'video', join_as: 'member', audio_allowed: 'both' })
    expect(await own.vertoMessage('verto.attach')).toEqual({ callID: ownCall })
    await audience.event('video.member.demoted')
    await audience.joinRoom({ callId: randomUUID(), sdp: makeOffer('listener') })
    expect(own.count('video.member.promoted')).toBe(0)

    const swapped = await stock.joinRoom({ callId: randomUUID(), sdp: makeOffer('second call') })
    const { memberId } = stock
    expect(swapped.member_id).toBe(memberId)
    const reattached = await own.joinRoom({ callId: ownCall, sdp: makeOffer('second connection') })
    expect(reattached.member_id).toBe(own.memberId)
    expect(after.legs.get(after.legOf(memberId))?.listener).toEqual({ outputVolumeDb: 0, deaf: false })
    expect(stock.count('video.member.left') + own.count('video.member.left')).toBe(0)
    await test.pass(120_000)
    expect(test.server.counts().participants).toBe(3)
  })

  it('asks a client that was away when it is back', async () => {
    await using test = await startTestServer()
    const callId = randomUUID()
    const client = await test.join({}, { agent: 'roomful/0.1.0', callId })
    client.kill()
    await waitFor(() => test.server.counts().connections === 0, 'the socket to close')
    test.media.room.die()
    await waitFor(() => test.media.alive.length === 1, 'new media')
    const back = await test.open()
    await back.connect(await test.token(), { agent: 'roomful/0.1.0', resumes: client })
    expect(await back.vertoMessage('verto.attach')).toEqual({ callID: callId })
  })

  it('is tried again when there is none at first', async () => {
    await using test = await startTestServer()
    const client = await test.join()
    test.media.failures = 3
    test.media.room.die()
    await test.pass(1000)
    await waitFor(() => test.media.alive.length === 1, 'new media')
    await client.event('video.member.promoted')
  })

  it('ends the room if none can be had', async () => {
    await using test = await startTestServer()
    const client = await test.join()
    test.media.failures = 1000
    test.media.room.die()
    await test.pass(30_000)
    expect(await client.vertoMessage('verto.bye')).toMatchObject({
      cause: 'DESTINATION_OUT_OF_ORDER',
      causeCode: 27,
    })
    await waitFor(() => test.server.counts().rooms === 0, 'the room to end')
  })

  it('under an offer costs that offer nothing', async () => {
    await using test = await startTestServer()
    await test.join()
    const room = test.media.room
    let release = (): void => {}
    room.hold = new Promise((resolve) => (release = resolve))
    const joining = test.join()
    await waitFor(() => test.server.counts().connections === 2, 'the second client')
    room.die()
    release()
    const client = await joining
    expect(client.count('video.room.subscribed')).toBe(1)
    expect(test.media.room.legs.size).toBe(1)
  })

  it('refuses a first join when no media can be had, and leaves nothing behind', async () => {
    await using test = await startTestServer()
    test.media.failures = 2
    const client = await test.open()
    await client.connect(await test.token())
    const refused = client.invite(randomUUID(), makeOffer('a'))
    const rejection = expect(refused).rejects.toMatchObject({ code: '503' })
    await waitFor(() => test.media.failures === 1, 'the first attempt')
    await test.pass(1000)
    await rejection
    expect(test.server.counts().rooms).toBe(0)
  })

  it('refuses an offer that is not answered in time, and does not admit it later', async () => {
    await using test = await startTestServer()
    await test.join()
    let release = (): void => {}
    test.media.room.hold = new Promise((resolve) => (release = resolve))
    const client = await test.open()
    await client.connect(await test.token())
    const refused = client.invite(randomUUID(), makeOffer('late'))
    const rejection = expect(refused).rejects.toMatchObject({ code: '503' })
    await client.roundTrip()
    await test.pass(9000)
    await rejection
    release()
    await waitFor(() => test.media.room.legs.size === 1, 'the leg to be closed')
    expect(test.server.counts().participants).toBe(1)
  })
})
