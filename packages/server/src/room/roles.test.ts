import { defaultPermissions } from '@roomful/protocol'
import { describe, expect, test } from 'vitest'
import { promotionTimeoutMs } from './commands/role.ts'
import { World } from './test/World.ts'

/** A room with a moderator, a member and somebody of the audience; the number of the latter has been told. */
function withAudience(settings: ConstructorParameters<typeof World>[0] = {}): World {
  const world = new World(settings)
  world.join('mod')
  world.join('bob')
  world.join('viewer', { joinAs: 'audience', meta: { seat: 7 }, permissions: [] })
  world.pass(2000)
  for (const client of world.clients.values()) client.seen.length = 0
  return world
}

const types = (world: World, id: string) => world.client(id).seen.map((event) => event.type)
const at = (member_id: string) => ({ member_id })

describe('promotion', () => {
  test('RO1: only audience participants are promoted', () => {
    const world = withAudience()
    const notAudience = 'already_member: Only audience participants can be promoted'
    world.share('bob', 'screen')
    expect(world.refusal('mod', 'member.promote', at('bob'))).toBe(notAudience)
    expect(world.refusal('mod', 'member.promote', at('screen'))).toBe(notAudience)
    expect(world.refusal('mod', 'member.promote', at('nobody'))).toMatch(
      /^member_not_found: Member not found/,
    )
    expect(world.refusal('mod', 'member.promote')).toBe(
      'invalid_params: member_id: must be the id of a member, got undefined',
    )
    world.rpc('mod', 'member.promote', at('viewer'))
    world.rpc('mod', 'member.promote', at('viewer'))
    expect(world.effects).toEqual([])
  })

  test('RO2: the role is told to the person alone, who stays in the audience until it calls anew', () => {
    const world = withAudience()
    world.rpc('mod', 'member.promote', { ...at('viewer'), permissions: ['room.lock'] })
    expect(world.effects.map(({ kind }) => kind)).toEqual(['role', 'wake'])
    expect(world.roles.get('viewer')).toMatchObject({ joinAs: 'member', permissions: ['room.lock'] })
    expect(world.room.typeOf('viewer')).toBe('audience')
    expect(world.refusal('viewer', 'lock')).toBe('permission_denied: Unauthorized')
    world.do({ type: 'rejoin', memberId: 'viewer', callId: 'probe', sends: null })
    expect(world.room.typeOf('viewer')).toBe('audience')
    expect(world.sources.has('viewer')).toBe(false)
    expect(types(world, 'bob')).toEqual([])
  })

  test('RO3: with the new call everybody is told, the person first', () => {
    const world = withAudience()
    world.rpc('mod', 'member.promote', { ...at('viewer'), join_audio_muted: true, meta: { vip: 1 } })
    world.callAnew('viewer', { audio: true, video: true })
    expect(world.sources.get('viewer')).toMatchObject({ audioMuted: true, videoMuted: false })
    expect(types(world, 'viewer')).toEqual([
      'video.room.subscribed',
      'video.layout.changed',
      'video.room.audience_count',
    ])
    const viewer = world.client('viewer')
    expect(viewer.callId).toBe('new-call-viewer')
    expect(viewer.members.get('viewer')).toMatchObject({
      type: 'member',
      audio_muted: true,
      video_muted: false,
      visible: true,
      meta: { vip: 1 },
    })
    expect(types(world, 'bob')).toEqual([
      'video.member.joined',
      'video.layout.changed',
      'video.room.audience_count',
    ])
    expect(world.client('bob').members).toEqual(viewer.members)
    expect(world.client('bob').session?.audience_count).toBe(0)
    expect(world.position('viewer')).toBe('standard-3')
    world.rpc('viewer', 'member.audio_mute')
  })

  test('RO4: a place is kept for it, and none is promised that is not there', () => {
    const world = withAudience({ maxMembers: 3 })
    world.join('second', { joinAs: 'audience' })
    world.rpc('mod', 'member.promote', at('viewer'))
    const full = 'room_full: Room is full: 3 members at most'
    expect(world.refusal('mod', 'member.promote', at('second'))).toBe(full)
    expect(world.tryJoin('late')).toMatchObject({ ok: false, error: { code: 'room_full' } })
    world.callAnew('viewer')
    expect(world.tryJoin('late')).toMatchObject({ ok: false, error: { code: 'room_full' } })
    world.leave('viewer')
    world.rpc('mod', 'member.promote', at('second'))
    world.leave('second')
    world.join('late')
  })

  test('RO5: it is taken back if the call does not come in time, or on demotion', () => {
    const world = withAudience()
    const told = () => world.roles.get('viewer')?.joinAs
    world.rpc('mod', 'member.promote', { ...at('viewer'), meta: { vip: 1 } })
    world.pass(promotionTimeoutMs - 1)
    expect(told()).toBe('member')
    world.pass(1)
    expect(world.roles.get('viewer')).toEqual({
      joinAs: 'audience',
      mediaAllowed: 'all',
      promoted: false,
      permissions: [],
      meta: { seat: 7 },
      audioMuted: false,
      videoMuted: false,
    })
    expect(types(world, 'bob')).toEqual([])
    world.callAnew('viewer', { audio: false, video: false })
    expect(world.room.typeOf('viewer')).toBe('audience')

    world.rpc('mod', 'member.promote', at('viewer'))
    expect(told()).toBe('member')
    world.rpc('mod', 'member.demote', at('viewer'))
    expect(told()).toBe('audience')
    expect(world.wakeAtMs).toBeNull()
    expect(types(world, 'bob')).toEqual([])
  })

  test('RO6: what is not named has its default', () => {
    const world = new World()
    world.join('mod')
    world.join('viewer', { joinAs: 'audience', mediaAllowed: 'audio-only', meta: { seat: 7 } })
    world.rpc('mod', 'member.deaf', at('viewer'))
    world.rpc('mod', 'member.promote', at('viewer'))
    expect(world.roles.get('viewer')).toEqual({
      joinAs: 'member',
      mediaAllowed: 'audio-only',
      promoted: true,
      permissions: defaultPermissions,
      meta: { seat: 7 },
      audioMuted: false,
      videoMuted: false,
    })
    world.callAnew('viewer')
    expect(world.member('viewer')).toMatchObject({ deaf: true, audio_muted: true, meta: { seat: 7 } })
    expect(world.room.permissionsOf('viewer')).toEqual(defaultPermissions)
    expect(world.listeners.get('viewer')).toEqual({ deaf: true, outputVolumeDb: 0 })
  })

  test.each([
    [{ media_allowed: 'video' }, 'media_allowed: must be one of all, audio-only, video-only'],
    [{ permissions: 'room.lock' }, 'permissions: must be a list of permissions'],
    [{ permissions: ['room.lock', 'room.fly'] }, 'permissions: no permission "room.fly"'],
    [{ meta: [] }, 'meta: must be an object, got []'],
    [{ meta: { a: 'x'.repeat(2000) } }, 'meta: at most 2000 characters'],
    [{ join_audio_muted: 'yes' }, 'join_audio_muted: must be true or false, got "yes"'],
  ])('RO6: %j is refused', (params, message) => {
    const world = withAudience()
    const refusal = world.refusal('mod', 'member.promote', { ...at('viewer'), ...params })
    expect(refusal).toContain(`invalid_params: ${message}`)
  })

  test('RO6: the original spellings of permissions are taken, and none is granted twice', () => {
    const world = withAudience()
    const permissions = ['video.member.raisehand', 'room.self.raisehand', 'room.member.remove']
    world.rpc('mod', 'member.promote', { ...at('viewer'), permissions })
    expect(world.roles.get('viewer')?.permissions).toEqual(['room.self.raisehand', 'room.member.remove'])
  })
})

describe('demotion', () => {
  test('RO7: takes effect at once and keeps who it is', () => {
    const world = withAudience()
    world.rpc('bob', 'member.set_meta', { meta: { a: 1 } })
    world.rpc('bob', 'member.raisehand')
    world.rpc('bob', 'member.set_position', { position: 'off-canvas' })
    world.rpc('bob', 'member.set_output_volume', { volume: -10 })
    world.talk('bob')
    world.pass(2000)
    for (const client of world.clients.values()) client.seen.length = 0
    world.rpc('mod', 'member.demote', { ...at('bob'), media_allowed: 'audio-only' })
    expect(world.sources.has('bob')).toBe(false)
    expect(world.scene.layers.map(({ sourceId }) => sourceId)).toEqual(['mod'])
    expect(types(world, 'mod')).toEqual([
      'video.member.left',
      'video.layout.changed',
      'video.room.audience_count',
    ])
    const left = world.client('mod').seen[0]?.params
    expect(left).toMatchObject({ member: { id: 'bob', type: 'member', meta: { a: 1 } } })
    expect(types(world, 'bob')).toEqual(['video.layout.changed', 'video.room.audience_count'])
    expect(world.roles.get('bob')).toMatchObject({
      joinAs: 'audience',
      mediaAllowed: 'audio-only',
      permissions: [],
    })
    expect(world.room.permissionsOf('bob')).toEqual([])
    expect(world.members().map(({ id }) => id)).toEqual(['mod'])

    world.callAnew('bob', { audio: false, video: false })
    const bob = world.client('bob')
    expect(bob.callId).toBe('new-call-bob')
    expect([...bob.members.keys()]).toEqual(['mod'])
    expect(bob.session?.audience_count).toBe(2)
    expect(world.room.snapshotOf('bob')).toMatchObject({
      joinAs: 'audience',
      meta: { a: 1 },
      outputVolumeDb: -10,
      handRaised: false,
      requestedPosition: 'auto',
    })
    expect(types(world, 'mod')).toHaveLength(3)
  })

  test('RO7: back and forth, the member is the same one', () => {
    const world = withAudience()
    for (let round = 0; round < 3; round++) {
      world.rpc('mod', 'member.promote', at('viewer'))
      world.callAnew('viewer')
      expect(world.member('viewer').type).toBe('member')
      world.talk('viewer')
      world.rpc('mod', 'member.demote', at('viewer'))
      world.callAnew('viewer', { audio: false, video: false })
      expect(world.room.typeOf('viewer')).toBe('audience')
    }
    world.pass(1000)
    expect(world.client('bob').session?.audience_count).toBe(1)
    expect(world.client('bob').members.size).toBe(2)
  })

  test('RO7: somebody whose leaving ends the session may be demoted', () => {
    const world = new World()
    world.join('mod', { endRoomSessionOnLeave: true })
    world.rpc('mod', 'member.demote')
    expect(world.ended).toBe(false)
  })

  test('RO8: only members are demoted; without a member_id it is oneself', () => {
    const world = withAudience()
    world.share('bob', 'screen')
    for (const id of ['viewer', 'nobody']) {
      expect(world.refusal('mod', 'member.demote', at(id))).toMatch(/^member_not_found: Member not found/)
    }
    expect(world.refusal('mod', 'member.demote', at('screen'))).toBe(
      'conflict: Screens and devices cannot be demoted; demote their owner or remove them',
    )
    expect(world.refusal('mod', 'member.demote', { ...at('bob'), media_allowed: 'none' })).toBe(
      'invalid_params: media_allowed: must be one of all, audio-only, video-only',
    )
    world.rpc('mod', 'member.demote')
    expect(world.room.typeOf('mod')).toBe('audience')
  })
})
