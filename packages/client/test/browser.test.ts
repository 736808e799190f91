import { describe, expect, test, vi } from 'vitest'
import {
  browser,
  bundle,
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
} from './harness.ts'
import { untilPictureMoves, untilSeen, within } from './harness.ts'
import { connectResult, Refusal, roomToken } from './ScriptedServer.ts'

describe('join and leave', () => {
  test('the picture fills the root element, the overlay lies over the own tile; leaving removes all', async () => {
    await joined()
    await untilSeen('media.connected')
    await untilPictureMoves()
    await vi.waitFor(async () => {
      const overlay = await client.evaluate(() => {
        const element = document.querySelector<HTMLElement>('#root .mcuLayers > [id^="sw-sdk-"]')
        const root = document.querySelector('#root')?.getBoundingClientRect()
        const box = element?.getBoundingClientRect()
        const video = element?.querySelector('video')
        return {
          box: box && root && [box.x - root.x, box.y - root.y, box.width, box.height].map(Math.round),
          opacity: element?.style.opacity,
          fit: video && getComputedStyle(video).objectFit,
          status: room.localOverlay.status,
        }
      })
      expect(overlay).toEqual({ box: [320, 90, 160, 90], opacity: '1', fit: 'cover', status: 'visible' })
    }, within)
    const properties = await client.evaluate(() => ({
      memberId: room.memberId,
      roomSessionId: room.roomSessionId,
      active: room.active,
      permissions: room.permissions,
      sound: room.remoteStream?.getAudioTracks().length,
      pool: peers[0]?.config.iceCandidatePoolSize,
      camera: room.cameraId !== null,
    }))
    expect(properties).toEqual({
      memberId: 'me',
      roomSessionId: 'rs1',
      active: true,
      permissions: ['room.self.audio_mute'],
      sound: 1,
      pool: 0,
      camera: true,
    })
    expect(await count('room.joined')).toBe(1)

    await client.evaluate(() => room.leave())
    const after = await client.evaluate(async () => ({
      html: document.querySelector('#root')?.innerHTML,
      tracks: micTracks.map((track) => track.readyState),
      peer: peers[0]?.connectionState,
      again: await joinRoom(),
      stored: Object.keys(sessionStorage),
    }))
    expect(after).toMatchObject({ html: '', tracks: ['ended', 'ended'], peer: 'closed', stored: [] })
    expect(after.again).toMatchObject({ code: 'already_left', isError: true })
    expect(server.requests('verto.bye')).toHaveLength(1)
    expect(await count('room.left')).toBe(1)
  })

  test('a refused join releases everything and may be tried again', async () => {
    const invite = server.responders['verto.invite']
    server.responders['verto.invite'] = () => ({ code: '403', message: 'Room is locked' })
    await client.evaluate((token) => createRoom({ token }), roomToken(server.url))
    const refusal = await client.evaluate(() => joinRoom())
    expect(refusal).toEqual({ code: '403', message: 'Room is locked', isError: true })
    const state = await client.evaluate(() => ({
      html: document.querySelector('#root')?.innerHTML,
      tracks: micTracks.map((track) => track.readyState),
      peer: peers[0]?.connectionState,
    }))
    expect(state).toEqual({ html: '', tracks: ['ended', 'ended'], peer: 'closed' })
    expect(await names()).toEqual([])
    if (invite) server.responders['verto.invite'] = invite
    expect(await client.evaluate(() => joinRoom())).toBe('joined')
  })

  test('a bye of the server ends the room with its cause', async () => {
    await joined()
    const callID = await client.evaluate(() => room.callId)
    server.connection.verto('verto.bye', { callID, cause: 'REJECT_ALL', causeCode: 825 })
    await untilSeen('room.left')
    const left = await client.evaluate(() => seen.find(({ name }) => name === 'room.left')?.event)
    expect(left).toEqual({ cause: 'REJECT_ALL', causeCode: 825 })
    expect(await client.evaluate(() => micTracks.every((track) => track.readyState === 'ended'))).toBe(true)
  })

  test('leaving while joining gives up the join', async () => {
    server.responders['verto.invite'] = () => undefined
    await client.evaluate((token) => createRoom({ token }), roomToken(server.url))
    const join = client.evaluate(() => joinRoom())
    await vi.waitFor(() => expect(server.requests('verto.invite')).toHaveLength(1), within)
    await client.evaluate(() => room.leave())
    expect(await join).toMatchObject({ code: 'aborted' })
  })
})

describe('events', () => {
  test('come once each, whatever handlers do; the member list is complete', async () => {
    await joined()
    await client.evaluate(() => {
      room.on('member.updated', () => {
        throw new Error('broken handler')
      })
    })
    const updated = {
      ...ids,
      member: { ...member('other', { audio_muted: true }), updated: ['audio_muted'] },
    }
    server.connection.event('video.member.updated', updated)
    server.connection.event('video.member.joined', { ...ids, member: member('third') })
    await untilSeen('member.joined')
    const after = (await names()).filter((name) => /^member|List/.test(name))
    expect(after).toEqual([
      'memberList.updated',
      'member.updated.audio_muted',
      'member.updated.audioMuted',
      'member.updated',
      'memberList.updated',
      'member.joined',
      'memberList.updated',
    ])
    const list = await client.evaluate(() => seen.at(-1)?.event)
    const inLayout = { current_position: 'standard-1' }
    expect(list).toEqual({
      members: [member('me', inLayout), member('other', { ...inLayout, audio_muted: true }), member('third')],
    })
  })
})

describe('mute', () => {
  test('follows the server: the devices stop, and come back', async () => {
    await joined()
    await untilSeen('media.connected')
    const update = (changes: object) =>
      server.connection.event('video.member.updated', {
        ...ids,
        member: { ...member('me', changes), updated: Object.keys(changes) },
      })
    const state = () =>
      client.evaluate(() => ({
        audio: room.localAudioTrack?.readyState ?? null,
        video: room.localVideoTrack?.readyState ?? null,
        sent: peers[0]?.getSenders().map((sender) => sender.track?.readyState ?? null),
        overlay: room.localOverlay.status,
      }))
    update({ audio_muted: true, video_muted: true })
    const silent = { audio: null, video: null, sent: [null, null], overlay: 'hidden' }
    await vi.waitFor(async () => expect(await state()).toEqual(silent), within)
    expect(await client.evaluate(() => micTracks.map((track) => track.readyState))).toEqual([
      'ended',
      'ended',
    ])
    update({ audio_muted: false, video_muted: false })
    const sending = { audio: 'live', video: 'live', sent: ['live', 'live'] }
    await vi.waitFor(async () => expect(await state()).toMatchObject(sending), within)
    expect(await count('microphone.disconnected')).toBe(0)
    expect(await count('camera.disconnected')).toBe(0)
  })

  test('keeps a device running that is not to be stopped, sending nothing of it', async () => {
    await joined({ stopMicrophoneWhileMuted: false })
    server.connection.event('video.member.updated', {
      ...ids,
      member: { ...member('me', { audio_muted: true }), updated: ['audio_muted'] },
    })
    const track = () =>
      client.evaluate(() => [room.localAudioTrack?.readyState, room.localAudioTrack?.enabled])
    await vi.waitFor(async () => expect(await track()).toEqual(['live', false]), within)
  })
})

describe('recovery', () => {
  test('verto.attach brings new media into the element without touching the room', async () => {
    await joined()
    await untilSeen('media.connected')
    await untilPictureMoves()
    const callID = await client.evaluate(() => room.callId)
    await media.evaluate(() => peers.forEach((peer) => peer.close()))
    server.connection.verto('verto.attach', { callID })
    await untilSeen('media.connected', 2)
    await untilPictureMoves()
    // The first media may flow shortly before or after the join is confirmed.
    const events = (await names()).filter((name) => /^media.*connect/.test(name))
    expect(events).toEqual(['media.connected', 'media.reconnecting', 'media.connected'])
    expect(await count('room.joined')).toBe(1)
    const invites = server.requests('verto.invite') as { dialogParams: { callID: string } }[]
    expect(invites.map((invite) => invite.dialogParams.callID)).toEqual([callID, callID])
    expect(await client.evaluate(() => peers.map((peer) => peer.connectionState))).toEqual([
      'closed',
      'connected',
    ])
  })

  test('media that fails is restored by the client', async () => {
    await joined()
    await untilSeen('media.connected')
    await media.evaluate(() => peers.forEach((peer) => peer.close()))
    await vi.waitFor(async () => expect(await count('media.connected')).toBe(2), {
      timeout: 40_000,
      interval: 50,
    })
    await untilPictureMoves()
    const events = (await names()).filter((name) => /^media.*connect/.test(name))
    expect(events).toEqual(['media.connected', 'media.disconnected', 'media.reconnecting', 'media.connected'])
    expect(await count('room.joined')).toBe(1)
  })

  test('a broken socket comes back by itself; sound media is left alone', async () => {
    await joined()
    await untilSeen('media.connected')
    server.connection.terminate()
    await vi.waitFor(() => expect(server.requests('signalwire.connect')).toHaveLength(2), within)
    server.responders['video.members.get'] = () => ({ code: '200', members: [member('me')] })
    expect(await client.evaluate(() => room.getMembers())).toMatchObject({ members: [{ id: 'me' }] })
    expect(server.requests('verto.invite')).toHaveLength(1)
    expect(await count('room.left')).toBe(0)
  })

  test('a server that has forgotten the session gets the call anew', async () => {
    await joined()
    await untilSeen('media.connected')
    server.responders['signalwire.connect'] = () => connectResult({ protocol: 'signalwire_new_session_x' })
    server.connection.terminate()
    await untilSeen('media.connected', 2)
    expect(server.requests('verto.invite')).toHaveLength(2)
  })

  test('a reloaded page takes up its call', async () => {
    await joined()
    server.connection.event('signalwire.authorization.state', { authorization_state: 'state1' })
    await vi.waitFor(async () => {
      expect(await client.evaluate(() => sessionStorage.getItem('as-room1'))).toBe('state1')
    }, within)
    const callId = await client.evaluate(() => room.callId)
    await client.reload()
    await client.evaluate((host) => createRoom({ token: host }), roomToken(server.url))
    void client.evaluate(() => joinRoom()).catch(() => undefined)
    await vi.waitFor(() => expect(server.requests('verto.invite')).toHaveLength(2), within)
    const invites = server.requests('verto.invite') as { dialogParams: { callID: string } }[]
    expect(invites[1]?.dialogParams.callID).toBe(callId)
    expect(server.requests('signalwire.connect')[1]).toMatchObject({
      protocol: 'signalwire_a_b_c',
      authorization_state: 'state1',
    })
  })

  test('a connection that cannot be restored ends the room and every request', async () => {
    await joined()
    await untilSeen('media.connected')
    server.responders['video.lock'] = () => undefined
    const refused = client.evaluate(() => room.lock().catch((error: { code: string }) => error.code))
    await vi.waitFor(() => expect(server.requests('video.lock')).toHaveLength(1), within)
    server.responders['signalwire.connect'] = () => new Refusal(-32002, 'expired')
    server.connection.terminate()
    expect(await refused).toMatch(/^(aborted|authentication_failed)$/)
    await untilSeen('room.left')
    const left = await client.evaluate(() => seen.filter(({ name }) => name === 'room.left'))
    expect(left).toMatchObject([{ event: { reason: 'RECONNECTION_ATTEMPT_TIMEOUT' } }])
    expect(await client.evaluate(() => peers.map(({ signalingState }) => signalingState))).toEqual(['closed'])
  })
})

test('the camera is sent at the size of the own tile', async () => {
  await joined()
  const scale = () =>
    client.evaluate(() => {
      const sender = peers[0]?.getSenders().find((one) => one.track?.kind === 'video')
      const width = sender?.track?.getSettings().width ?? 0
      return width / (sender?.getParameters().encodings[0]?.scaleResolutionDownBy ?? 1)
    })
  // A quarter of the canvas, which is 640 pixels wide.
  await vi.waitFor(async () => expect(await scale()).toBeCloseTo(160, 0), within)
  server.connection.event('video.layout.changed', layout(layer('me', 0, 0, 100)))
  await vi.waitFor(async () => expect(await scale()).toBeCloseTo(640, 0), within)
})

test('the picture keeps its shape in a root element of any size', async () => {
  await joined()
  await untilPictureMoves()
  const size = () =>
    client.evaluate(() => {
      const box = document.querySelector('#root .paddingWrapper')?.getBoundingClientRect()
      return [Math.round(box?.width ?? 0), Math.round(box?.height ?? 0)]
    })
  const resize = (css: string) =>
    client.evaluate((text) => document.querySelector('#root')?.setAttribute('style', text), css)
  await resize('width:320px;height:600px')
  await vi.waitFor(async () => expect(await size()).toEqual([320, 180]), within)
  await resize('width:800px;height:90px')
  await vi.waitFor(async () => expect(await size()).toEqual([160, 90]), within)
  await resize('width:480px')
  await vi.waitFor(async () => expect(await size()).toEqual([480, 270]), within)
})

test('blocked sound is told and starts at the next gesture', async () => {
  const rights = {
    type: 'video',
    project_id: 'p',
    join_as: 'audience',
    audio_allowed: 'receive',
    video_allowed: 'receive',
  }
  server.responders['signalwire.connect'] = () =>
    connectResult({ authorization: { ...rights, room: { scopes: [] } } })
  const told: string[] = []
  const page = await browser.newPage()
  page.on('console', (message) => told.push(message.text()))
  await page.goto(`http://${server.address}/#${roomToken(server.url)}`)
  await vi.waitFor(() => expect(told).toContain('media.blocked'), within)
  await vi.waitFor(() => expect(told).toContain('media.connected'), within)
  expect(told).not.toContain('media.unblocked')
  expect(server.requests('verto.invite')[0]?.sdp).not.toContain('a=sendrecv')
  await page.mouse.click(10, 10)
  await vi.waitFor(() => expect(told).toContain('media.unblocked'), within)
  expect(await page.evaluate(() => micTracks.length)).toBe(0)
  await page.close()
})

test('the script tag defines both names and keeps within its size', async () => {
  const defined = await client.evaluate(() => {
    const { SignalWire, Roomful } = window as unknown as Record<
      string,
      Record<string, Record<string, unknown>>
    >
    const same = SignalWire?.Video?.RoomSession === Roomful?.RoomSession
    return { same, helpers: Object.keys(SignalWire?.WebRTC ?? {}).length, leaked: 'roomful' in window }
  })
  expect(defined).toEqual({ same: true, helpers: 30, leaked: false })
  expect(Buffer.byteLength(bundle)).toBeLessThan(100_000)
})
