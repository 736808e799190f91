import { describe, expect, test } from 'vitest'
import { startMs, World } from './test/World.ts'
import type { VideoRecording } from '@roomful/protocol'

const withMembers = (settings = {}) => {
  const world = new World(settings)
  world.join('ada', { permissions: ['room.recording'] })
  world.join('bob', { permissions: [] })
  return world
}
const start = (world: World): VideoRecording =>
  world.rpc('ada', 'recording.start')['recording'] as VideoRecording
const list = (world: World) => world.rpc('ada', 'recording.list')['recordings'] as VideoRecording[]
const inRoom = { room_id: 'room-id', room_session_id: 'session-id' }

describe('recordings', () => {
  test('RC1: the reply has it, holders are told of it, everybody of the room', () => {
    const world = withMembers()
    const recording = start(world)
    expect(recording).toEqual({ id: 'recording1', ...inRoom, state: 'recording', started_at: startMs / 1000 })
    expect(world.effects.filter(({ kind }) => kind === 'event')).toEqual([
      {
        kind: 'event',
        recipients: { to: 'some', memberIds: ['ada'] },
        type: 'video.recording.started',
        params: { ...inRoom, recording },
      },
      expect.objectContaining({ recipients: { to: 'everyone' }, type: 'video.room.updated' }),
    ])
    expect(world.client('bob').session).toMatchObject({ recording: true, recordings: [] })
    world.rpc('ada', 'recording.pause', { recording_id: recording.id })
    expect(world.client('bob').session?.recording).toBe(true)
    world.rpc('ada', 'recording.stop', { recording_id: recording.id })
    expect(world.client('bob').session?.recording).toBe(false)
  })

  test('RC2: several at once, ten at most', () => {
    const world = withMembers()
    const first = start(world)
    const second = start(world)
    world.rpc('ada', 'recording.pause', { recording_id: first.id })
    expect(list(world).map(({ id, state }) => [id, state])).toEqual([
      [first.id, 'paused'],
      [second.id, 'recording'],
    ])
    world.rpc('ada', 'recording.stop', { recording_id: first.id })
    expect(world.eventTypes()).toEqual(['video.recording.ended'])
    for (let count = 1; count < 10; count++) start(world)
    expect(world.refusal('ada', 'recording.start')).toBe(
      'conflict: A room can have 10 recordings at a time; stop one first',
    )
  })

  test('RC3: pauses are told once and do not count', () => {
    const world = withMembers()
    const { id } = start(world)
    world.pass(2000)
    world.rpc('ada', 'recording.pause', { recording_id: id })
    expect(world.events().map(({ params }) => params)).toMatchObject([{ recording: { id, state: 'paused' } }])
    world.rpc('ada', 'recording.pause', { recording_id: id })
    expect(world.eventTypes()).toEqual([])
    world.pass(5000)
    world.rpc('ada', 'recording.resume', { recording_id: id })
    expect(world.eventTypes()).toEqual(['video.recording.updated'])
    world.pass(1500)
    world.rpc('ada', 'recording.stop', { recording_id: id })
    expect(list(world)).toMatchObject([{ state: 'completed', duration: 3.5 }])
  })

  test('RC4: it ends at once, and is as long as its file', () => {
    const world = withMembers()
    const { id } = start(world)
    world.pass(3000)
    world.rpc('ada', 'recording.stop', { recording_id: id })
    expect(world.effects[0]).toEqual({ kind: 'media.stopOutput', outputId: id })
    const ended = { ...inRoom, id, state: 'completed', started_at: startMs / 1000 }
    const endedAt = { ended_at: startMs / 1000 + 3, duration: 3 }
    expect(world.events()[0]?.params).toEqual({ ...inRoom, recording: { ...ended, ...endedAt } })
    world.do({ type: 'outputEnded', outputId: id, durationMs: 2960, error: null })
    expect(world.effects).toEqual([])
    expect(list(world)).toMatchObject([{ duration: 2.96, ended_at: endedAt.ended_at }])
  })

  test('RC5: a full disk is told', () => {
    const world = withMembers()
    const { id } = start(world)
    world.do({ type: 'outputEnded', outputId: id, durationMs: 1234, error: 'The disk is full' })
    expect(world.eventTypes()).toEqual(['video.recording.ended', 'video.room.updated'])
    expect(list(world)).toMatchObject([{ state: 'completed', duration: 1.234, error: 'The disk is full' }])
    world.do({ type: 'outputEnded', outputId: 'unknown', durationMs: 1, error: null })
    expect(world.effects).toEqual([])
  })

  test('RC6: the list has those of the session, not more than 100 of the past', () => {
    const world = withMembers()
    expect(list(world)).toEqual([])
    const kept = start(world)
    for (let count = 0; count < 105; count++) {
      world.rpc('ada', 'recording.stop', { recording_id: start(world).id })
    }
    const ids = list(world).map(({ id }) => id)
    expect(ids).toHaveLength(101)
    expect([ids[0], ids.at(-1)]).toEqual([kept.id, 'recording106'])
  })

  test('RC7: unknown and ended ones are refused in plain words', () => {
    const world = withMembers()
    const { id } = start(world)
    world.rpc('ada', 'recording.stop', { recording_id: id })
    for (const method of ['recording.stop', 'recording.pause', 'recording.resume']) {
      expect(world.refusal('ada', method, { recording_id: id })).toBe('conflict: The recording has ended')
      expect(world.refusal('ada', method, { recording_id: 'x' })).toMatch(/^recording_not_found: .*"x"/)
    }
  })

  test('RC8: a recording may start with the session', () => {
    const world = withMembers({ recordOnStart: true })
    expect(world.tasks).toEqual([{ do: 'startRecording' }])
    for (const task of world.tasks) world.perform(task)
    expect(world.client('ada').session).toMatchObject({ recording: true, recordings: [{ id: 'recording1' }] })
  })

  test('RQ3: nothing has changed until the media has done its part, and then all is checked again', () => {
    const world = withMembers()
    const actor = { kind: 'member', memberId: 'ada' } as const
    const asked = world.room.handle(
      { type: 'rpc', method: 'video.recording.start', params: {} },
      actor,
      startMs,
    )
    expect(asked).toMatchObject({ ok: true, effects: [{ kind: 'task', task: { do: 'startRecording' } }] })
    expect(list(world)).toEqual([])
    world.leave('ada')
    const late = world.send({ type: 'recordingStarted', recordingId: 'r' }, actor)
    expect(late).toMatchObject({ ok: false, error: { code: 'member_not_found' } })
    world.leave('bob')
    const later = world.send({ type: 'recordingStarted', recordingId: 'r' })
    expect(later).toMatchObject({
      ok: false,
      error: { code: 'conflict', message: 'The room session has ended' },
    })
  })

  test('OB2: who comes later finds what runs, as far as it may see it', () => {
    const world = new World()
    world.join('ada')
    const { id } = start(world)
    world.rpc('ada', 'stream.start', { url: 'rtmp://a.example/live/key' })
    world.rpc('ada', 'playback.start', { url: 'https://a.example/film.mp4' })
    world.rpc('ada', 'recording.stop', { recording_id: start(world).id })
    world.pass(1000)
    const all = world.join('bob')
    expect(all.session).toMatchObject({
      recording: true,
      streaming: true,
      recordings: [{ id, state: 'recording' }],
      streams: [{ state: 'streaming' }],
      playbacks: [{ state: 'playing', position: 1000 }],
    })
    const none = { recordings: [], streams: [], playbacks: [] }
    expect(world.join('cyd', { permissions: ['room.playback_seek'] }).session).toMatchObject(none)
    const viewer = world.join('viewer', { joinAs: 'audience' })
    expect(viewer.session).toMatchObject({ ...none, recording: true, streaming: true })
    world.rpc('ada', 'member.promote', { member_id: 'viewer', permissions: ['room.recording'] })
    world.callAnew('viewer')
    expect(viewer.session).toMatchObject({ ...none, recordings: [{ id }] })
    expect(world.room.view()).toMatchObject({ recordings: [{ id }], streams: [{}], playbacks: [{}] })
  })

  test('OB3: all end with the session', () => {
    const world = new World()
    world.join('ada')
    world.join('bob', { permissions: [] })
    start(world)
    world.rpc('ada', 'stream.start', { url: 'rtmps://a.example/live/key' })
    world.rpc('ada', 'playback.start', { url: 'https://a.example/film.mp4' })
    const { seen } = world.client('ada')
    const others = world.client('bob').seen
    world.rpc('ada', 'member.remove', { member_id: 'all' })
    const last = ['video.recording.ended', 'video.stream.ended', 'video.playback.ended', 'video.room.ended']
    expect(seen.slice(-4).map(({ type }) => type)).toEqual(last)
    expect(others.filter(({ type }) => last.includes(type))).toHaveLength(1)
    expect([world.outputs.size, world.players.size, world.ended]).toEqual([0, 0, true])
  })
})
