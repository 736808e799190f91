import type { VideoPlayback } from '@roomful/protocol'
import { describe, expect, test } from 'vitest'
import { startMs, World } from './test/World.ts'

const url = 'https://a.example/film.mp4'
const withMembers = () => {
  const world = new World()
  world.join('ada', { permissions: ['room.playback'] })
  world.join('bob')
  return world
}
const play = (world: World, params: Record<string, unknown> = {}, caller = 'ada') =>
  world.rpc(caller, 'playback.start', { url, ...params })['playback'] as VideoPlayback
const list = (world: World) => world.rpc('ada', 'playback.list')['playbacks'] as VideoPlayback[]
const inRoom = { room_id: 'room-id', room_session_id: 'session-id' }
const files = (world: World) =>
  world
    .layout()
    .layers.filter(({ playing_file }) => playing_file)
    .map(({ position }) => position)
const layoutName = (world: World) => world.client('bob').session?.layout_name

describe('playbacks', () => {
  test('PB1: what is asked for is checked; the reply has it, and it is told', () => {
    const world = withMembers()
    const wrong: [Record<string, unknown>, string][] = [
      [
        { url: 'file:///etc/passwd' },
        'url: must be a URL that begins with http:// or https:// or rtmp:// or rtmps://',
      ],
      [{ url: 'https://a.example/\n' }, 'url: must be'],
      [{ url: undefined }, 'url: must be'],
      [{ volume: 51 }, 'volume: must be a number of dB from -50 to 50, got 51'],
      [{ seek_position: -1 }, 'seek_position: must be a number of milliseconds from 0'],
      [{ layout: 'round' }, 'layout: no layout "round"; there are:'],
      [{ positions: { self: 'standard-9' } }, 'Position "standard-9" cannot be taken in layout'],
      [{ positions: 7 }, 'positions: must map member ids (or "self") to positions, got 7'],
    ]
    for (const [params, words] of wrong) {
      const refusal = world.refusal('ada', 'playback.start', { url, layout: '2x2', ...params })
      expect(refusal).toContain(`invalid_params: ${words}`)
    }
    const playback = play(world, { volume: -10, seek_position: 5000 })
    const started = { state: 'playing', url, volume: -10, position: 5000, seekable: true, duration: 60_000 }
    expect(playback).toEqual({ id: 'playback1', ...inRoom, ...started, started_at: startMs / 1000 })
    expect(world.eventTypes()).toEqual(['video.playback.started', 'video.layout.changed'])
    expect(world.client('ada').session?.playbacks).toEqual([playback])
  })

  test('PB2: it covers the canvas, if it has a picture', () => {
    const world = withMembers()
    const { id } = play(world)
    const layer = world.layout().layers.find(({ position }) => position === 'playback')
    expect(layer).toMatchObject({
      member_id: null,
      playing_file: true,
      visible: true,
      width: 100,
      height: 100,
    })
    const drawn = { sourceId: id, x: 0, y: 0, width: 100, height: 100, fit: 'contain', banner: null }
    expect(world.scene.layers.at(-1)).toMatchObject({ ...drawn, videoMuted: false })
    expect(world.positions()).toEqual({ ada: 'standard-1', bob: 'standard-2' })
    world.rpc('ada', 'playback.stop', { playback_id: id })
    world.playerInfo = { ...world.playerInfo, hasVideo: false }
    play(world)
    expect(world.eventTypes()).toEqual(['video.playback.started'])
    expect(files(world)).toEqual([])
  })

  test('PB3: it may take another place, and members with it', () => {
    const world = withMembers()
    const { id } = play(world, {
      layout: 'highlight-1-responsive',
      positions: { self: 'reserved-1', ada: 'standard-3' },
    })
    expect(files(world)).toEqual(['reserved-1'])
    expect(world.scene.layers.find(({ sourceId }) => sourceId === id)).toMatchObject({ fit: 'contain' })
    expect(world.positions()).toEqual({ ada: 'standard-3', bob: 'standard-1' })
    world.rpc('ada', 'playback.stop', { playback_id: id })
    expect(world.refusal('ada', 'playback.start', { url, positions: { bob: 'auto' } })).toBe(
      'permission_denied: Unauthorized',
    )
    play(world, { positions: { self: 'full-screen', ada: 'off-canvas' } }, 'bob')
    expect(files(world)).toEqual(['full-screen'])
    expect(world.position('ada')).toBe('off-canvas')
    play(world, { positions: { self: 'off-canvas' } })
    play(world, { positions: { self: 'auto' } })
    expect(files(world)).toEqual(['playback', 'full-screen'])
    expect(world.refusal('bob', 'playback.start', { url, positions: { nobody: 'auto' } })).toMatch(
      /^member_not_found/,
    )
    expect(world.refusal('bob', 'member.set_position', { position: 'playback' })).toMatch(/^invalid_params/)
  })

  test('PB4: the earlier layout returns, unless somebody chose one', () => {
    const world = withMembers()
    const first = play(world, { layout: 'full-screen' })
    expect(layoutName(world)).toBe('full-screen')
    const second = play(world, { layout: '2x1' })
    world.share('bob', 'screen')
    expect(layoutName(world)).toBe('screen-share')
    world.leave('screen')
    expect(layoutName(world)).toBe('2x1')
    world.rpc('ada', 'playback.stop', { playback_id: first.id })
    expect(layoutName(world)).toBe('2x1')
    world.do({ type: 'playbackEnded', playbackId: second.id, positionMs: 60_000, error: null })
    expect(layoutName(world)).toBe('grid-responsive')
    const third = play(world, { layout: '3x3' })
    world.rpc('bob', 'set_layout', { name: '2x2' })
    world.rpc('ada', 'playback.stop', { playback_id: third.id })
    expect(layoutName(world)).toBe('2x2')
  })

  test('PB5: the newest is seen, five at most', () => {
    const world = withMembers()
    const ids = Array.from({ length: 5 }, () => play(world).id)
    const shown = () => world.scene.layers.at(-1)?.sourceId
    expect(shown()).toBe(ids[4])
    expect(world.refusal('ada', 'playback.start', { url })).toBe(
      'conflict: A room can have 5 playbacks at a time; stop one first',
    )
    world.rpc('ada', 'playback.stop', { playback_id: ids[4] })
    expect(shown()).toBe(ids[3])
  })

  test('PB6: the position is the one of the moment', () => {
    const world = withMembers()
    const { id } = play(world, { seek_position: 1000 })
    const position = () => list(world)[0]?.position
    world.pass(500)
    expect(position()).toBe(1500)
    world.rpc('ada', 'playback.pause', { playback_id: id })
    world.pass(4000)
    expect(position()).toBe(1500)
    world.rpc('ada', 'playback.resume', { playback_id: id })
    world.pass(1000)
    expect(position()).toBe(2500)
    // Where it really is: the file stalled.
    world.do({ type: 'playbackMoved', playbackId: id, positionMs: 2000, tell: false })
    expect(world.effects).toEqual([])
    expect(position()).toBe(2000)
    world.pass(120_000)
    expect(position()).toBe(60_000)
  })

  test('PB7: changes are told, once', () => {
    const world = withMembers()
    const { id } = play(world)
    const told = (method: string, params = {}) => {
      world.rpc('ada', `playback.${method}`, { playback_id: id, ...params })
      return world.events().map((event) => {
        if (event.type !== 'video.playback.updated') throw new Error(`${event.type} was told`)
        const { state, volume, position } = event.params.playback
        return [state, volume, position]
      })
    }
    expect(told('set_volume', { volume: -20 })).toEqual([['playing', -20, 0]])
    expect(world.playerVolumes.get(id)).toBe(-20)
    expect(told('set_volume', { volume: -20 })).toEqual([])
    expect(world.refusal('ada', 'playback.set_volume', { playback_id: id, volume: 51 })).toMatch(
      /^invalid_params/,
    )
    expect(told('pause')).toEqual([['paused', -20, 0]])
    expect(told('pause')).toEqual([])
    expect(told('resume')).toEqual([['playing', -20, 0]])
    expect(told('seek_absolute', { position: 30_000 })).toEqual([['playing', -20, 30_000]])
    expect(told('seek_relative', { position: 5000 })).toEqual([['playing', -20, 35_000]])
    expect(told('seek_relative', { position: -50_000 })).toEqual([['playing', -20, 0]])
    expect(told('seek_absolute', { position: 90_000 })).toEqual([['playing', -20, 60_000]])
    expect(world.refusal('ada', 'playback.seek_absolute', { playback_id: id, position: 'x' })).toMatch(
      /^invalid_params/,
    )
    // What the media tells of what it was asked for is known already.
    world.do({ type: 'playbackState', playbackId: id, state: 'playing', positionMs: 59_990 })
    expect(world.effects).toEqual([])
    world.do({ type: 'playbackState', playbackId: id, state: 'paused', positionMs: 59_990 })
    expect(world.eventTypes()).toEqual(['video.playback.updated'])
  })

  test('PB8: what is live cannot seek', () => {
    const world = withMembers()
    world.playerInfo = { ...world.playerInfo, seekable: false, durationMs: null }
    const { id, seekable, position, duration } = play(world, { seek_position: 5000 })
    expect([seekable, position, duration]).toEqual([false, 0, undefined])
    for (const method of ['seek_absolute', 'seek_relative']) {
      expect(world.refusal('ada', `playback.${method}`, { playback_id: id, position: 1 })).toMatch(
        /^conflict: This playback cannot seek/,
      )
    }
  })

  test('PB9: its end is told, whichever it is', () => {
    const world = withMembers()
    const [stopped, over, broken] = [play(world), play(world), play(world)]
    world.pass(2000)
    world.rpc('ada', 'playback.stop', { playback_id: stopped.id })
    expect(world.effects[0]).toEqual({ kind: 'media.closePlayer', playbackId: stopped.id })
    const ended = () => world.events()[0]?.params
    const endedAt = { state: 'completed', ended_at: startMs / 1000 + 2 }
    expect(ended()).toMatchObject({ playback: { id: stopped.id, ...endedAt, position: 2000 } })
    world.do({ type: 'playbackEnded', playbackId: over.id, positionMs: 60_000, error: null })
    expect(ended()).toMatchObject({ playback: { id: over.id, ...endedAt, position: 60_000 } })
    world.do({ type: 'playbackEnded', playbackId: broken.id, positionMs: null, error: 'Broken' })
    expect(world.eventTypes()).toEqual(['video.playback.ended', 'video.layout.changed'])
    expect(ended()).toMatchObject({ playback: { error: 'Broken', position: 2000 } })
    expect(files(world)).toEqual([])
    world.do({ type: 'playbackEnded', playbackId: broken.id, positionMs: 1, error: null })
    expect(world.effects).toEqual([])
  })

  test('PB10: unknown and ended ones are refused; the list has those of the session', () => {
    const world = withMembers()
    const { id } = play(world)
    world.rpc('ada', 'playback.stop', { playback_id: id })
    for (const method of ['stop', 'pause', 'resume', 'set_volume', 'seek_absolute', 'seek_relative']) {
      const params = { volume: 1, position: 1 }
      expect(world.refusal('ada', `playback.${method}`, { playback_id: id, ...params })).toBe(
        'conflict: The playback has ended',
      )
      expect(world.refusal('ada', `playback.${method}`, { playback_id: 'x', ...params })).toMatch(
        /^playback_not_found: .*"x"/,
      )
    }
    expect(list(world)).toMatchObject([{ id, state: 'completed' }])
  })

  test('OB1: events go to those who hold the permission, with the whole object', () => {
    const world = withMembers()
    world.join('cyd', { permissions: ['room.playback_seek', 'room.recording'] })
    world.join('viewer', { joinAs: 'audience', permissions: ['room.playback'] })
    const playback = play(world)
    const to = { to: 'some', memberIds: ['ada', 'bob'] }
    expect(world.events()[0]).toMatchObject({ recipients: to, params: { playback } })
    world.rpc('cyd', 'playback.seek_absolute', { playback_id: playback.id, position: 7000 })
    expect(world.events()).toMatchObject([
      { recipients: to, params: { playback: { ...playback, position: 7000 } } },
    ])
    world.rpc('bob', 'member.demote', { member_id: 'ada' })
    world.rpc('bob', 'playback.stop', { playback_id: playback.id })
    expect(world.events()[0]?.recipients).toEqual({ to: 'some', memberIds: ['bob'] })
  })
})
