import { SignalWire } from '@signalwire/realtime-api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from './support/startTestServer.ts'
import type { TestClient } from './support/TestClient.ts'
import { waitFor } from './support/waitFor.ts'

// Unmodified @signalwire/realtime-api 4.2.1: what an application's own server would run.

let server: TestServer
let sdk: Awaited<ReturnType<typeof SignalWire>>

beforeEach(async () => {
  server = await startTestServer()
  const { projectId: project, apiToken: token } = server.server.config
  sdk = await SignalWire({ project, token, host: server.url, logLevel: 'silent' })
})
afterEach(async () => {
  await sdk.disconnect()
  await server[Symbol.asyncDispose]()
})

const leave = (client: TestClient) => client.verto('verto.bye', { dialogParams: { callID: client.callId } })

describe('an application server with the stock SDK', () => {
  it('lists the rooms that run, and finds one by its id', async () => {
    expect(await sdk.video.getRoomSessions()).toEqual({ roomSessions: [] })
    const ann = await server.join({ u: 'Ann' })
    const { roomSessions } = await sdk.video.getRoomSessions()
    expect(roomSessions.map(({ name }) => name)).toEqual(['lobby'])
    const [listed] = roomSessions
    const { roomSession } = await sdk.video.getRoomSessionById(listed!.id)
    expect(roomSession.displayName).toBe('lobby')
    const { members } = await roomSession.getMembers()
    expect(members.map(({ id, name }) => [id, name])).toEqual([[ann.memberId, 'Ann']])
  })

  it('refuses what is not there, and who must not be there, in words', async () => {
    await expect(sdk.video.getRoomSessionById('nowhere')).rejects.toMatchObject({
      code: '404',
      message: 'No room session nowhere is running',
    })
    const ann = await server.open()
    const reply = await ann.request('signalwire.connect', {
      version: { major: 3, minor: 0, revision: 0 },
      authentication: { project: server.server.config.projectId, token: 'not the token' },
    })
    expect(reply['error']).toMatchObject({ code: -32002 })
  })

  it('hears of rooms that start and end, and of everything in one of them, in order', async () => {
    const heard: string[] = []
    await sdk.video.listen({
      onRoomStarted: async (room) => {
        heard.push(`started ${room.name}`)
        await room.listen({
          onRoomSubscribed: ({ name }) => heard.push(`subscribed ${name}`),
          onMemberJoined: ({ name }) => heard.push(`joined ${name}`),
          onMemberAudioMuted: ({ name, audioMuted }) => heard.push(`muted ${name} ${audioMuted}`),
          onMemberLeft: ({ name }) => heard.push(`left ${name}`),
          onRoomUpdated: (updated) => heard.push(`locked ${updated.locked}`),
          onLayoutChanged: ({ name }: { name: string }) => heard.push(`layout ${name}`),
        })
        heard.push('listens')
      },
      onRoomEnded: ({ name }) => heard.push(`ended ${name}`),
    })
    const ann = await server.join({ u: 'Ann' })
    await waitFor(() => heard.includes('listens'), 'the SDK to listen')
    expect(heard).toEqual(['started lobby', 'subscribed lobby', 'listens'])

    heard.length = 0
    const ben = await server.join({ u: 'Ben' })
    await ann.request('video.member.audio_mute', { member_id: ben.memberId })
    await ann.request('video.lock')
    await leave(ben)
    await leave(ann)
    await waitFor(() => heard.includes('ended lobby'), 'the end of the room')
    const inOrder = ['joined Ben', 'muted Ben true', 'locked true', 'left Ben', 'ended lobby']
    expect(heard.filter((word) => inOrder.includes(word))).toEqual(inOrder)
  })

  it('mutes a member, changes the layout, writes meta and removes somebody, without a seat in the room', async () => {
    const ann = await server.join({ u: 'Ann' })
    const ben = await server.join({ u: 'Ben' })
    const { roomSessions } = await sdk.video.getRoomSessions()
    const room = roomSessions[0]!
    await room.audioMute({ memberId: ben.memberId })
    await ann.event('video.member.updated', ({ member }) => member.id === ben.memberId && member.audio_muted)
    await room.setLayout({ name: '3x3' })
    await room.setMeta({ topic: 'numbers' })
    expect(await room.getMeta()).toEqual({ meta: { topic: 'numbers' } })
    expect((await room.getLayouts()).layouts).toContain('grid-responsive')
    await expect(room.setLayout({ name: 'heart' })).rejects.toMatchObject({ code: '422' })
    await room.removeMember({ memberId: ben.memberId })
    await waitFor(() => ben.log.includes('verto.bye'), 'Ben to be removed')
  })

  it('says which room a request must name', async () => {
    const client = await server.open()
    const { projectId: project, apiToken: token } = server.server.config
    await client.request('signalwire.connect', {
      version: { major: 3, minor: 0, revision: 0 },
      authentication: { project, token },
    })
    const reply = await client.request('video.lock')
    expect(reply['result']).toEqual({
      code: '422',
      message: 'room_session_id: needed, the id of a running room session',
    })
    const unknown = await client.request('video.message', { message: {} })
    expect(unknown['error']).toMatchObject({ code: -32601 })
  })
})
