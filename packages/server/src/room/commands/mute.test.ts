import { describe, expect, test } from 'vitest'
import { World } from '../test/World.ts'

describe('updates', () => {
  test('UP1: member.updated carries the whole member and names exactly what changed', () => {
    const world = new World()
    world.join('ada')
    world.join('bob', { meta: { a: 1 } })
    world.rpc('ada', 'member.deaf', { member_id: 'bob' })
    const [event] = world.events()
    const whole = { ...world.member('bob'), updated: ['audio_muted', 'deaf'] }
    expect(event?.params).toEqual({ room_id: 'room-id', room_session_id: 'session-id', member: whole })
  })

  test('UP1: deaf for one whose microphone is muted names deaf alone', () => {
    const world = new World()
    world.join('ada', { audioMuted: true })
    world.rpc('ada', 'member.deaf')
    expect(world.updated()).toEqual({ ada: ['deaf'] })
  })

  const idempotent: [string, Record<string, unknown>][] = [
    ['member.audio_mute', {}],
    ['member.audio_unmute', {}],
    ['member.video_mute', {}],
    ['member.video_unmute', {}],
    ['member.deaf', {}],
    ['member.undeaf', {}],
    ['member.raisehand', {}],
    ['member.lowerhand', {}],
    ['member.set_input_volume', { volume: 10 }],
    ['member.set_output_volume', { volume: -10 }],
    ['member.set_input_sensitivity', { value: 70 }],
    ['member.set_position', { position: 'standard-2' }],
    ['member.set_meta', { meta: { a: { b: [1] } } }],
    ['member.update_meta', { meta: { a: 1 } }],
    ['member.delete_meta', { keys: ['a'] }],
    ['set_meta', { meta: { a: { b: [1] } } }],
    ['update_meta', { meta: { a: 1 } }],
    ['delete_meta', { keys: ['a'] }],
    ['set_layout', { name: '3x3' }],
    ['set_position', { positions: { self: 'standard-3' } }],
    ['hide_video_muted', {}],
    ['show_video_muted', {}],
    ['lock', {}],
    ['unlock', {}],
    ['prioritize_handraise', { enable: true }],
  ]
  test.each(idempotent)('UP2: %s %j for the second time succeeds without any effect', (method, params) => {
    const world = new World()
    world.joinMany(2)
    world.rpc('m1', method, params)
    expect(world.rpc('m1', method, params)).toMatchObject({ code: '200' })
    expect(world.effects).toEqual([])
  })

  test('UP4: members that only move are told of by the layout alone', () => {
    const world = new World()
    const ada = world.join('m1')
    world.joinMany(3)
    world.leave('m2')
    expect(world.eventTypes()).toEqual(['video.member.left', 'video.layout.changed'])
    expect(ada.members.get('m3')?.current_position).toBe('standard-2')
    expect(world.member('m3').current_position).toBe('standard-2')
  })

  test('UP5: room.updated carries exactly what changed, in room and in room_session', () => {
    const world = new World()
    world.join('ada')
    world.rpc('ada', 'lock')
    const change = { room_id: 'room-id', room_session_id: 'session-id', updated: ['locked'], locked: true }
    expect(world.events().map((event) => event.params)).toEqual([
      {
        room_id: 'room-id',
        room_session_id: 'session-id',
        room: change,
        room_session: { ...change, id: 'session-id' },
      },
    ])
  })

  test('UP6: a refused command changes nothing', () => {
    const world = new World()
    world.joinMany(3)
    const before = [world.members(), world.layout()]
    const positions = { m1: 'standard-3', m2: 'reserved-1' }
    world.refusal('m1', 'set_layout', { name: '3x3', positions })
    world.refusal('m1', 'set_position', { positions })
    expect([world.members(), world.layout()]).toEqual(before)
    world.rpc('m1', 'member.audio_mute')
    expect(world.eventTypes()).toEqual(['video.member.updated'])
  })
})

describe('muting', () => {
  test('MU1: audio_mute and audio_unmute, the media first', () => {
    const world = new World()
    world.joinMany(2)
    world.rpc('m1', 'member.audio_mute', { member_id: 'm2' })
    expect(world.effects.map((effect) => effect.kind)).toEqual(['media.source', 'event'])
    expect(world.updated()).toEqual({ m2: ['audio_muted'] })
    expect(world.sources.get('m2')?.audioMuted).toBe(true)
    world.rpc('m2', 'member.audio_unmute')
    expect(world.updated()).toEqual({ m2: ['audio_muted'] })
    expect(world.sources.get('m2')?.audioMuted).toBe(false)
  })

  test('MU2: video_mute sets video_muted and visible, and the layout is told', () => {
    const world = new World()
    world.joinMany(2)
    for (const [method, muted] of [
      ['video_mute', true],
      ['video_unmute', false],
    ] as const) {
      world.rpc('m1', `member.${method}`)
      expect(world.updated()).toEqual({ m1: ['video_muted', 'visible'] })
      expect(world.eventTypes()).toEqual(['video.member.updated', 'video.layout.changed'])
      expect(world.member('m1')).toMatchObject({ video_muted: muted, visible: !muted })
      expect(world.sources.get('m1')?.videoMuted).toBe(muted)
    }
  })

  test('MU2: the layout is told even if nothing moved', () => {
    const world = new World()
    world.joinMany(2)
    world.rpc('m1', 'member.set_position', { position: 'off-canvas' })
    world.rpc('m1', 'member.video_mute')
    expect(world.updated()).toEqual({ m1: ['video_muted'] })
    expect(world.eventTypes()).toEqual(['video.member.updated', 'video.layout.changed'])
  })

  test('MU3: a muted member keeps its layer, not visible, with the mute image in the scene', () => {
    const world = new World()
    world.joinMany(2)
    world.rpc('m1', 'member.video_mute')
    expect(world.layout().layers[0]).toMatchObject({
      member_id: 'm1',
      position: 'standard-1',
      visible: false,
    })
    expect(world.scene.layers.map((layer) => [layer.sourceId, layer.videoMuted])).toEqual([
      ['m1', true],
      ['m2', false],
    ])
  })

  test('MU3: so does one that sends no video, until it does', () => {
    const world = new World()
    world.join('ada', { sendsVideo: false })
    expect(world.layout().layers[0]).toMatchObject({ member_id: 'ada', visible: false })
    expect(world.member('ada')).toMatchObject({ video_muted: false, visible: false })
    world.do({ type: 'sends', memberId: 'ada', audio: true, video: true })
    expect(world.updated()).toEqual({ ada: ['visible'] })
    expect(world.scene.layers[0]?.videoMuted).toBe(false)
    expect(world.layout().layers[0]?.visible).toBe(true)
  })

  test('MU4: deaf mutes and undeaf unmutes the microphone, whatever the audio permissions', () => {
    const world = new World()
    world.join('ada', { permissions: ['room.self.deaf', 'room.self.undeaf'] })
    world.rpc('ada', 'member.deaf')
    expect(world.updated()).toEqual({ ada: ['audio_muted', 'deaf'] })
    expect(world.listeners.get('ada')).toEqual({ deaf: true, outputVolumeDb: 0 })
    expect(world.sources.get('ada')?.audioMuted).toBe(true)
    world.rpc('ada', 'member.undeaf')
    expect(world.updated()).toEqual({ ada: ['audio_muted', 'deaf'] })
    expect(world.member('ada')).toMatchObject({ deaf: false, audio_muted: false })
  })

  test('MU4: undeaf is no way around audio_unmute', () => {
    const world = new World()
    world.join('ada', { permissions: ['room.self.undeaf'], audioMuted: true })
    world.rpc('ada', 'member.undeaf')
    expect(world.effects).toEqual([])
    expect(world.member('ada').audio_muted).toBe(true)
  })

  test.each(['audio_mute', 'deaf'])('MU5: %s ends talking at once', (method) => {
    const world = new World()
    world.joinMany(2)
    world.talk('m1')
    expect(world.events()[0]?.params).toMatchObject({ member: { id: 'm1', talking: true } })
    world.rpc('m2', `member.${method}`, { member_id: 'm1' })
    expect(world.eventTypes()).toEqual(['video.member.talking', 'video.member.updated'])
    expect(world.member('m1').talking).toBe(false)
    world.talk('m1', true)
    world.talk('m1', false)
    expect(world.effects).toEqual([])
    expect(world.member('m1').talking).toBe(false)
  })

  test('MU5: so does the end of sending sound', () => {
    const world = new World()
    world.join('ada')
    world.talk('ada')
    world.do({ type: 'sends', memberId: 'ada', audio: false, video: true })
    expect(world.eventTypes()).toEqual(['video.member.talking'])
  })
})
