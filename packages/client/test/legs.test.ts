import { describe, expect, test, vi } from 'vitest'
import {
  childJoined,
  client,
  count,
  ids,
  joined,
  layer,
  layout,
  media,
  member,
  names,
  server,
  untilPictureMoves,
  untilSeen,
  within,
} from './harness.ts'
import { connectResult } from './ScriptedServer.ts'

const rights = (joinAs: 'member' | 'audience') => ({
  type: 'video',
  project_id: 'p',
  join_as: joinAs,
  audio_allowed: joinAs === 'member' ? 'both' : 'receive',
  video_allowed: joinAs === 'member' ? 'both' : 'receive',
  room: { name: 'room1', scopes: joinAs === 'member' ? ['room.self.audio_mute'] : [] },
})

const changeRole = (to: 'member' | 'audience') =>
  server.connection.event(`video.member.${to === 'member' ? 'promoted' : 'demoted'}`, {
    ...ids,
    member_id: 'me',
    authorization: rights(to),
  })

type Invite = { sdp: string; dialogParams: Record<string, unknown> & { callID: string } }
const invites = () => server.requests('verto.invite') as Invite[]
const byes = () => (server.requests('verto.bye') as Invite[]).map(({ dialogParams }) => dialogParams.callID)
const directions = (invite: Invite | undefined) =>
  invite?.sdp.match(/a=(sendrecv|sendonly|recvonly|inactive)/g)

async function joinedAsAudience(): Promise<string> {
  server.responders['signalwire.connect'] = () => connectResult({ authorization: rights('audience') })
  await joined()
  await untilSeen('media.connected')
  await untilPictureMoves()
  return client.evaluate(() => room.callId)
}

describe('promotion and demotion', () => {
  test('a promoted participant goes over to a new call without a gap in the picture, and back again', async () => {
    const first = await joinedAsAudience()
    expect(await client.evaluate(() => room.interactivityMode)).toBe('audience')
    await client.evaluate(() => void watchPicture())
    changeRole('member')
    await untilSeen('member.promoted')
    expect(await client.evaluate(() => [room.interactivityMode, room.permissions])).toEqual([
      'member',
      ['room.self.audio_mute'],
    ])
    await vi.waitFor(() => expect(byes()).toEqual([first]), within)
    const second = await client.evaluate(() => room.callId)
    expect(second).not.toBe(first)
    expect(invites().map(({ dialogParams }) => dialogParams.callID)).toEqual([first, second])
    expect(directions(invites()[1])).toEqual(['a=sendrecv', 'a=sendrecv'])
    expect(await count('room.joined')).toBe(2)
    await untilPictureMoves()
    const after = await client.evaluate(() => ({
      memberId: room.memberId,
      videos: document.querySelectorAll('#root .videoWrapper > video').length,
      sound: (room.audioEl?.srcObject as MediaStream).getAudioTracks()[0]?.id,
      received: room.remoteStream?.getAudioTracks()[0]?.id,
      peers: peers.map((peer) => peer.connectionState),
      blank: picture.blank,
      stored: sessionStorage.getItem('ci-room1') === room.callId,
    }))
    expect(after).toMatchObject({ memberId: 'me', videos: 1, blank: 0, stored: true })
    expect(after.peers).toEqual(['closed', 'connected'])
    expect(after.sound).toBe(after.received)

    changeRole('audience')
    await vi.waitFor(() => expect(byes()).toEqual([first, second]), within)
    expect(directions(invites()[2])).toEqual(['a=recvonly', 'a=recvonly'])
    // The camera goes off: an audience participant sends nothing.
    await vi.waitFor(async () => {
      expect(await client.evaluate(() => micTracks.map((track) => track.readyState))).toEqual([
        'ended',
        'ended',
      ])
    }, within)
    await untilPictureMoves()
    expect(
      await client.evaluate(() => [room.interactivityMode, picture.blank, room.localVideoTrack]),
    ).toEqual(['audience', 0, null])
    expect(await client.evaluate(() => picture.frames)).toBeGreaterThan(20)
    expect((await names()).filter((name) => /disconnected|room.left/.test(name))).toEqual([])
  })

  test('a refused new call leaves the old one as it was', async () => {
    const first = await joinedAsAudience()
    const invite = server.responders['verto.invite']
    server.responders['verto.invite'] = () => ({ code: '403', message: 'Unauthorized' })
    changeRole('member')
    await vi.waitFor(() => expect(invites()).toHaveLength(2), within)
    await vi.waitFor(async () => {
      expect(await client.evaluate(() => peers.map((peer) => peer.connectionState))).toEqual([
        'connected',
        'closed',
      ])
    }, within)
    await untilPictureMoves()
    expect(await client.evaluate(() => [room.callId, room.active])).toEqual([first, true])
    expect(await count('room.left')).toBe(0)
    if (invite) server.responders['verto.invite'] = invite
  })

  test('whoever has no camera is promoted all the same', async () => {
    await joinedAsAudience()
    await client.evaluate(() => {
      const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
      navigator.mediaDevices.getUserMedia = async (constraints) => {
        if (constraints?.video) throw new DOMException('none', 'NotFoundError')
        return original(constraints)
      }
    })
    changeRole('member')
    await vi.waitFor(() => expect(byes()).toHaveLength(1), within)
    expect(directions(invites()[1])).toEqual(['a=sendrecv', 'a=recvonly'])
    expect(await count('device.failed')).toBe(1)
  })

  test('a promotion that was missed while the socket was down is made up for', async () => {
    const first = await joinedAsAudience()
    server.responders['signalwire.connect'] = () => connectResult({ authorization: rights('member') })
    server.connection.terminate()
    await untilSeen('member.promoted')
    await vi.waitFor(() => expect(byes()).toEqual([first]), within)
    expect(directions(invites()[1])).toEqual(['a=sendrecv', 'a=sendrecv'])
  })
})

/** A screen that is a canvas: headless browsers have none. */
const fakeScreen = () =>
  client.evaluate(() => {
    navigator.mediaDevices.getDisplayMedia = async (constraints) => {
      const canvas = document.createElement('canvas')
      canvas.width = 1280
      canvas.height = 720
      const context = canvas.getContext('2d')
      setInterval(() => context?.fillRect(0, 0, Math.random() * 99, 99), 50)
      const stream = canvas.captureStream(15)
      micTracks.push(...stream.getTracks())
      Object.assign(window, { asked: constraints })
      return stream
    }
  })

describe('screens and devices', () => {
  test('a shared screen is a member of its own, sharp, until the user stops sharing', async () => {
    await joined()
    await fakeScreen()
    const parent = await client.evaluate(() => room.callId)
    await client.evaluate(async () => {
      window.child = (await room.startScreenShare({
        layout: 'screen-share',
        positions: { self: 'reserved-1' },
      })) as never
      child.on('room.left', () => void seen.push({ name: 'screen left', event: {} }))
    })
    const invite = invites()[1] as Invite & { layout: string; positions: object }
    expect(invite.dialogParams).toMatchObject({
      screenShare: true,
      additionalDevice: false,
      userVariables: { memberCallId: parent, memberId: 'me' },
    })
    expect(invite).toMatchObject({ layout: 'screen-share', positions: { self: 'reserved-1' } })
    expect(directions(invite)).toEqual(['a=sendonly'])
    const outer = server.received.find(
      (frame) => (frame.params?.message as { params?: unknown } | undefined)?.params === invite,
    )
    expect(outer?.params?.subscribe).toEqual(['video.room.screenshare'])
    const state = await client.evaluate(() => {
      const sender = peers[1]?.getSenders()[0]
      return {
        memberId: child.memberId,
        active: child.active,
        listed: room.screenShareList[0] === child,
        isScreen:
          child instanceof
          (window as never as { Roomful: { RoomSessionScreenShare: never } }).Roomful.RoomSessionScreenShare,
        hint: sender?.track && 'contentHint' in sender.track && sender.track.contentHint,
        encoding: sender?.getParameters().encodings[0],
        asked: (window as never as { asked: MediaStreamConstraints }).asked,
      }
    })
    expect(state).toMatchObject({
      memberId: 'child1',
      active: true,
      listed: true,
      isScreen: true,
      hint: 'detail',
      encoding: { maxBitrate: 4_000_000, scaleResolutionDownBy: 1 },
      asked: { audio: false, video: { width: { max: 1920 }, height: { max: 1080 } } },
    })
    await vi.waitFor(async () => {
      const decoded = await media.evaluate(async () => {
        const stats = [...(await peers.at(-1)!.getStats()).values()] as RTCInboundRtpStreamStats[]
        return stats.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video')?.frameWidth
      })
      expect(decoded).toBe(1280)
    }, within)

    // What the browser does when the user clicks "Stop sharing".
    const childCall = await client.evaluate(() => child.callId)
    await client.evaluate(() => {
      const track = child.localVideoTrack
      track?.stop()
      track?.dispatchEvent(new Event('ended'))
    })
    await untilSeenInPage('screen left')
    expect(byes()).toEqual([childCall])
    expect(await client.evaluate(() => [room.screenShareList.length, child.active, room.active])).toEqual([
      0,
      false,
      true,
    ])
    expect(await client.evaluate(() => child.join().catch((error: { code: string }) => error.code))).toBe(
      'already_left',
    )
  })

  test('children that join at once are not taken for each other; methods act on their own member', async () => {
    await joined()
    await fakeScreen()
    const held: (() => void)[] = []
    childJoined.send = (_, send) => {
      held.push(send)
      // In the opposite order, once all three are there.
      if (held.length === 3) for (const one of held.reverse()) one()
    }
    const children = await client.evaluate(async () => {
      const all = await Promise.all([room.startScreenShare(), room.addCamera(), room.addMicrophone()])
      return all.map((one) => [one.constructor.name, one.memberId, one.callId])
    })
    const callOf = (index: number) => children[index]?.[2]
    const order = invites()
      .slice(1)
      .map(({ dialogParams }) => dialogParams.callID)
    for (const index of [0, 1, 2]) {
      expect(children[index]?.[1]).toBe(`child${order.indexOf(callOf(index) ?? '') + 1}`)
    }
    expect(await client.evaluate(() => room.deviceList.map((one) => one.memberId).length)).toBe(2)
    const device = children[1]?.[1]
    await client.evaluate(async () => {
      const camera = room.deviceList[0]
      await camera?.videoMute()
      await camera?.setInputVolume({ volume: -3 })
      await camera?.setInputSensitivity({ value: 10 })
      await camera?.audioUnmute()
    })
    expect(server.requests('video.member.video_mute')).toEqual([
      { member_id: device, room_session_id: 'rs1' },
    ])
    expect(server.requests('video.member.set_input_volume')[0]).toMatchObject({
      member_id: device,
      volume: -3,
    })
    expect(server.requests('video.member.set_input_sensitivity')[0]).toMatchObject({
      member_id: device,
      value: 10,
    })
    expect(server.requests('video.member.audio_unmute')[0]).toMatchObject({ member_id: device })

    // The mute of a device stops it; that of the room's own camera is another matter.
    const update = {
      ...ids,
      member: { ...member(device ?? '', { video_muted: true }), updated: ['video_muted'] },
    }
    server.connection.event('video.member.updated', update)
    await vi.waitFor(async () => {
      expect(await client.evaluate(() => room.deviceList[0]?.localVideoTrack)).toBeNull()
    }, within)
    expect(await client.evaluate(() => room.localVideoTrack?.readyState)).toBe('live')

    await client.evaluate(() => room.leave())
    expect(new Set(byes())).toEqual(new Set(invites().map(({ dialogParams }) => dialogParams.callID)))
    expect(
      await client.evaluate(() => [
        room.deviceList.length + room.screenShareList.length,
        micTracks.filter((track) => track.readyState === 'live').length,
      ]),
    ).toEqual([0, 0])
  })

  test('with autoJoin false it joins when it is told to; the camera opens only then', async () => {
    await joined()
    const before = await client.evaluate(() => micTracks.length)
    await client.evaluate(async () => {
      window.child = (await room.addCamera({ autoJoin: false, width: { ideal: 320 } })) as never
    })
    expect(await client.evaluate(() => [micTracks.length, child.active, child.memberId])).toEqual([
      before,
      false,
      '',
    ])
    expect(
      await client.evaluate(() => child.audioMute().catch((error: { code: string }) => error.code)),
    ).toBe('not_joined')
    expect(invites()).toHaveLength(1)
    await client.evaluate(() => child.join())
    expect(
      await client.evaluate(() => [child.active, child.memberId, child.localVideoTrack?.getSettings().width]),
    ).toEqual([true, 'child1', 320])
    expect(await client.evaluate(() => child.join().catch((error: { code: string }) => error.code))).toBe(
      'already_joined',
    )

    // Sent at the size of its own tile: half of a canvas that is 640 wide.
    server.connection.event('video.layout.changed', layout(layer('child1', 0, 0, 25), layer('me', 50, 0, 50)))
    await vi.waitFor(async () => {
      const scale = await client.evaluate(
        () => peers[1]?.getSenders()[0]?.getParameters().encodings[0]?.scaleResolutionDownBy,
      )
      expect(scale).toBeCloseTo(2, 1)
    }, within)

    // Removed by a moderator: the server says bye.
    server.connection.verto('verto.bye', {
      callID: await client.evaluate(() => child.callId),
      cause: 'NORMAL_CLEARING',
    })
    await vi.waitFor(async () => expect(await client.evaluate(() => child.active)).toBe(false), within)
    expect(await client.evaluate(() => [room.active, room.deviceList.length])).toEqual([true, 0])
  })

  test('a refusal rejects with the code of the server and releases the device; the room goes on', async () => {
    await joined()
    const invite = server.responders['verto.invite']
    server.responders['verto.invite'] = () => ({ code: '403', message: 'Unauthorized' })
    const refusal = await client.evaluate(() =>
      room.addCamera().catch((error: { code: string; message: string }) => error.code),
    )
    expect(refusal).toBe('403')
    expect(
      await client.evaluate(() => [room.active, room.deviceList.length, micTracks.at(-1)?.readyState]),
    ).toEqual([true, 0, 'ended'])
    if (invite) server.responders['verto.invite'] = invite
    const denied = await client.evaluate(() => {
      navigator.mediaDevices.getDisplayMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))
      return room.startScreenShare().catch((error: { code: string }) => error.code)
    })
    expect(denied).toBe('media_permission_denied')
    expect(await client.evaluate(() => room.screenShareList.length)).toBe(0)
  })

  test('a promotion ends the children of the call that it replaces', async () => {
    await joined()
    await client.evaluate(async () => {
      window.child = (await room.addMicrophone()) as never
    })
    changeRole('audience')
    await vi.waitFor(() => expect(byes()).toHaveLength(2), within)
    expect(await client.evaluate(() => [child.active, room.deviceList.length, room.active])).toEqual([
      false,
      0,
      true,
    ])
  })

  test('after a restart of the server room and children come back, the room first', async () => {
    await joined()
    await untilSeen('media.connected')
    await client.evaluate(async () => {
      window.child = (await room.addMicrophone()) as never
    })
    const before = invites().map(({ dialogParams }) => dialogParams.callID)
    server.responders['signalwire.connect'] = () => connectResult({ protocol: 'signalwire_new_session_x' })
    server.connection.terminate()
    await vi.waitFor(() => expect(invites()).toHaveLength(3), within)
    expect(invites()[2]?.dialogParams.callID).toBe(before[0])
    const session = { id: 'rs2', room_id: 'r1', room_session_id: 'rs2', members: [member('me2')] }
    const subscribed = { call_id: before[0], member_id: 'me2', room_session: session, room: session }
    server.connection.event('video.room.subscribed', subscribed)
    await vi.waitFor(() => expect(invites()).toHaveLength(4), within)
    expect(invites()[3]?.dialogParams).toMatchObject({
      callID: before[1],
      userVariables: { memberId: 'me2' },
    })
    expect(await count('room.joined')).toBe(2)
    expect(await count('room.left')).toBe(0)
  })
})

async function untilSeenInPage(name: string): Promise<void> {
  await vi.waitFor(async () => expect(await count(name)).toBe(1), within)
}
