import type { VideoStream } from '@roomful/protocol'
import { describe, expect, test } from 'vitest'
import { startMs, World } from './test/World.ts'

const url = 'rtmp://a.example/live/SECRET'
const withMembers = (settings = {}) => {
  const world = new World(settings)
  world.join('ada', { permissions: ['room.stream'] })
  world.join('bob', { permissions: ['room.stream.start'] })
  return world
}
const start = (world: World, caller = 'ada') =>
  world.rpc(caller, 'stream.start', { url })['stream'] as VideoStream
const list = (world: World) => world.rpc('ada', 'stream.list')['streams'] as VideoStream[]
const inRoom = { room_id: 'room-id', room_session_id: 'session-id' }

describe('streams', () => {
  test('ST1: the URL is checked, and not repeated; the stream is told', () => {
    const world = withMembers()
    for (const wrong of [
      'http://a.example/SECRET',
      'SECRET',
      '',
      'rtmp://',
      'rtmp://a b/SECRET',
      'file:///SECRET',
      7,
    ]) {
      const refusal = world.refusal('ada', 'stream.start', { url: wrong })
      expect(refusal).toBe(
        'invalid_params: url: must be a URL that begins with rtmp:// or rtmps://, e.g. rtmp://example.com/live/KEY',
      )
    }
    expect(world.refusal('ada', 'stream.start', { url: `rtmp://a.example/${'x'.repeat(2000)}` })).toBe(
      'invalid_params: url: must have 2000 characters at most',
    )
    const stream = start(world, 'bob')
    const running = { state: 'streaming', url, connection: 'connected', started_at: startMs / 1000 }
    expect(stream).toEqual({ id: 'stream1', ...inRoom, ...running })
    expect(world.eventTypes()).toEqual(['video.stream.started', 'video.room.updated'])
    expect(world.client('bob').session).toMatchObject({ streaming: true, streams: [] })
    expect(world.client('ada').session?.streams).toEqual([stream])
  })

  test('ST2: five at most', () => {
    const world = withMembers()
    for (let count = 0; count < 5; count++) start(world)
    const refusal = 'conflict: A room can have 5 streams at a time; stop one first'
    expect(world.refusal('ada', 'stream.start', { url })).toBe(refusal)
    const late = world.send({ type: 'streamStarted', streamId: 'sixth', url })
    expect(late).toMatchObject({ ok: false, error: { code: 'conflict' } })
  })

  test('ST3: stop ends it at once', () => {
    const world = withMembers()
    const { id } = start(world)
    world.pass(2500)
    world.rpc('ada', 'stream.stop', { stream_id: id })
    expect(world.effects[0]).toEqual({ kind: 'media.stopOutput', outputId: id })
    expect(world.eventTypes()).toEqual(['video.stream.ended', 'video.room.updated'])
    const stream = { id, state: 'completed', ended_at: startMs / 1000 + 2.5, duration: 2.5 }
    expect(world.events()[0]?.params).toMatchObject({ stream })
    expect(list(world)).toEqual([])
    world.do({ type: 'outputEnded', outputId: id, durationMs: 2500, error: null })
    expect(world.effects).toEqual([])
  })

  test('ST4: a server that is away is told, and that it is back', () => {
    const world = withMembers()
    const { id } = start(world)
    const tell = (trouble: string | null) => world.do({ type: 'streamConnection', streamId: id, trouble })
    tell('Connection refused')
    expect(world.eventTypes()).toEqual(['video.stream.updated'])
    expect(list(world)).toMatchObject([{ connection: 'reconnecting', error: 'Connection refused' }])
    tell('Connection refused')
    expect(world.eventTypes()).toEqual([])
    tell(null)
    expect(world.client('ada').session?.streams).toMatchObject([
      { state: 'streaming', connection: 'connected' },
    ])
    expect(list(world)[0]).not.toHaveProperty('error')
  })

  test('ST5: standing orders start with the session, five of them', () => {
    const streams = Array.from({ length: 6 }, (_, index) => ({ id: `o${index}`, url }))
    const world = withMembers({ streams })
    expect(world.tasks).toEqual(streams.slice(0, 5).map((order) => ({ do: 'startStandingStream', order })))
    for (const task of world.tasks) world.perform(task)
    expect(list(world)).toHaveLength(5)
  })

  test('ST6: unknown and ended ones are refused, and one that breaks is told', () => {
    const world = withMembers()
    expect(world.refusal('ada', 'stream.stop', { stream_id: 'x' })).toMatch(/^stream_not_found: .*"x"/)
    const { id } = start(world)
    world.do({ type: 'outputEnded', outputId: id, durationMs: 1000, error: 'The server refused the key' })
    expect(world.events()[0]?.params).toMatchObject({
      stream: { state: 'completed', duration: 1, error: 'The server refused the key' },
    })
    expect(world.refusal('ada', 'stream.stop', { stream_id: id })).toBe('conflict: The stream has ended')
    world.do({ type: 'streamConnection', streamId: id, trouble: 'late' })
    expect(world.effects).toEqual([])
  })
})
