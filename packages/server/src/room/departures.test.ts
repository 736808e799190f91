import { describe, expect, test } from 'vitest'
import { World, startMs } from './test/World.ts'

describe('leaving', () => {
  test('LV1: the others are told, then the layout closes up', () => {
    const world = new World()
    world.joinMany(3)
    world.leave('m2')
    expect(world.eventTypes()).toEqual(['video.member.left', 'video.layout.changed'])
    expect(world.effects.map((effect) => effect.kind)).toEqual([
      'media.scene',
      'media.removeSource',
      'event',
      'event',
    ])
    expect(world.positions()).toEqual({ m1: 'standard-1', m3: 'standard-2' })
    expect([...world.client('m1').members.keys()]).toEqual(['m1', 'm3'])
    expect([...world.sources.keys()]).toEqual(['m1', 'm3'])
  })

  test('LV2: with the last participant the session ends, and that is the last effect', () => {
    const world = new World()
    world.joinMany(1)
    world.join('viewer', { joinAs: 'audience' })
    world.leave('m1')
    expect(world.ended).toBe(false)
    world.leave('viewer')
    expect(world.eventTypes()).toEqual(['video.room.ended'])
    expect(world.effects.at(-1)).toEqual({ kind: 'ended' })
    expect([world.sources.size, world.wakeAtMs, world.room.participantCount]).toEqual([0, null, 0])
  })

  test('LV3: the session ends for all with a member whose token says so', () => {
    const world = new World()
    world.join('host', { endRoomSessionOnLeave: true })
    const bob = world.join('bob')
    world.join('viewer', { joinAs: 'audience' })
    world.leave('host')
    expect(bob.seen.at(-1)?.type).toBe('video.room.ended')
    expect(world.hangups).toEqual([
      { memberId: 'bob', cause: 'NORMAL_CLEARING' },
      { memberId: 'viewer', cause: 'NORMAL_CLEARING' },
    ])
    expect(world.ended).toBe(true)
  })

  test('LV3: being removed counts as leaving', () => {
    const world = new World()
    world.join('host', { endRoomSessionOnLeave: true })
    world.join('bob')
    world.rpc('bob', 'member.remove', { member_id: 'host' })
    expect(world.hangups.map((hangup) => hangup.memberId)).toEqual(['host', 'bob'])
    expect(world.ended).toBe(true)
  })

  test('LV4: late reports change nothing', () => {
    const world = new World()
    world.joinMany(2)
    world.leave('m2')
    for (const command of [
      { type: 'leave', memberId: 'm2' },
      { type: 'talking', memberId: 'm2', talking: true },
      { type: 'sends', memberId: 'm2', audio: true, video: true },
    ] as const) {
      expect(world.send(command)).toEqual({ ok: true, result: null, effects: [] })
    }
  })

  test('LV5: nothing of those who left stays in memory', () => {
    const world = new World({ layout: 'highlight-1-responsive', prioritizeHandraise: true })
    world.join('stays')
    for (let index = 0; index < 200; index++) {
      const id = `gone-${index}`
      world.join(id)
      world.rpc(id, 'member.raisehand')
      world.rpc(id, 'member.deaf')
      world.rpc(id, 'member.undeaf')
      world.talk(id)
      world.pass(2000)
      if (index % 2 === 0) world.leave(id)
      else world.rpc('stays', 'member.remove', { member_id: id })
    }
    expect(stringsIn(world.room).filter((text) => text.includes('gone-'))).toEqual([])
    expect(stringsIn(world.room)).toContain('stays')
  })

  test('LV6: end tells everybody, hangs up with the given cause and ends', () => {
    const world = new World()
    const ada = world.join('ada')
    world.join('viewer', { joinAs: 'audience' })
    world.do({ type: 'end', cause: 'MANAGER_REQUEST' })
    expect(ada.seen.at(-1)?.type).toBe('video.room.ended')
    expect(world.hangups).toEqual([
      { memberId: 'ada', cause: 'MANAGER_REQUEST' },
      { memberId: 'viewer', cause: 'MANAGER_REQUEST' },
    ])
    expect(world.tryJoin('bob')).toMatchObject({ ok: false, error: { code: 'conflict' } })
    const request = { type: 'rpc', method: 'video.lock', params: {} } as const
    expect(world.send(request)).toMatchObject({ ok: false, error: { code: 'room_not_found' } })
    for (const command of [
      { type: 'tick' },
      { type: 'end', cause: 'NORMAL_CLEARING' },
      { type: 'hangupAll' },
    ] as const) {
      expect(world.send(command)).toEqual({ ok: true, result: null, effects: [] })
    }
  })
})

test('LV7: only who listens from outside hears that everybody left, when the session ends', () => {
  const world = new World()
  world.joinMany(2)
  world.join('viewer', { joinAs: 'audience' })
  world.rpc('m1', 'member.remove', { member_id: 'all' })
  const left = world.allEvents().flatMap((event) => (event.type === 'video.member.left' ? [event] : []))
  expect(left.map(({ params, recipients }) => [params.member.id, recipients])).toEqual([
    ['m1', { to: 'some', memberIds: [] }],
    ['m2', { to: 'some', memberIds: [] }],
  ])
  expect(world.allEvents().at(-1)?.type).toBe('video.room.ended')
  expect(world.eventTypes()).toEqual(['video.room.ended'])
})

describe('removing', () => {
  test('RM1: the member is hung up first, then the others are told', () => {
    const world = new World()
    world.joinMany(3)
    world.rpc('m1', 'member.remove', { member_id: 'm3' })
    expect(world.effects.map((effect) => (effect.kind === 'event' ? effect.type : effect.kind))).toEqual([
      'media.scene',
      'media.removeSource',
      'hangup',
      'video.member.left',
      'video.layout.changed',
    ])
    expect(world.hangups).toEqual([{ memberId: 'm3', cause: 'NORMAL_CLEARING' }])
    expect(world.positions()).toEqual({ m1: 'standard-1', m2: 'standard-2' })
    expect(world.refusal('m1', 'member.remove', { member_id: 'm3' })).toMatch(
      /^member_not_found: Member not found: .*getMembers/,
    )
  })

  test('RM1: an audience participant can be removed', () => {
    const world = new World()
    world.join('ada')
    world.join('viewer', { joinAs: 'audience' })
    world.pass(2000)
    world.rpc('ada', 'member.remove', { member_id: 'viewer' })
    expect(world.eventTypes()).toEqual(['video.room.audience_count'])
    expect(world.room.participantCount).toBe(1)
  })

  test('RM2: removing all ends the session', () => {
    const world = new World()
    world.joinMany(2)
    world.join('viewer', { joinAs: 'audience' })
    world.rpc('m1', 'member.remove', { member_id: 'all' })
    expect(world.hangups.map((hangup) => hangup.memberId)).toEqual(['m1', 'm2', 'viewer'])
    expect(world.ended).toBe(true)
  })

  test('RM3: hangupAll ends the own call, the others only with the permission', () => {
    const world = new World()
    world.joinMany(2)
    world.join('weak', { permissions: ['room.self.audio_mute'] })
    world.do({ type: 'hangupAll' }, { kind: 'member', memberId: 'weak' })
    expect(world.hangups).toEqual([{ memberId: 'weak', cause: 'REJECT_ALL' }])
    expect(world.eventTypes()).toEqual(['video.member.left', 'video.layout.changed'])
    world.do({ type: 'hangupAll' }, { kind: 'member', memberId: 'm1' })
    expect(world.hangups.slice(1)).toEqual([
      { memberId: 'm1', cause: 'REJECT_ALL' },
      { memberId: 'm2', cause: 'REJECT_ALL' },
    ])
    expect(world.ended).toBe(true)
  })
})

describe('time limits', () => {
  const inSeconds = (seconds: number) => startMs + seconds * 1000

  test('TL1: at remove_at of the room all are removed and the session ends', () => {
    const world = new World({ removeAtMs: inSeconds(10) })
    world.joinMany(2)
    world.pass(9_999)
    expect(world.hangups).toEqual([])
    world.pass(1)
    expect(world.hangups).toEqual([
      { memberId: 'm1', cause: 'NORMAL_CLEARING' },
      { memberId: 'm2', cause: 'NORMAL_CLEARING' },
    ])
    expect(world.ended).toBe(true)
  })

  test('TL1: remove_at of a token concerns its holder; the earlier of two limits counts', () => {
    const world = new World({ removeAtMs: inSeconds(10) })
    world.join('ada')
    world.join('bob', { removeAtMs: inSeconds(5) })
    world.join('cyd', { removeAtMs: inSeconds(20) })
    world.pass(5000)
    expect(world.hangups).toEqual([{ memberId: 'bob', cause: 'NORMAL_CLEARING' }])
    expect(world.eventTypes()).toEqual(['video.member.left', 'video.layout.changed'])
    world.pass(5000)
    expect(world.ended).toBe(true)
  })

  test('TL2: remove_after_seconds counts from joining, for each by itself', () => {
    const world = new World({ removeAfterSeconds: 60 })
    world.join('ada')
    world.join('bob', { removeAfterSeconds: 10 })
    world.pass(30_000)
    expect(world.hangups.map((hangup) => hangup.memberId)).toEqual(['bob'])
    world.join('cyd')
    world.do({ type: 'rejoin', memberId: 'ada', callId: 'again', sends: null })
    world.pass(30_000)
    expect(world.hangups.map((hangup) => hangup.memberId)).toEqual(['bob', 'ada'])
    world.pass(30_000)
    expect(world.ended).toBe(true)
  })

  test('TL3: the room asks to be woken at the next thing to do, and says so once', () => {
    const world = new World({ removeAfterSeconds: 60 })
    world.join('ada')
    expect(world.effects.at(-1)).toEqual({ kind: 'wake', atMs: inSeconds(60) })
    world.rpc('ada', 'lock')
    expect(world.effects.map((effect) => effect.kind)).toEqual(['event'])
    world.rpc('ada', 'unlock')
    world.nowMs += 1000
    world.join('bob')
    expect(world.wakeAtMs).toBe(inSeconds(60))
    world.leave('ada')
    expect(world.effects.at(-1)).toEqual({ kind: 'wake', atMs: inSeconds(61) })
    world.leave('bob')
    expect(world.wakeAtMs).toBeNull()
  })

  test('TL3: a tick that comes too early does nothing', () => {
    const world = new World({ removeAfterSeconds: 60 })
    world.join('ada')
    expect(world.send({ type: 'tick' })).toEqual({ ok: true, result: null, effects: [] })
  })
})

/** Every string that can be reached from a value. */
function stringsIn(root: unknown): string[] {
  const strings: string[] = []
  const seen = new Set<unknown>()
  const stack: unknown[] = [root]
  while (stack.length > 0) {
    const value = stack.pop()
    if (typeof value === 'string') strings.push(value)
    if (typeof value !== 'object' || value === null || seen.has(value)) continue
    seen.add(value)
    if (value instanceof Map) stack.push(...value.keys(), ...value.values())
    else if (value instanceof Set) stack.push(...value)
    stack.push(...Object.keys(value), ...Object.values(value))
  }
  return strings
}
