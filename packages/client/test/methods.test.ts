import { expect, test, vi } from 'vitest'
import type { RoomSession } from '../src/index.ts'
import { client, count, ids, joined, member, running, server, untilSeen, within } from './harness.ts'
import { roomToken } from './ScriptedServer.ts'

const own = { member_id: 'me', room_session_id: 'rs1' }
const other = { member_id: 'other', room_session_id: 'rs1' }
const inRoom = { room_session_id: 'rs1' }

type Call = [method: keyof RoomSession, args: unknown[], rpc: string, params: object]

/** Each method that is one request, with the frame that it sends. */
const calls: Call[] = [
  ['getMembers', [], 'video.members.get', inRoom],
  ['audioMute', [], 'video.member.audio_mute', own],
  ['audioMute', [{ memberId: 'other' }], 'video.member.audio_mute', other],
  ['audioUnmute', [], 'video.member.audio_unmute', own],
  ['videoMute', [], 'video.member.video_mute', own],
  ['videoUnmute', [{ memberId: 'other' }], 'video.member.video_unmute', other],
  ['deaf', [], 'video.member.deaf', own],
  ['undeaf', [], 'video.member.undeaf', own],
  ['setInputVolume', [{ volume: -10 }], 'video.member.set_input_volume', { ...own, volume: -10 }],
  ['setOutputVolume', [{ volume: 50 }], 'video.member.set_output_volume', { ...own, volume: 50 }],
  [
    'setInputSensitivity',
    [{ value: 80, memberId: 'other' }],
    'video.member.set_input_sensitivity',
    { ...other, value: 80 },
  ],
  ['setRaisedHand', [], 'video.member.raisehand', own],
  ['setRaisedHand', [{ raised: false }], 'video.member.lowerhand', own],
  ['setPrioritizeHandraise', [], 'video.prioritize_handraise', { ...inRoom, enable: true }],
  ['setPrioritizeHandraise', [false], 'video.prioritize_handraise', { ...inRoom, enable: false }],
  [
    'setMemberPosition',
    [{ position: 'off-canvas' }],
    'video.member.set_position',
    { ...own, position: 'off-canvas' },
  ],
  [
    'setPositions',
    [{ positions: { self: 'auto' } }],
    'video.set_position',
    { ...inRoom, positions: { self: 'auto' } },
  ],
  ['getLayouts', [], 'video.list_available_layouts', inRoom],
  ['setLayout', [{ name: '2x1' }], 'video.set_layout', { ...inRoom, name: '2x1' }],
  ['setHideVideoMuted', [true], 'video.hide_video_muted', inRoom],
  ['setHideVideoMuted', [false], 'video.show_video_muted', inRoom],
  ['hideVideoMuted', [], 'video.hide_video_muted', inRoom],
  ['showVideoMuted', [], 'video.show_video_muted', inRoom],
  ['lock', [], 'video.lock', inRoom],
  ['unlock', [], 'video.unlock', inRoom],
  ['removeMember', [{ memberId: 'other' }], 'video.member.remove', other],
  ['removeAllMembers', [], 'video.member.remove', { ...inRoom, member_id: 'all' }],
  ['getMeta', [], 'video.get_meta', inRoom],
  ['setMeta', [{ room_session_id: 'x' }], 'video.set_meta', { ...inRoom, meta: { room_session_id: 'x' } }],
  ['updateMeta', [{ a: 1 }], 'video.update_meta', { ...inRoom, meta: { a: 1 } }],
  ['deleteMeta', [['a']], 'video.delete_meta', { ...inRoom, keys: ['a'] }],
  ['getMemberMeta', [{ memberId: 'other' }], 'video.member.get_meta', other],
  ['setMemberMeta', [{ meta: { a: 1 } }], 'video.member.set_meta', { ...own, meta: { a: 1 } }],
  ['updateMemberMeta', [{ meta: {} }], 'video.member.update_meta', { ...own, meta: {} }],
  ['deleteMemberMeta', [{ keys: ['a'] }], 'video.member.delete_meta', { ...own, keys: ['a'] }],
  ['promote', [{ memberId: 'other' }], 'video.member.promote', other],
  [
    'promote',
    [
      {
        memberId: 'other',
        mediaAllowed: 'audio-only',
        joinAudioMuted: true,
        joinVideoMuted: false,
        permissions: ['room.self.audio_mute'],
        meta: { a: 1 },
      },
    ],
    'video.member.promote',
    {
      ...other,
      media_allowed: 'audio-only',
      join_audio_muted: true,
      join_video_muted: false,
      permissions: ['room.self.audio_mute'],
      meta: { a: 1 },
    },
  ],
  ['demote', [], 'video.member.demote', own],
  [
    'demote',
    [{ memberId: 'other', mediaAllowed: 'all' }],
    'video.member.demote',
    { ...other, media_allowed: 'all' },
  ],
  ['getLayoutList', [], 'video.list_available_layouts', inRoom],
  ['getMemberList', [], 'video.members.get', inRoom],
  ['setMicrophoneVolume', [{ volume: 1 }], 'video.member.set_input_volume', { ...own, volume: 1 }],
  ['setSpeakerVolume', [{ volume: 1 }], 'video.member.set_output_volume', { ...own, volume: 1 }],
  ['sendDigits', ['12#'], 'verto.info', { dtmf: '12#' }],
]

const call = (method: string, args: unknown[]) =>
  client.evaluate(
    async ([name, values]) => {
      const target = room as unknown as Record<string, (...all: unknown[]) => Promise<unknown>>
      try {
        return { value: await target[name]?.(...values) }
      } catch (error) {
        const { code, message } = error as { code: string; message: string }
        return { code, message, isError: error instanceof Error }
      }
    },
    [method, args] as const,
  )

test('each method sends its request; a refusal rejects with the code of the server', async () => {
  await joined()
  for (const [method, args, rpc, params] of calls) {
    const before = server.requests(rpc).length
    expect(await call(method, args), method).not.toHaveProperty('code')
    const sent = server.requests(rpc).slice(before)
    expect(sent, method).toHaveLength(1)
    if (rpc === 'verto.info') expect(sent[0]).toMatchObject(params)
    else expect(sent[0], method).toEqual(params)
  }
  server.responders['video.lock'] = () => ({ code: '403', message: 'Unauthorized' })
  expect(await call('lock', [])).toEqual({ code: '403', message: 'Unauthorized', isError: true })
})

test('results are handed out, toggles know the present state', async () => {
  await joined()
  server.responders['video.get_meta'] = () => ({ code: '200', meta: { a: 1 } })
  expect(await call('getMeta', [])).toEqual({ value: { meta: { a: 1 } } })
  server.responders['video.list_available_layouts'] = () => ({ code: '200', layouts: ['2x1'] })
  expect(await call('getLayouts', [])).toEqual({ value: { layouts: ['2x1'] } })
  server.connection.event('video.member.updated', {
    room_id: 'r1',
    room_session_id: 'rs1',
    member: { ...member('me', { handraised: true }), updated: ['handraised'] },
  })
  await untilSeen('member.updated')
  await call('setRaisedHand', [{}])
  expect(server.requests('video.member.lowerhand')).toHaveLength(1)
  // At once again, before any event told of the change.
  await call('setRaisedHand', [{}])
  expect(server.requests('video.member.raisehand')).toHaveLength(1)
})

test('wrong arguments and wrong moments reject before anything is sent', async () => {
  await client.evaluate(() => createRoom({ token: 'x' }))
  expect(await call('audioMute', [])).toMatchObject({ code: 'not_joined', isError: true })
  expect(await call('leave', [])).toEqual({ value: undefined })
  await joined()
  const before = server.received.length
  const wrong: [keyof RoomSession, unknown[], string][] = [
    ['setInputVolume', [{ volume: 51 }], 'from -50 to 50'],
    ['setInputVolume', [], 'from -50 to 50'],
    ['removeMember', [], '"memberId"'],
    ['setLayout', [{}], '"name"'],
    ['setMemberPosition', [{ position: 'top' }], 'standard-1'],
    ['sendDigits', ['x'], '0-9'],
    ['audioMute', [{ memberId: 7 }], '"memberId"'],
    ['updateCamera', [], 'MediaTrackConstraints'],
    ['setLocalStream', [{}], 'MediaStream'],
    ['updateSpeaker', [{}], '"deviceId"'],
    ['promote', [], 'an object'],
    ['promote', [{}], '"memberId"'],
    ['promote', [{ memberId: 'other', mediaAllowed: 'none' }], 'all, audio-only, video-only'],
    ['promote', [{ memberId: 'other', permissions: 'all' }], 'array of strings'],
    ['demote', [{ mediaAllowed: 'some' }], 'all, audio-only, video-only'],
    ['addDevice', [], 'an object'],
    ['addDevice', [{}], 'at least one of "audio" and "video"'],
    ['addDevice', [{ audio: 'yes' }], 'MediaTrackConstraints'],
    ['addCamera', [{ autoJoin: 1 }], '"autoJoin"'],
    ['addMicrophone', ['x'], 'an object'],
    ['startScreenShare', [{ video: false }], 'a screen is a picture'],
    ['startScreenShare', [{ layout: '' }], '"layout"'],
    ['createScreenShareObject', [{ positions: { self: 'top' } }], 'standard-1'],
    ['startStream', [], 'an object'],
    ['startStream', [{ url: '' }], '"url"'],
    ['play', [], 'an object'],
    ['play', [{ url: 7 }], '"url"'],
    ['play', [{ url: 'a', volume: 51 }], '-50 to 50'],
    ['play', [{ url: 'a', seekPosition: -1 }], '"seekPosition"'],
    ['play', [{ url: 'a', positions: { self: 'top' } }], 'standard-1'],
    ['play', [{ url: 'a', layout: '' }], '"layout"'],
    ['setAudioDirection', ['both'], 'sendrecv, sendonly, recvonly, inactive'],
    ['updateMedia', [{}], '"audio" and "video"'],
    ['updateMedia', [{ audio: { direction: 'up' } }], 'sendrecv'],
  ]
  for (const [method, args, message] of wrong) {
    const result = await call(method, args)
    expect(result, method).toMatchObject({ code: 'invalid_argument', isError: true })
    expect((result as { message: string }).message).toContain(message)
  }
  expect(await call('join', [])).toMatchObject({ code: 'already_joined' })
  const sent = server.received.slice(before).filter((frame) => frame.method?.startsWith('video.m'))
  expect(sent.filter((frame) => frame.method !== 'video.message')).toEqual([])
})

test('hangupAll ends the own call with REJECT_ALL', async () => {
  await joined()
  await call('hangupAll', [])
  expect(server.requests('verto.bye')[0]).toMatchObject({ cause: 'REJECT_ALL', causeCode: '825' })
  expect(await count('room.left')).toBe(1)
})

test('updateCamera and setLocalStream replace what is sent, without stopping tracks of the application', async () => {
  await joined()
  await untilSeen('media.connected')
  await call('updateCamera', [{ width: 320, height: 180 }])
  await untilSeen('camera.updated')
  const state = await client.evaluate(async () => {
    const camera = room.localVideoTrack
    const width = camera?.getSettings().width
    const canvas = document.createElement('canvas')
    canvas.getContext('2d')?.fillRect(0, 0, 1, 1)
    const stream = canvas.captureStream(5)
    await room.setLocalStream(stream)
    const sent = peers[0]?.getSenders().map((sender) => sender.track)
    const result = {
      width,
      cameraStopped: camera?.readyState,
      video: sent?.includes(stream.getVideoTracks()[0] ?? null),
      microphone: room.localAudioTrack?.readyState,
    }
    await room.leave()
    return { ...result, canvasTrack: stream.getVideoTracks()[0]?.readyState }
  })
  expect(state).toEqual({
    width: 320,
    cameraStopped: 'ended',
    video: true,
    microphone: 'live',
    canvasTrack: 'live',
  })
})

test('a camera that was not sent before is added by renegotiation', async () => {
  await joined({}, { sendVideo: false })
  await untilSeen('media.connected')
  expect(await call('updateCamera', [{}])).toEqual({ value: undefined })
  const received = () =>
    client.evaluate(() => peers[0]?.getTransceivers().map(({ currentDirection }) => currentDirection))
  await vi.waitFor(async () => expect(await received()).toEqual(['sendrecv', 'sendrecv']), within)
  expect(server.requests('verto.modify')).toHaveLength(1)
})

const recording = { id: 'rec1', ...ids, state: 'recording', started_at: 1_700_000_000.5 }
const stream = { id: 'st1', ...ids, state: 'streaming', url: 'rtmp://a/b', started_at: 1_700_000_000 }
const playback = {
  ...{ id: 'pb1', ...ids, state: 'playing', url: 'https://a/b.mp4', started_at: 1_700_000_000 },
  ...{ volume: 0, position: 0, seekable: true },
}

test('recordings are objects that events keep up to date', async () => {
  await joined()
  server.responders['video.recording.start'] = () => ({ code: '200', recording })
  server.responders['video.recording.list'] = () => ({
    code: '200',
    recordings: [
      recording,
      { ...recording, id: 'rec0', state: 'completed', ended_at: 1_700_000_003, duration: 2.5 },
    ],
  })
  const made = await client.evaluate(async () => {
    const recording = await room.startRecording()
    Object.assign(globalThis, { live: recording, told: [] })
    for (const name of ['recording.started', 'recording.updated', 'recording.ended'] as const) {
      room.on(name, (object) => told.push([name, object === recording, object.state, object.duration]))
    }
    await recording.pause()
    await recording.resume()
    await recording.stop()
    const { recordings } = await room.getRecordings()
    return {
      same: recordings[0] === recording,
      startedAt: recording.startedAt?.toISOString(),
      endedAt: recording.endedAt,
      place: [recording.roomId, recording.roomSessionId],
      other: JSON.parse(JSON.stringify(recordings[1])) as unknown,
    }
  })
  expect(made).toEqual({
    same: true,
    startedAt: '2023-11-14T22:13:20.500Z',
    endedAt: undefined,
    place: ['r1', 'rs1'],
    other: {
      ...{ id: 'rec0', roomId: 'r1', roomSessionId: 'rs1', state: 'completed', duration: 2.5 },
      ...{ startedAt: '2023-11-14T22:13:20.500Z', endedAt: '2023-11-14T22:13:23.000Z' },
    },
  })
  for (const what of ['pause', 'resume', 'stop']) {
    expect(server.requests(`video.recording.${what}`)).toEqual([{ ...inRoom, recording_id: 'rec1' }])
  }
  server.connection.event('video.recording.updated', { ...ids, recording: { ...recording, state: 'paused' } })
  const ended = { ...recording, state: 'completed', ended_at: 1_700_000_009, duration: 8 }
  server.connection.event('video.recording.ended', { ...ids, recording: ended })
  server.connection.event('video.recording.ended', { ...ids })
  await vi.waitFor(async () => {
    expect(await client.evaluate(() => told)).toEqual([
      ['recording.updated', true, 'paused', undefined],
      ['recording.ended', true, 'completed', 8],
    ])
  }, within)
  server.responders['video.recording.stop'] = () => ({ code: '409', message: 'The recording has ended' })
  const refused = await client.evaluate(() => live.stop().catch(({ code, message }) => ({ code, message })))
  expect(refused).toEqual({ code: '409', message: 'The recording has ended' })
  server.responders['video.recording.start'] = () => ({ code: '200' })
  expect(await call('startRecording', [])).toMatchObject({ code: 'protocol_error' })
})

test('streams and playbacks are steered, and room.joined hands out those that run', async () => {
  running.lists = { recordings: [recording], streams: [stream], playbacks: [playback] }
  await client.evaluate((token) => {
    createRoom({ token })
    Object.assign(globalThis, { told: [] })
    room.once('room.joined', ({ room_session: { recordings, streams, playbacks } }) => {
      Object.assign(globalThis, {
        first: { recording: recordings[0], stream: streams[0], playback: playbacks[0] },
      })
    })
    room.on('playback.updated', ({ position, volume }) => told.push([position, volume]))
    room.on('stream.updated', ({ connection, error }) => told.push([connection, error]))
  }, roomToken(server.url))
  expect(await client.evaluate(() => joinRoom())).toBe('joined')
  server.responders['video.stream.start'] = () => ({ code: '200', stream: { ...stream, id: 'st2' } })
  server.responders['video.stream.list'] = () => ({ code: '200', streams: [stream] })
  server.responders['video.playback.start'] = () => ({ code: '200', playback: { ...playback, id: 'pb2' } })
  server.responders['video.playback.list'] = () => ({ code: '200', playbacks: [playback] })
  const found = await client.evaluate(async () => {
    const { streams } = await room.getStreams()
    const { playbacks } = await room.getPlaybacks()
    const stream = await room.startStream({ url: 'rtmps://c/d' })
    await first.stream.stop()
    const played = await room.play({
      url: 'https://a/c.mp4',
      volume: -10,
      currentTimecode: 700,
      positions: { self: 'reserved-1' },
      layout: '2x1',
    })
    const { playback } = first
    await playback.pause()
    await playback.resume()
    await playback.setVolume(-20)
    await playback.seek(-3000)
    await playback.forward()
    await playback.forward(100)
    await playback.rewind()
    await playback.stop()
    const wrong = await playback.setVolume(51).catch(({ code }) => code as string)
    return {
      same: [streams[0] === first.stream, playbacks[0] === playback, first.recording.id],
      stream: [stream.id, stream.stream === stream, stream.connection, stream.url],
      played: [played.id, played.state, played.seekable],
      wrong,
    }
  })
  expect(found).toEqual({
    same: [true, true, 'rec1'],
    stream: ['st2', true, 'connected', 'rtmp://a/b'],
    played: ['pb2', 'playing', true],
    wrong: 'invalid_argument',
  })
  const sent = (what: string) =>
    server.requests(`video.${what}`).map(({ room_session_id: _, ...params }) => params)
  expect(sent('stream.start')).toEqual([{ url: 'rtmps://c/d' }])
  expect(sent('stream.stop')).toEqual([{ stream_id: 'st1' }])
  const asked = { url: 'https://a/c.mp4', volume: -10, seek_position: 700, layout: '2x1' }
  expect(sent('playback.start')).toEqual([{ ...asked, positions: { self: 'reserved-1' } }])
  for (const what of ['pause', 'resume', 'stop'])
    expect(sent(`playback.${what}`)).toEqual([{ playback_id: 'pb1' }])
  expect(sent('playback.set_volume')).toEqual([{ playback_id: 'pb1', volume: -20 }])
  expect(sent('playback.seek_absolute')).toEqual([{ playback_id: 'pb1', position: 3000 }])
  expect(sent('playback.seek_relative').map(({ position }) => position)).toEqual([5000, 100, -5000])
  const moved = { ...playback, position: 4321, volume: -20 }
  server.connection.event('video.playback.updated', { ...ids, playback: moved })
  const away = { ...stream, connection: 'reconnecting', error: 'It went away' }
  server.connection.event('video.stream.updated', { ...ids, stream: away })
  await vi.waitFor(async () => {
    expect(await client.evaluate(() => told)).toEqual([
      [4321, -20],
      ['reconnecting', 'It went away'],
    ])
  }, within)
})
