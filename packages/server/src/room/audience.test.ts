import { describe, expect, test } from 'vitest'
import { World } from './test/World.ts'

const totals = (world: World) =>
  world
    .client('ada')
    .seen.flatMap((event) => (event.type === 'video.room.audience_count' ? [event.params.total] : []))

describe('audience', () => {
  test('AU1: it is in no list and no layer, gets events, and is told of by its number', () => {
    const world = new World()
    const ada = world.join('ada')
    ada.seen.length = 0
    const viewer = world.join('viewer', { joinAs: 'audience' })
    expect(viewer.seen.map((event) => event.type)).toEqual([
      'video.room.subscribed',
      'video.layout.changed',
      'video.room.audience_count',
    ])
    expect(viewer.session?.audience_count).toBe(1)
    expect([...viewer.members.keys()]).toEqual(['ada'])
    expect(ada.seen.map((event) => event.type)).toEqual(['video.room.audience_count'])
    expect(world.positions()).toEqual({ ada: 'standard-1' })
    expect(world.room.participantCount).toBe(2)
    expect(world.room.typeOf('viewer')).toBe('audience')
    expect(world.sources.has('viewer')).toBe(false)
    world.rpc('ada', 'member.audio_mute')
    expect(viewer.members.get('ada')?.audio_muted).toBe(true)
    world.talk('viewer')
    expect(world.effects).toEqual([])
  })

  test('AU2: the count is sent at most once per second and the last one always comes', () => {
    const world = new World()
    world.join('ada')
    for (const id of ['v1', 'v2', 'v3']) world.join(id, { joinAs: 'audience' })
    world.leave('v1')
    expect(totals(world)).toEqual([1])
    world.pass(999)
    expect(totals(world)).toEqual([1])
    world.pass(1)
    expect(totals(world)).toEqual([1, 2])
    world.pass(5000)
    expect(totals(world)).toEqual([1, 2])
    expect(world.wakeAtMs).toBeNull()
  })

  test('AU3: it holds no permissions, whatever the token lists', () => {
    const world = new World()
    world.join('ada')
    world.join('viewer', { joinAs: 'audience', permissions: ['room.lock', 'room.self.deaf'] })
    expect(world.room.permissionsOf('viewer')).toEqual([])
    expect(world.refusal('viewer', 'lock')).toBe('permission_denied: Unauthorized')
    expect(world.refusal('viewer', 'member.deaf')).toBe('permission_denied: Unauthorized')
    expect(world.rpc('viewer', 'members.get')).toMatchObject({ code: '200' })
  })

  test('AU4: what needs a microphone, a camera, a hand or a place is refused', () => {
    const world = new World()
    world.join('ada')
    world.join('viewer', { joinAs: 'audience' })
    const params = { member_id: 'viewer', volume: 1, value: 1, position: 'standard-1' }
    for (const method of [
      'audio_mute',
      'audio_unmute',
      'video_mute',
      'video_unmute',
      'set_input_volume',
      'set_input_sensitivity',
      'set_position',
      'raisehand',
      'lowerhand',
    ]) {
      expect(world.refusal('ada', `member.${method}`, params)).toBe(
        'conflict: Audience participants have no microphone, camera, hand or place in the layout',
      )
    }
  })

  test('AU4: deafness, output volume and metadata work and are told to it alone', () => {
    const world = new World()
    const ada = world.join('ada')
    const viewer = world.join('viewer', { joinAs: 'audience' })
    world.pass(2000)
    ada.seen.length = 0
    const at = { member_id: 'viewer' }
    world.rpc('ada', 'member.deaf', at)
    expect(world.updated()).toEqual({ viewer: ['deaf'] })
    world.rpc('ada', 'member.set_output_volume', { ...at, volume: -10 })
    expect(world.updated()).toEqual({ viewer: ['output_volume'] })
    expect(world.listeners.get('viewer')).toEqual({ deaf: true, outputVolumeDb: -10 })
    world.rpc('ada', 'member.set_meta', { ...at, meta: { a: 1 } })
    expect(world.updated()).toEqual({ viewer: ['meta'] })
    expect(ada.seen).toEqual([])
    expect(viewer.seen.at(-1)?.type).toBe('video.member.updated')
  })
})
