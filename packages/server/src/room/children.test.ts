import { describe, expect, test } from 'vitest'
import { maxChildren } from './joining.ts'
import { World } from './test/World.ts'

function withMembers(...ids: string[]): World {
  const world = new World()
  for (const id of ids) world.join(id, { name: id })
  for (const client of world.clients.values()) client.seen.length = 0
  return world
}
const types = (world: World, id: string) => world.client(id).seen.map((event) => event.type)
const layoutName = (world: World) => world.layout().name

describe('screens and devices', () => {
  test('CH1: each kind has its permission', () => {
    const world = new World()
    world.join('sharer', { permissions: ['room.self.screenshare'] })
    world.join('owner', { permissions: ['room.self.additional_source'] })
    world.join('viewer', { joinAs: 'audience', permissions: ['room.self.screenshare'] })
    const denied = 'permission_denied: Unauthorized'
    expect(world.shareRefusal('owner')).toBe(denied)
    expect(world.shareRefusal('sharer', { kind: 'device' })).toBe(denied)
    expect(world.shareRefusal('viewer')).toBe(denied)
    expect(world.shareRefusal('nobody')).toMatch(/^member_not_found: Member not found/)
    world.share('sharer', 's')
    world.share('owner', 'd', { kind: 'device' })
  })

  test('CH1: there is a limit for each member, and their ids are their own', () => {
    const world = withMembers('ada', 'bob')
    for (let number = 0; number < maxChildren; number++) world.share('ada', `s${number}`)
    expect(world.shareRefusal('ada')).toBe('conflict: A member can have 4 screens and devices at most')
    expect(() => world.share('bob', 's0')).toThrow('Member s0 is in the room already')
    world.leave('s0')
    world.share('ada', 's0')
  })

  test('CH2: everybody is told of it, its owner too, and nobody of a subscription', () => {
    const world = withMembers('ada', 'bob')
    world.share('ada', 's')
    // Bob, who does not talk, has no place beside the screen.
    const told = ['video.member.joined', 'video.room.updated', 'video.member.updated', 'video.layout.changed']
    expect(types(world, 'ada')).toEqual(told)
    expect(types(world, 'bob')).toEqual(told)
    expect(world.client('ada').seen[0]?.params).toMatchObject({
      member: { id: 's', type: 'screen', parent_id: 'ada', audio_muted: false, video_muted: false },
    })
    expect(world.client('ada').members).toEqual(world.client('bob').members)
    world.share('bob', 'd', { kind: 'device' })
    expect(types(world, 'ada').slice(4)).toEqual(['video.member.joined', 'video.layout.changed'])
    expect(world.member('d')).toMatchObject({ type: 'device', parent_id: 'bob' })
    expect(world.room.typeOf('d')).toBe('device')
  })

  test('CH3: the name says whose and what it is', () => {
    const world = new World()
    world.join('ada', { name: 'Ada' })
    world.share('ada', 's')
    world.share('ada', 'c', { kind: 'device' })
    world.share('ada', 'm', { kind: 'device', sendsVideo: false })
    const names = ['s', 'c', 'm'].map((id) => world.member(id).name)
    expect(names).toEqual(['Ada (screen)', 'Ada (camera)', 'Ada (microphone)'])
  })

  test('CH4: to its owner it is oneself, to others somebody else', () => {
    const world = new World()
    const permissions = ['room.self.audio_mute', 'room.self.screenshare'] as const
    world.join('ada', { permissions })
    world.join('bob', { permissions })
    world.share('ada', 's')
    const at = { member_id: 's' }
    world.rpc('ada', 'member.audio_mute', at)
    expect(world.sources.get('s')?.audioMuted).toBe(true)
    expect(world.refusal('ada', 'member.video_mute', at)).toBe('permission_denied: Unauthorized')
    expect(world.refusal('bob', 'member.audio_mute', at)).toBe('permission_denied: Unauthorized')
  })

  test('CH5: its leaving is told with its type; owners take them along, first', () => {
    const world = withMembers('ada', 'bob')
    world.share('ada', 's')
    world.share('ada', 'd', { kind: 'device' })
    for (const client of world.clients.values()) client.seen.length = 0
    world.leave('s')
    expect(types(world, 'ada')).toEqual([
      'video.member.left',
      'video.room.updated',
      'video.member.updated',
      'video.member.updated',
      'video.layout.changed',
    ])
    expect(world.client('ada').seen[0]?.params).toMatchObject({ member: { id: 's', type: 'screen' } })
    expect(world.hangups).toEqual([])

    world.share('ada', 's')
    world.client('bob').seen.length = 0
    world.leave('ada')
    const left = world
      .events()
      .flatMap((event) => (event.type === 'video.member.left' ? [event.params.member.id] : []))
    expect(left).toEqual(['d', 's', 'ada'])
    expect(world.hangups).toEqual([
      { memberId: 'd', cause: 'NORMAL_CLEARING' },
      { memberId: 's', cause: 'NORMAL_CLEARING' },
    ])
    expect([...world.client('bob').members.keys()]).toEqual(['bob'])
    expect([...world.sources.keys()]).toEqual(['bob'])
  })

  test('CH5: removal, demotion and the end of the session take them along too', () => {
    const world = withMembers('ada', 'bob', 'cyd')
    const gone = () => world.hangups.splice(0).map(({ memberId }) => memberId)
    world.share('ada', 's')
    world.rpc('bob', 'member.remove', { member_id: 'ada' })
    expect(gone()).toEqual(['s', 'ada'])
    expect(layoutName(world)).toBe('grid-responsive')

    world.share('cyd', 's')
    world.rpc('bob', 'member.demote', { member_id: 'cyd' })
    expect(gone()).toEqual(['s'])
    const told = world.eventTypes().filter((type) => type === 'video.member.left')
    expect(told).toHaveLength(2)
    expect(world.members().map(({ id }) => id)).toEqual(['bob'])

    world.share('bob', 's')
    world.rpc('bob', 'member.remove', { member_id: 's' })
    expect(gone()).toEqual(['s'])
    world.share('bob', 's')
    world.rpc('bob', 'member.remove', { member_id: 'all' })
    expect(gone()).toEqual(['s', 'bob', 'cyd'])
  })

  test('CH6: a screen fills the canvas with the active speaker at the top right, until it ends', () => {
    const world = withMembers('ada', 'bob', 'cyd')
    world.talk('bob')
    world.pass(2000)
    const before = world.positions()
    world.share('ada', 's')
    expect(layoutName(world)).toBe('screen-share')
    expect(world.positions()).toEqual({ s: 'standard-1', bob: 'reserved-1' })
    expect(world.scene.layers).toMatchObject([
      { sourceId: 's', x: 0, y: 0, width: 100, height: 100 },
      { sourceId: 'bob', width: 100 / 6 },
    ])
    world.leave('s')
    expect(layoutName(world)).toBe('grid-responsive')
    expect(world.positions()).toEqual(before)
  })

  test('CH6: several screens: the earlier layout returns with the last of them', () => {
    const world = withMembers('ada', 'bob')
    world.rpc('ada', 'set_layout', { name: '3x3' })
    world.share('ada', 's1', { layout: 'highlight-1-responsive', positions: { self: 'reserved-1' } })
    expect(layoutName(world)).toBe('highlight-1-responsive')
    expect(world.position('s1')).toBe('reserved-1')
    world.share('bob', 's2')
    expect(layoutName(world)).toBe('screen-share')
    world.leave('s1')
    expect(layoutName(world)).toBe('screen-share')
    expect(world.position('s2')).toBe('standard-1')
    world.leave('s2')
    expect(layoutName(world)).toBe('3x3')
  })

  test('CH6: a layout that somebody chose meanwhile stays', () => {
    const world = withMembers('ada', 'bob')
    world.share('ada', 's')
    world.rpc('bob', 'set_layout', { name: '2x2' })
    world.leave('s')
    expect(layoutName(world)).toBe('2x2')
    world.share('ada', 's')
    world.leave('s')
    expect(layoutName(world)).toBe('2x2')
  })

  test('CH7: it places itself, its owner and, with the permission, others', () => {
    const world = new World()
    world.join('ada', { permissions: ['room.self.screenshare'] })
    world.join('bob')
    world.share('ada', 's', { positions: { ada: 'reserved-6', self: 'auto' } })
    expect(world.positions()).toEqual({ s: 'standard-1', ada: 'reserved-6', bob: 'reserved-1' })
    world.leave('s')
    const refuse = (positions: Record<string, string>) => world.shareRefusal('ada', { positions })
    expect(refuse({ bob: 'reserved-2' })).toBe('permission_denied: Unauthorized')
    expect(refuse({ self: 'standard-2' })).toContain('cannot be taken in layout screen-share; allowed: auto')
    expect(world.shareRefusal('ada', { layout: 'round' })).toContain('layout: no layout "round"; there are:')
    expect(world.shareRefusal('bob', { positions: { nobody: 'auto' } })).toMatch(
      /^member_not_found: Member not found/,
    )
    world.share('bob', 's', { positions: { ada: 'reserved-2' } })
    expect(world.position('ada')).toBe('reserved-2')
  })

  test('LY11: the newest screen has the main place', () => {
    const world = withMembers('ada', 'bob')
    world.share('ada', 's1')
    world.share('bob', 's2')
    expect(world.position('s2')).toBe('standard-1')
    expect(world.position('s1')).toBe('off-canvas')
    world.leave('s2')
    expect(world.position('s1')).toBe('standard-1')
  })

  test('CH8: a screen that sounds is not the active speaker', () => {
    const world = withMembers('ada', 'bob')
    world.share('ada', 's')
    world.talk('s')
    world.pass(5000)
    expect(world.positions()).toEqual({ s: 'standard-1', ada: 'reserved-1' })
    expect(world.member('s').talking).toBe(true)
    expect(world.wakeAtMs).toBeNull()
  })

  test('CH9: the whole screen is drawn, and nothing over it', () => {
    const world = withMembers('ada')
    world.share('ada', 's')
    expect(world.scene.layers).toMatchObject([
      { sourceId: 's', fit: 'contain', banner: null },
      { sourceId: 'ada', fit: 'cover', banner: 'ada' },
    ])
  })

  test('CH10: the media is told whose it is', () => {
    const world = withMembers('ada')
    world.share('ada', 's')
    world.share('ada', 'd', { kind: 'device' })
    expect(world.sources.get('s')?.parentSourceId).toBe('ada')
    expect(world.sources.get('d')?.parentSourceId).toBe('ada')
    expect(world.sources.get('ada')?.parentSourceId).toBeNull()
  })

  test('CH11: a further microphone has no tile, a further camera has one', () => {
    const world = withMembers('ada')
    world.share('ada', 'm', { kind: 'device', sendsVideo: false })
    world.share('ada', 'c', { kind: 'device' })
    expect(world.positions()).toEqual({ ada: 'standard-1', c: 'standard-2' })
    expect(world.member('m')).toMatchObject({ current_position: 'off-canvas', visible: false })
    world.do({ type: 'sends', memberId: 'm', audio: true, video: true })
    expect(world.position('m')).not.toBe('off-canvas')
  })

  test('CH12: neither a full nor a locked room keeps them out, and they fill no room', () => {
    const world = new World({ maxMembers: 2 })
    world.join('ada')
    world.share('ada', 's')
    world.join('bob')
    world.rpc('ada', 'lock')
    world.share('bob', 'd', { kind: 'device' })
    expect(world.members()).toHaveLength(4)
  })
})
