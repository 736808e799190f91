import { allPermissions } from '@roomful/protocol'
import type { Permission } from '@roomful/protocol'
import { describe, expect, test } from 'vitest'
import { commandTable, isRoomMethod } from './commands/index.ts'
import { World } from './test/World.ts'

const denied = 'permission_denied: Unauthorized'
const withCaller = (permissions: readonly Permission[]) => {
  const world = new World()
  world.join('other')
  world.join('caller', { permissions })
  return world
}

/** Method, its parameters, and each permission that alone is enough: for oneself, for another. */
const byMember: [string, Record<string, unknown>, string[]][] = [
  ['audio_mute', {}, ['audio_mute']],
  ['audio_unmute', {}, ['audio_unmute']],
  ['video_mute', {}, ['video_mute']],
  ['video_unmute', {}, ['video_unmute']],
  ['deaf', {}, ['deaf']],
  ['undeaf', {}, ['undeaf', 'deaf']],
  ['set_input_volume', { volume: 1 }, ['set_input_volume']],
  ['set_output_volume', { volume: 1 }, ['set_output_volume']],
  ['set_input_sensitivity', { value: 1 }, ['set_input_sensitivity']],
  ['set_position', { position: 'auto' }, ['set_position']],
  ['raisehand', {}, ['raisehand']],
  ['lowerhand', {}, ['lowerhand']],
  ['set_meta', { meta: {} }, ['set_meta']],
  ['update_meta', { meta: {} }, ['set_meta']],
  ['delete_meta', { keys: [] }, ['set_meta']],
]
const alsoRoomMeta = new Set(['update_meta', 'delete_meta'])

const byRoom: [string, Record<string, unknown>, Permission[]][] = [
  ['list_available_layouts', {}, ['room.list_available_layouts']],
  ['set_layout', { name: '2x2' }, ['room.set_layout']],
  ['set_position', { positions: {} }, ['room.set_position']],
  ['hide_video_muted', {}, ['room.hide_video_muted']],
  ['show_video_muted', {}, ['room.show_video_muted']],
  ['lock', {}, ['room.lock']],
  ['unlock', {}, ['room.unlock']],
  ['prioritize_handraise', {}, ['room.prioritize_handraise']],
  ['set_meta', { meta: {} }, ['room.set_meta']],
  ['update_meta', { meta: {} }, ['room.set_meta']],
  ['delete_meta', { keys: [] }, ['room.set_meta']],
  ['member.remove', { member_id: 'other' }, ['room.member.remove']],
  ['member.promote', { member_id: 'viewer' }, ['room.member.promote']],
  ['member.demote', { member_id: 'other' }, ['room.member.demote']],
]

const onObjects: [string, Permission[]][] = [
  ['recording.start', ['room.recording']],
  ['recording.list', ['room.recording']],
  ['recording.pause', ['room.recording']],
  ['recording.resume', ['room.recording']],
  ['recording.stop', ['room.recording']],
  ['playback.start', ['room.playback']],
  ['playback.list', ['room.playback']],
  ['playback.pause', ['room.playback']],
  ['playback.resume', ['room.playback']],
  ['playback.stop', ['room.playback']],
  ['playback.set_volume', ['room.playback']],
  ['playback.seek_absolute', ['room.playback', 'room.playback_seek']],
  ['playback.seek_relative', ['room.playback', 'room.playback_seek']],
  ['stream.start', ['room.stream', 'room.stream.start']],
  ['stream.list', ['room.stream']],
  ['stream.stop', ['room.stream']],
]
const free = ['members.get', 'get_meta', 'member.get_meta']

describe('permissions', () => {
  test.each(byMember)('PM1: member.%s %j', (method, params, actions) => {
    const extra: Permission[] = alsoRoomMeta.has(method) ? ['room.set_meta'] : []
    const forOther = new Set<string>([...actions.map((action) => `room.member.${action}`), ...extra])
    const forSelf = new Set<string>([...forOther, ...actions.map((action) => `room.self.${action}`)])
    for (const permission of allPermissions) {
      const world = withCaller([permission])
      const attempt = (target: Record<string, unknown>) =>
        world.send(
          { type: 'rpc', method: `video.member.${method}`, params: { ...params, ...target } },
          { kind: 'member', memberId: 'caller' },
        ).ok
      expect([permission, attempt({})]).toEqual([permission, forSelf.has(permission)])
      expect([permission, attempt({ member_id: 'caller' })]).toEqual([permission, forSelf.has(permission)])
      expect([permission, attempt({ member_id: 'other' })]).toEqual([permission, forOther.has(permission)])
    }
  })

  test('PM2: the permission is checked before the member is looked up', () => {
    const nobody = { member_id: 'nobody' }
    const weak = withCaller(allPermissions.filter((permission) => !permission.startsWith('room.member.')))
    const strong = withCaller(allPermissions.filter((permission) => permission.startsWith('room.member.')))
    for (const [method, params] of byMember.filter(([name]) => !alsoRoomMeta.has(name))) {
      expect(weak.refusal('caller', `member.${method}`, { ...params, ...nobody })).toBe(denied)
      expect(strong.refusal('caller', `member.${method}`, { ...params, ...nobody })).toMatch(
        /^member_not_found: Member not found: .*getMembers/,
      )
    }
    expect(weak.refusal('caller', 'member.remove', nobody)).toBe(denied)
    expect(strong.refusal('caller', 'member.remove', nobody)).toMatch(
      /^member_not_found: Member not found: .*getMembers/,
    )
  })

  test('PM2: it is also checked before the parameters', () => {
    expect(withCaller([]).refusal('caller', 'set_layout', { name: 'nonsense' })).toBe(denied)
    expect(withCaller([]).refusal('caller', 'member.set_input_volume', { volume: 99 })).toBe(denied)
    const self = withCaller(['room.self.audio_mute'])
    expect(self.refusal('caller', 'member.audio_mute', { member_id: 5 })).toBe(denied)
  })

  test('PM3: undeaf with deaf or undeaf; updating and deleting metadata with room.set_meta too', () => {
    withCaller(['room.self.deaf']).rpc('caller', 'member.undeaf')
    withCaller(['room.member.deaf']).rpc('caller', 'member.undeaf', { member_id: 'other' })
    const meta = withCaller(['room.set_meta'])
    meta.rpc('caller', 'member.update_meta', { member_id: 'other', meta: { a: 1 } })
    meta.rpc('caller', 'member.delete_meta', { member_id: 'other', keys: ['a'] })
    expect(meta.refusal('caller', 'member.set_meta', { member_id: 'other', meta: {} })).toBe(denied)
  })

  test.each(byRoom)('PM4: %s %j', (method, params, enough) => {
    for (const permission of allPermissions) {
      const world = withCaller([permission])
      world.join('viewer', { joinAs: 'audience' })
      const command = { type: 'rpc', method: `video.${method}`, params } as const
      const { ok } = world.send(command, { kind: 'member', memberId: 'caller' })
      expect([permission, ok]).toEqual([permission, enough.includes(permission)])
    }
  })

  test('PM4: every method is in these tables', () => {
    const named = [
      ...byMember.map(([method]) => `video.member.${method}`),
      ...[...byRoom, ...onObjects].map(([method]) => `video.${method}`),
      ...free.map((method) => `video.${method}`),
    ]
    expect(named.sort()).toEqual(Object.keys(commandTable).sort())
  })

  test('PM5: the server itself may do everything, but must say whom it means', () => {
    const world = withCaller([])
    world.do({ type: 'rpc', method: 'video.lock', params: {} })
    world.do({ type: 'rpc', method: 'video.member.audio_mute', params: { member_id: 'other' } })
    expect(world.member('other').audio_muted).toBe(true)
    expect(world.send({ type: 'rpc', method: 'video.member.audio_mute', params: {} })).toMatchObject({
      error: { code: 'invalid_params' },
    })
  })

  test('PM6: set_layout with positions needs both', () => {
    const request = { name: '2x2', positions: { self: 'standard-2' } }
    expect(withCaller(['room.set_layout']).refusal('caller', 'set_layout', request)).toBe(denied)
    expect(withCaller(['room.set_position']).refusal('caller', 'set_layout', request)).toBe(denied)
    withCaller(['room.set_layout', 'room.set_position']).rpc('caller', 'set_layout', request)
  })

  test('PM7: reading and digits need none', () => {
    const world = withCaller([])
    for (const method of free) expect(world.rpc('caller', method)).toMatchObject({ code: '200' })
    world.do({ type: 'digits', digits: '1' }, { kind: 'member', memberId: 'caller' })
  })
})

describe('requests', () => {
  test('LK1: lock and unlock are told and nobody has to go', () => {
    const world = withCaller(['room.lock', 'room.unlock'])
    for (const locked of [true, false]) {
      world.rpc('caller', locked ? 'lock' : 'unlock')
      expect(world.events().map((event) => event.params)).toMatchObject([
        { room: { updated: ['locked'], locked }, room_session: { updated: ['locked'], locked } },
      ])
      expect(world.client('other').session?.locked).toBe(locked)
    }
    expect(world.room.participantCount).toBe(2)
  })

  test('RQ1: known and unknown methods', () => {
    for (const method of Object.keys(commandTable)) expect(isRoomMethod(method)).toBe(true)
    for (const method of ['video.nothing', 'toString', '__proto__', '', 'constructor']) {
      expect(isRoomMethod(method)).toBe(false)
      const command = { type: 'rpc', method, params: {} } as const
      expect(withCaller([]).send(command)).toMatchObject({ ok: false, error: { code: 'invalid_params' } })
    }
  })

  test('RQ2: the session named must be this one', () => {
    const world = withCaller(['room.lock'])
    world.rpc('caller', 'lock', { room_session_id: 'session-id' })
    expect(world.refusal('caller', 'unlock', { room_session_id: 'other' })).toMatch(/^room_not_found: /)
  })

  test.each(onObjects)('PM8: %s asks for its permission before anything else', (method, enough) => {
    for (const permission of enough) {
      const command = { type: 'rpc', method: `video.${method}`, params: {} } as const
      const outcome = withCaller([permission]).send(command, { kind: 'member', memberId: 'caller' })
      if (!outcome.ok) expect(outcome.error.code).toBe('invalid_params')
    }
    const others = allPermissions.filter((permission) => !enough.includes(permission))
    expect(withCaller(others).refusal('caller', method)).toBe(denied)
  })

  const wrong: [string, Record<string, unknown>, string][] = [
    ['member.audio_mute', { member_id: 5 }, 'member_id: must be the id of a member, got 5'],
    ['member.remove', {}, 'member_id: must be the id of a member, got undefined'],
    ['member.delete_meta', { keys: 'a' }, 'keys: must be a list of strings, got "a"'],
    ['delete_meta', { keys: [1] }, 'keys.0: must be strings'],
    ['set_position', {}, 'positions: must map member ids (or "self") to positions, got undefined'],
    [
      'member.set_position',
      { position: 7 },
      'position: must be a position such as "auto" or "standard-1", got 7',
    ],
    ['prioritize_handraise', { enable: 'yes' }, 'enable: must be true or false, got "yes"'],
  ]
  test.each(wrong)('RQ4: %s %j', (method, params, message) => {
    expect(withCaller(allPermissions).refusal('caller', method, params)).toBe(`invalid_params: ${message}`)
  })

  test('RQ5: digits go to the log and to everybody; others are refused', () => {
    const world = withCaller([])
    const caller = { kind: 'member', memberId: 'caller' } as const
    world.do({ type: 'digits', digits: '0123456789ABCD*#' }, caller)
    const digits = '0123456789ABCD*#'
    expect(world.effects).toMatchObject([
      { kind: 'digits', memberId: 'caller', digits },
      {
        kind: 'event',
        recipients: { to: 'everyone' },
        type: 'video.room.digits',
        params: { room_session_id: world.room.roomSessionId, member_id: 'caller', digits },
      },
    ])
    for (const digits of ['', 'a', '1 2', 'E', '1'.repeat(101)]) {
      expect(world.send({ type: 'digits', digits }, caller)).toMatchObject({
        ok: false,
        error: { code: 'invalid_params' },
      })
    }
  })

  test('RQ6: members.get lists all members in the order they joined', () => {
    const world = withCaller([])
    world.join('viewer', { joinAs: 'audience' })
    const { members } = world.rpc('caller', 'members.get') as { members: { id: string }[] }
    expect(members.map((member) => member.id)).toEqual(['other', 'caller'])
    expect(members).toEqual([...world.client('other').members.values()])
  })

  test('RQ7: a caller who is not in the room is refused', () => {
    const world = withCaller(allPermissions)
    expect(world.refusal('stranger', 'lock')).toBe('member_not_found: You are not in this room session')
  })

  test('MS1: mediaState is what the media was told and still holds', () => {
    const world = withCaller(allPermissions)
    world.rpc('caller', 'member.audio_mute')
    world.rpc('caller', 'member.set_output_volume', { member_id: 'other', volume: 7 })
    world.rpc('caller', 'member.set_input_volume', { volume: 5 })
    const state = world.room.mediaState()
    expect(state).toEqual([
      ...[...world.sources].map(([sourceId, settings]) => ({ kind: 'media.source', sourceId, settings })),
      { kind: 'media.listener', memberId: 'other', settings: { outputVolumeDb: 7, deaf: false } },
      { kind: 'media.scene', scene: world.scene },
    ])
  })
})
