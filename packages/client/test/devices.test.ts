import { describe, expect, test, vi } from 'vitest'
import {
  client,
  count,
  joined,
  media,
  mute,
  server,
  untilPictureMoves,
  untilSeen,
  within,
} from './harness.ts'
import type { Video as VideoNamespace } from '../src/index.ts'
import { roomToken } from './ScriptedServer.ts'

const sentTracks = () =>
  client.evaluate(() => peers[0]?.getSenders().map((sender) => sender.track?.readyState ?? null))
const live = () => client.evaluate(() => micTracks.filter((track) => track.readyState === 'live').length)
const events = (name: string) =>
  client.evaluate((wanted) => seen.filter((one) => one.name === wanted).map(({ event }) => event), name)

describe('own devices', () => {
  test('outbound media stops and comes back without a mute in the room', async () => {
    await joined()
    await client.evaluate(() => room.stopOutboundVideo())
    expect([await sentTracks(), await live()]).toEqual([['live', null], 1])
    expect(await client.evaluate(() => room.localOverlay.status)).toBe('hidden')
    // Both must want it: an unmute does not start what the application has stopped.
    mute({ video_muted: true })
    await untilSeen('member.updated')
    mute({ video_muted: false })
    await untilSeen('member.updated', 2)
    expect(await live()).toBe(1)
    await client.evaluate(() => room.restoreOutboundVideo())
    expect([await sentTracks(), await live()]).toEqual([['live', 'live'], 2])
    await client.evaluate(() => room.stopOutboundAudio())
    expect(await sentTracks()).toEqual([null, 'live'])
    await client.evaluate(() => room.restoreOutboundAudio())
    expect(await sentTracks()).toEqual(['live', 'live'])
    expect(server.received.filter(({ method }) => /mute/.test(method ?? ''))).toEqual([])
    expect(await count('camera.disconnected')).toBe(0)
    expect(await count('camera.updated')).toBe(0)
  })

  test('unplugged devices are told once, and another one is opened after a mute', async () => {
    await joined()
    const label = await client.evaluate(() => room.microphoneLabel)
    // What the browser does when a device goes away.
    await client.evaluate(() => {
      const track = room.localAudioTrack
      track?.stop()
      track?.dispatchEvent(new Event('ended'))
    })
    expect(await events('microphone.disconnected')).toMatchObject([{ label }])
    expect(
      await client.evaluate(() => [room.localAudioTrack, room.microphoneId, room.microphoneLabel]),
    ).toEqual([null, null, null])
    // The camera of before is gone while it is muted: another one takes its place.
    mute({ video_muted: true })
    await vi.waitFor(async () => expect(await live()).toBe(0), within)
    await client.evaluate(() => {
      const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
      navigator.mediaDevices.getUserMedia = async (constraints) => {
        const video = constraints?.video
        if (typeof video === 'object' && video.deviceId)
          throw new DOMException('gone', 'OverconstrainedError')
        const stream = await original(constraints)
        for (const track of stream.getVideoTracks()) {
          const settings = track.getSettings()
          track.getSettings = () => ({ ...settings, deviceId: 'another' })
        }
        return stream
      }
    })
    mute({ video_muted: false })
    await untilSeen('camera.updated')
    expect(await events('camera.updated')).toMatchObject([{ current: { deviceId: 'another' } }])
    expect(await count('camera.disconnected')).toBe(0)
  })

  test('the speaker: chosen at first, changed, and unplugged', async () => {
    await client.evaluate(() => {
      let speakers = ['one', 'two']
      const sinks: string[] = []
      HTMLMediaElement.prototype.setSinkId = function (id: string) {
        if (id !== '' && !speakers.includes(id))
          return Promise.reject(new DOMException('no', 'NotFoundError'))
        sinks.push(id)
        return Promise.resolve()
      }
      navigator.mediaDevices.enumerateDevices = () =>
        Promise.resolve(
          speakers.map(
            (deviceId) =>
              ({ deviceId, kind: 'audiooutput', label: `Speaker ${deviceId}` }) as MediaDeviceInfo,
          ),
        )
      Object.assign(window, {
        sinks,
        unplug: (id: string) => {
          speakers = speakers.filter((one) => one !== id)
          navigator.mediaDevices.dispatchEvent(new Event('devicechange'))
        },
      })
    })
    await joined({ speakerId: 'one' })
    const sinks = () => client.evaluate(() => (window as never as { sinks: string[] }).sinks)
    await vi.waitFor(async () => expect(await sinks()).toEqual(['one']), within)
    expect(await events('speaker.updated')).toEqual([])
    await client.evaluate(() => room.updateSpeaker({ deviceId: 'two' }))
    expect(await events('speaker.updated')).toEqual([
      {
        previous: { deviceId: 'one', label: 'Speaker one' },
        current: { deviceId: 'two', label: 'Speaker two' },
      },
    ])
    const refused = await client.evaluate(() =>
      room.updateSpeaker({ deviceId: 'x' }).catch((error: { code: string }) => error.code),
    )
    expect(refused).toBe('device_not_found')
    await client.evaluate(() => (window as never as { unplug: (id: string) => void }).unplug('two'))
    await untilSeen('speaker.updated', 2)
    expect(await events('speaker.disconnected')).toEqual([{ deviceId: 'two', label: 'Speaker two' }])
    expect(await sinks()).toEqual(['one', 'two', ''])
  })

  test('localStream is sent instead of the devices, a kind that it lacks is only received', async () => {
    const token = roomToken(server.url)
    const result = await client.evaluate(async (value) => {
      const canvas = document.createElement('canvas')
      canvas.getContext('2d')?.fillRect(0, 0, 1, 1)
      const localStream = canvas.captureStream(5)
      createRoom({ token: value, localStream })
      await joinRoom()
      const state = {
        asked: micTracks.length,
        isSent: room.localVideoTrack === localStream.getVideoTracks()[0],
        uses: [room.withAudio, room.withVideo],
      }
      // A microphone alone comes in addition.
      const audio = await navigator.mediaDevices.getUserMedia({ audio: true })
      const stream = await room.setLocalStream(audio)
      await room.hangupAll()
      return {
        ...state,
        kinds: stream.getTracks().length,
        states: [...localStream.getTracks(), ...audio.getTracks()].map((track) => track.readyState),
      }
    }, token)
    const [invite] = server.requests('verto.invite') as { sdp: string }[]
    expect(invite?.sdp.match(/a=(sendrecv|recvonly)/g)).toEqual(['a=recvonly', 'a=sendrecv'])
    expect(result).toEqual({ asked: 0, isSent: true, uses: [true, true], kinds: 0, states: ['live', 'live'] })
    const [modify] = server.requests('verto.modify') as { sdp: string }[]
    expect(modify?.sdp.match(/a=(sendrecv|recvonly)/g)).toEqual(['a=sendrecv', 'a=sendrecv'])
  })
})

describe('directions', () => {
  const agreed = () =>
    client.evaluate(() => peers[0]?.getTransceivers().map(({ currentDirection }) => currentDirection))

  test('every direction is negotiated; devices go off and on with it', async () => {
    await joined()
    await untilSeen('media.connected')
    for (const [direction, tracks] of [
      ['recvonly', 1],
      ['sendonly', 2],
      ['inactive', 1],
      ['sendrecv', 2],
    ] as const) {
      await client.evaluate((value) => room.setVideoDirection(value), direction)
      expect(await agreed()).toEqual(['sendrecv', direction])
      expect(await live(), direction).toBe(tracks)
    }
    await untilPictureMoves()
    await client.evaluate(() => room.setAudioDirection('recvonly'))
    expect(await agreed()).toEqual(['recvonly', 'sendrecv'])
    await client.evaluate(() =>
      room.updateMedia({
        audio: { direction: 'sendrecv' },
        video: { direction: 'sendrecv', constraints: { width: 320 } },
      }),
    )
    expect(await client.evaluate(() => [room.localVideoTrack?.getSettings().width, room.withAudio])).toEqual([
      320,
      true,
    ])
    const modifies = server.requests('verto.modify') as { action: string }[]
    expect(new Set(modifies.map(({ action }) => action))).toEqual(new Set(['updateMedia']))
  })

  test('a refused change leaves all as it was', async () => {
    await joined()
    await untilSeen('media.connected')
    const modify = server.responders['verto.modify']
    server.responders['verto.modify'] = () => ({ code: '409', message: 'Not now' })
    const code = await client.evaluate(() =>
      room.setVideoDirection('recvonly').catch((error: { code: string }) => error.code),
    )
    expect(code).toBe('409')
    expect(
      await client.evaluate(() => [
        peers[0]?.signalingState,
        peers[0]?.getTransceivers()[1]?.direction,
        room.localVideoTrack?.readyState,
      ]),
    ).toEqual(['stable', 'sendrecv', 'live'])
    if (modify) server.responders['verto.modify'] = modify
    await client.evaluate(() => room.setVideoDirection('recvonly'))
    expect(await agreed()).toEqual(['sendrecv', 'recvonly'])
  })

  test('hold and unhold', async () => {
    await joined()
    await client.evaluate(() => room.hold())
    await client.evaluate(() => room.unhold())
    const actions = (server.requests('verto.modify') as { action: string }[]).map(({ action }) => action)
    expect(actions).toEqual(['hold', 'unhold'])
  })
})

test('the older entry points make the same rooms', async () => {
  const token = roomToken(server.url)
  const result = await client.evaluate(async (value) => {
    const { Video } = (window as never as { SignalWire: { Video: typeof VideoNamespace } }).SignalWire
    const joinedRoom = await Video.joinRoom({
      token: value,
      rootElementId: 'root',
      logLevel: 'silent',
      reattach: false,
    })
    const first = [
      joinedRoom.active,
      Video.isVideoRoomSession(joinedRoom),
      joinedRoom instanceof Video.RoomSession,
      Video.isVideoRoomSession({}),
    ]
    await joinedRoom.leave()
    const log = console as unknown as Record<'warn', (text: unknown) => void>
    const { warn } = log
    const warnings: unknown[] = []
    log.warn = (text) => warnings.push(text)
    const made = await Video.createRoomObject({
      token: value,
      rootElementId: 'nowhere',
      logLevel: 'silent',
      reattach: false,
    })
    log.warn = warn
    const second = [made.active]
    await made.join()
    second.push(made.active, document.querySelector('body > .mcuContent') !== null, warnings.length === 1)
    await made.leave()
    const video = await Video.createClient({ token: value, logLevel: 'silent', reattach: false }).connect()
    const third = video.rooms.makeRoomObject({ rootElementId: 'root' })
    await third.join()
    const isActive = third.active
    await video.disconnect()
    return {
      first,
      second,
      third: [isActive, third.active],
      aliases: [
        Video.Room === Video.RoomSession,
        Video.VideoRoomSession === Video.RoomSession,
        Video.RoomDevice === Video.RoomSessionDevice,
        Video.RoomScreenShare === Video.RoomSessionScreenShare,
      ],
    }
  }, token)
  expect(result).toEqual({
    first: [true, true, true, false],
    second: [false, true, true, true],
    third: [true, false],
    aliases: [true, true, true, true],
  })
})

test('media that finds no path is told in words', async () => {
  // An answer whose only address has nobody behind it.
  await media.evaluate(() => {
    const original = answer
    window.answer = async (offer, callId) => {
      const sdp = await original(offer, callId)
      peers.at(-1)?.close()
      return sdp.replace(/^(a=candidate:\S+ \d+ \S+ \d+) \S+ \d+/gm, '$1 127.0.0.1 9')
    }
  })
  await joined()
  await vi.waitFor(async () => expect(await count('media.disconnected')).toBeGreaterThan(0), {
    timeout: 40_000,
    interval: 100,
  })
  const [first] = (await events('media.disconnected')) as unknown as { reason: string }[]
  expect(first?.reason).toMatch(
    /^No media can pass\. Candidates of this browser: .*host\/udp.*; of the server: \d+ host\/udp/,
  )
  expect(first?.reason).toMatch(/Pairs tried: .*ICE is (failed|disconnected|checking)/)
  expect(await count('media.reconnecting')).toBe(1)
})
