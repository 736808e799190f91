import { describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from './support/startTestServer.ts'
import { waitFor } from './support/waitFor.ts'

const participants = (test: TestServer): number => test.server.counts().participants

describe('members that vanish', () => {
  it('counts a killed tab as gone within 10 s', async () => {
    await using test = await startTestServer()
    const bob = await test.join()
    const ada = await test.join()
    const legId = test.media.room.legOf(ada.memberId)
    ada.kill()
    await waitFor(() => test.server.counts().connections === 1, 'the socket to close')
    await test.pass(3000)
    test.media.room.emit({ type: 'leg.idle', legId, idle: true })
    expect(participants(test)).toBe(2)
    await test.pass(4000)
    const { params } = await bob.event('video.member.left')
    expect(params['member'].id).toBe(ada.memberId)
    await bob.event('video.layout.changed', ({ layout }) =>
      layout.layers.every((layer: { member_id: string | null }) => layer.member_id !== ada.memberId),
    )
    expect(test.media.room.sources.has(ada.memberId)).toBe(false)
    expect(test.server.counts()).toMatchObject({ participants: 1, sessions: 1 })
  })

  it('keeps one whose socket is gone while its media flows, for the grace time', async () => {
    await using test = await startTestServer()
    const bob = await test.join()
    const ada = await test.join()
    ada.kill()
    await waitFor(() => test.server.counts().connections === 1, 'the socket to close')
    await test.pass(89_000)
    expect(participants(test)).toBe(2)
    await test.pass(2000)
    await bob.event('video.member.left')
  })

  it('takes a client that is back in time for there, though its media had stopped', async () => {
    await using test = await startTestServer()
    const bob = await test.join()
    const ada = await test.join()
    const legId = test.media.room.legOf(ada.memberId)
    test.media.room.emit({ type: 'leg.idle', legId, idle: true })
    ada.kill()
    await waitFor(() => test.server.counts().connections === 1, 'the socket to close')
    await test.pass(4000)
    const back = await test.open()
    await back.connect(await test.token(), { resumes: ada })
    await test.pass(20_000)
    expect(participants(test)).toBe(2)
    test.media.room.emit({ type: 'leg.idle', legId, idle: false })
    await test.pass(100_000)
    expect(participants(test)).toBe(2)
    expect(bob.count('video.member.left')).toBe(0)
  })

  it('keeps one that closes its socket because its media had failed, for the grace time', async () => {
    await using test = await startTestServer()
    const bob = await test.join()
    const ada = await test.join()
    test.media.room.emit({ type: 'leg.idle', legId: test.media.room.legOf(ada.memberId), idle: true })
    await bob.request('video.members.get')
    await test.pass(1000)
    ada.kill()
    await waitFor(() => test.server.counts().connections === 1, 'the socket to close')
    await test.pass(89_000)
    expect(participants(test)).toBe(2)
    await test.pass(2000)
    await bob.event('video.member.left')
  })

  it('says goodbye to a client whose media does not come back', async () => {
    await using test = await startTestServer()
    const bob = await test.join()
    const ada = await test.join()
    test.media.room.emit({ type: 'leg.closed', legId: test.media.room.legOf(ada.memberId) })
    await test.pass(89_000)
    expect(participants(test)).toBe(2)
    await test.pass(2000)
    expect(await ada.vertoMessage('verto.bye')).toMatchObject({
      cause: 'RECOVERY_ON_TIMER_EXPIRE',
      causeCode: 102,
    })
    await bob.event('video.member.left')
  })

  it('closes the socket of a client that does not answer pings, and keeps its place for the grace time', async () => {
    await using test = await startTestServer()
    const bob = await test.join()
    const ada = await test.join()
    ada.responsive = false
    await test.pass(20_000)
    expect(ada.isOpen).toBe(true)
    await test.pass(10_000)
    await ada.closed()
    await waitFor(() => test.server.counts().connections === 1, 'the socket to close')
    test.media.room.emit({ type: 'leg.idle', legId: test.media.room.legOf(ada.memberId), idle: true })
    await bob.request('video.members.get')
    expect(participants(test)).toBe(2)
    expect(ada.count('signalwire.ping')).toBe(2)
  })

  it('closes a socket that does not connect in 10 s', async () => {
    await using test = await startTestServer()
    const client = await test.open()
    await waitFor(() => test.server.counts().connections === 1, 'the connection')
    await test.pass(10_000)
    expect(await client.closed()).toBe(1008)
  })
})
