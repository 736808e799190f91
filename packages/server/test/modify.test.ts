import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { makeOffer, type Direction } from './support/offer.ts'
import { startTestServer } from './support/startTestServer.ts'
import type { TestClient } from './support/TestClient.ts'

const opposite: Record<Direction, Direction> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
}
const directions = Object.keys(opposite) as Direction[]

async function modify(client: TestClient, sdp: string): Promise<string[]> {
  const result = await client.verto('verto.modify', {
    dialogParams: { callID: client.callId },
    action: 'updateMedia',
    sdp,
  })
  expect(result).toMatchObject({ action: 'updateMedia', callID: client.callId, holdState: 'active' })
  return (result['sdp'] as string).match(/^a=(sendrecv|sendonly|recvonly|inactive)/gm) ?? []
}

describe('renegotiation', () => {
  it('answers every direction of sound and picture with its opposite, and tells the room', async () => {
    await using test = await startTestServer()
    const bob = await test.join()
    const ada = await test.join({}, { sdp: makeOffer('ada') })
    for (const audio of directions) {
      for (const video of directions) {
        const answered = await modify(ada, makeOffer('ada', { audio, video }))
        expect(answered).toEqual([`a=${opposite[audio]}`, `a=${opposite[video]}`])
        const reply = await bob.request('video.members.get')
        const { visible } = reply['result'].members[1]
        expect(visible).toBe(video === 'sendrecv' || video === 'sendonly')
      }
    }
  })

  it('adds a picture to a call that had none, and a sound', async () => {
    await using test = await startTestServer()
    const bob = await test.join()
    const ada = await test.join({}, { sdp: makeOffer('ada', { video: null }) })
    const { params } = await bob.event('video.member.joined')
    expect(params['member'].visible).toBe(false)
    expect(test.media.room.scene.layers.find(({ sourceId }) => sourceId === ada.memberId)?.videoMuted).toBe(
      true,
    )
    expect(await modify(ada, makeOffer('ada'))).toEqual(['a=sendrecv', 'a=sendrecv'])
    await bob.event('video.member.updated', ({ member }) => member.id === ada.memberId && member.visible)
    expect(test.media.room.scene.layers.every(({ videoMuted }) => !videoMuted)).toBe(true)
    expect(bob.count('video.member.left')).toBe(0)
  })

  it('is an ICE restart for a client whose address has changed', async () => {
    await using test = await startTestServer()
    const bob = await test.join()
    const ada = await test.join({}, { sdp: makeOffer('ada') })
    const legId = test.media.room.legOf(ada.memberId)
    test.media.room.emit({ type: 'leg.idle', legId, idle: true })
    await test.pass(80_000)
    await modify(ada, makeOffer('ada').replaceAll('a=ice-ufrag:abcd', 'a=ice-ufrag:efgh'))
    await test.pass(80_000)
    expect(bob.count('video.member.left')).toBe(0)
    expect(test.media.room.legOf(ada.memberId)).toBe(legId)
  })

  it('keeps who is deaf deaf, on the new leg too, when its call is made anew', async () => {
    await using test = await startTestServer()
    const ada = await test.join({}, { agent: 'roomful/0.1.0' })
    const at = { member_id: ada.memberId }
    await ada.request('video.member.deaf', at)
    await ada.request('video.member.set_output_volume', { ...at, volume: -20 })
    const settings = { deaf: true, outputVolumeDb: -20 }
    const listeners = () => [...test.media.room.legs.values()].map(({ listener }) => listener)
    expect(listeners()).toEqual([settings])
    const viewer = await test.join({ ja: 'audience' })
    await ada.request('video.member.deaf', { member_id: viewer.memberId })
    await ada.request('video.member.promote', { member_id: viewer.memberId })
    await viewer.event('video.member.promoted')
    await viewer.joinRoom({ callId: randomUUID(), sdp: makeOffer('swapped') })
    const deaf = { deaf: true, outputVolumeDb: 0 }
    expect(listeners()).toEqual([settings, deaf, deaf])
    await viewer.verto('verto.bye', { dialogParams: { callID: viewer.callId }, cause: 'REJECT_ALL' })
    viewer.close()
    test.media.room.die()
    await ada.vertoMessage('verto.attach')
    await ada.joinRoom({ callId: ada.callId, sdp: makeOffer('after the death') })
    expect(listeners()).toEqual([settings])
    test.media.room.die()
    await ada.vertoMessage('verto.attach')
    await modify(ada, makeOffer('after the death'))
    expect(listeners()).toEqual([settings])
  })

  it('takes a member off hold with its new call', async () => {
    await using test = await startTestServer()
    const ada = await test.join()
    const dialogParams = { callID: ada.callId }
    await ada.verto('verto.modify', { dialogParams, action: 'hold' })
    expect(test.media.room.sources.get(ada.memberId)).toMatchObject({ audioMuted: true, videoMuted: true })
    const layer = () => test.media.room.scene.layers.find(({ sourceId }) => sourceId === ada.memberId)
    expect(layer()?.videoMuted, 'the mute image at once').toBe(true)
    test.media.room.die()
    await ada.event('video.member.promoted')
    await ada.joinRoom({ callId: randomUUID(), sdp: makeOffer('swapped') })
    expect(layer()?.videoMuted).toBe(false)
    expect(test.media.room.sources.get(ada.memberId)).toMatchObject({ audioMuted: false, videoMuted: false })
  })
})
