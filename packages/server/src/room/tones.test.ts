import type { RoomTone } from '@roomful/media'
import { describe, expect, test } from 'vitest'
import { World } from './test/World.ts'

const ringing = (settings = {}) => new World({ toneOnEntryAndExit: true, ...settings })

/** Of the last command. */
const tonesOf = (world: World): RoomTone[] =>
  world.effects.flatMap((effect) => (effect.kind === 'media.tone' ? [effect.tone] : []))

describe('tones', () => {
  test('TO1: a member that comes or goes is heard by the others, before they are told', () => {
    const world = ringing()
    world.join('ada')
    world.join('bob')
    expect(tonesOf(world)).toEqual(['entry'])
    const kinds = world.effects.map((effect) => (effect.kind === 'event' ? effect.type : effect.kind))
    expect(kinds.indexOf('media.source')).toBeLessThan(kinds.indexOf('media.tone'))
    expect(kinds.indexOf('media.tone')).toBeLessThan(kinds.indexOf('video.member.joined'))
    world.leave('bob')
    expect(tonesOf(world)).toEqual(['exit'])
  })

  test('TO1: who is removed is heard too, and so are the promoted and the demoted', () => {
    const world = ringing()
    world.join('ada')
    world.join('bob')
    world.join('viewer', { joinAs: 'audience' })
    world.pass(2000)
    world.rpc('ada', 'member.promote', { member_id: 'viewer' })
    expect(tonesOf(world)).toEqual([])
    world.callAnew('viewer')
    expect(tonesOf(world)).toEqual(['entry'])
    world.rpc('ada', 'member.demote', { member_id: 'viewer' })
    expect(tonesOf(world)).toEqual(['exit'])
    world.pass(2000)
    world.rpc('ada', 'member.remove', { member_id: 'bob' })
    expect(tonesOf(world)).toEqual(['exit'])
  })

  test('TO2: nothing is heard of the audience, screens, devices and rejoins', () => {
    const world = ringing()
    world.join('ada')
    world.join('viewer', { joinAs: 'audience' })
    expect(tonesOf(world)).toEqual([])
    world.leave('viewer')
    expect(tonesOf(world)).toEqual([])
    world.join('bob')
    world.pass(2000)
    world.share('ada', 'screen')
    expect(tonesOf(world)).toEqual([])
    world.leave('screen')
    expect(tonesOf(world)).toEqual([])
    world.share('ada', 'camera', { kind: 'device' })
    expect(tonesOf(world)).toEqual([])
    world.callAnew('ada')
    expect(tonesOf(world)).toEqual([])
    world.rpc('ada', 'member.audio_mute')
    expect(tonesOf(world)).toEqual([])
    // The camera goes along: one tone, for its owner.
    world.leave('ada')
    expect(tonesOf(world)).toEqual(['exit'])
  })

  test('TO2: nothing is heard where nobody else is, nor at the end of the session', () => {
    const world = ringing()
    world.join('ada')
    expect(tonesOf(world)).toEqual([])
    world.rpc('ada', 'member.demote')
    expect(tonesOf(world)).toEqual([])
    world.leave('ada')
    expect(tonesOf(world)).toEqual([])
    const ending = ringing()
    ending.join('ada')
    ending.join('bob')
    ending.rpc('ada', 'member.remove', { member_id: 'all' })
    expect(tonesOf(ending)).toEqual([])
  })

  test('TO2: the audience alone hears its member come and go', () => {
    const world = ringing()
    world.join('viewer', { joinAs: 'audience' })
    world.join('ada')
    expect(tonesOf(world)).toEqual(['entry'])
    world.leave('ada')
    expect(tonesOf(world)).toEqual(['exit'])
  })

  test('TO3: of those who come or go within a second one is heard', () => {
    const world = ringing({ maxMembers: 300 })
    let entries = 0
    for (const id of Array.from({ length: 100 }, (_, index) => `m${index}`)) {
      world.join(id)
      entries += tonesOf(world).length
      world.pass(50)
    }
    expect(entries).toBe(5)
    world.pass(1000)
    world.leave('m1')
    expect(tonesOf(world)).toEqual(['exit'])
    // The other tone is not held back.
    world.join('late')
    expect(tonesOf(world)).toEqual(['entry'])
    world.leave('m2')
    expect(tonesOf(world)).toEqual([])
    world.pass(1000)
    world.leave('m3')
    expect(tonesOf(world)).toEqual(['exit'])
  })

  test('TO4: meeting_mode says that a room has no tones', () => {
    const world = ringing()
    expect(world.join('ada').session?.meeting_mode).toBe(false)
    const quiet = new World()
    expect(quiet.join('ada').session?.meeting_mode).toBe(true)
    quiet.join('bob')
    expect(tonesOf(quiet)).toEqual([])
    quiet.leave('bob')
    expect(tonesOf(quiet)).toEqual([])
  })
})
