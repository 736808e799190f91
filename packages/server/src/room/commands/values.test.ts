import { describe, expect, test } from 'vitest'
import { World } from '../test/World.ts'

const pair = () => {
  const world = new World()
  world.joinMany(2)
  return world
}

describe('volumes', () => {
  test('VO1: the input volume goes to the source', () => {
    const world = pair()
    world.rpc('m1', 'member.set_input_volume', { volume: -50 })
    world.rpc('m1', 'member.set_input_volume', { member_id: 'm2', volume: 50 })
    expect(world.updated()).toEqual({ m2: ['input_volume'] })
    expect([world.sources.get('m1')?.inputVolumeDb, world.sources.get('m2')?.inputVolumeDb]).toEqual([
      -50, 50,
    ])
  })

  test('VO2: the output volume goes to the listener', () => {
    const world = pair()
    world.rpc('m1', 'member.set_output_volume', { member_id: 'm2', volume: -12.5 })
    expect(world.updated()).toEqual({ m2: ['output_volume'] })
    expect(world.effects.map((effect) => effect.kind)).toEqual(['media.listener', 'event'])
    expect(world.listeners.get('m2')).toEqual({ outputVolumeDb: -12.5, deaf: false })
  })

  test('VO3: the sensitivity goes to the source', () => {
    const world = pair()
    world.rpc('m1', 'member.set_input_sensitivity', { value: 0 })
    world.rpc('m1', 'member.set_input_sensitivity', { value: 100 })
    expect(world.updated()).toEqual({ m1: ['input_sensitivity'] })
    expect(world.sources.get('m1')?.inputSensitivity).toBe(100)
  })

  test.each([51, -51, '5', null, undefined])('VO4: volume %j is refused', (volume) => {
    const world = pair()
    for (const method of ['set_input_volume', 'set_output_volume']) {
      expect(world.refusal('m1', `member.${method}`, { volume })).toBe(
        `invalid_params: volume: must be a number of dB from -50 to 50, got ${JSON.stringify(volume) ?? 'undefined'}`,
      )
    }
  })
  test.each([-1, 101, true])('VO4: sensitivity %j is refused', (value) => {
    expect(pair().refusal('m1', 'member.set_input_sensitivity', { value })).toBe(
      `invalid_params: value: must be a number from 0 to 100, got ${String(value)}`,
    )
  })
})

describe('hands', () => {
  test('HA1: a hand goes up and down, oneself or another', () => {
    const world = pair()
    world.rpc('m1', 'member.raisehand', { member_id: 'm2' })
    expect(world.updated()).toEqual({ m2: ['handraised'] })
    expect(world.member('m2').handraised).toBe(true)
    world.rpc('m2', 'member.lowerhand')
    expect(world.updated()).toEqual({ m2: ['handraised'] })
    expect(world.member('m2').handraised).toBe(false)
  })

  test('HA1: raising a raised hand keeps its turn', () => {
    const world = new World({ prioritizeHandraise: true })
    world.joinMany(4)
    world.rpc('m3', 'member.raisehand')
    world.rpc('m2', 'member.raisehand')
    world.rpc('m3', 'member.raisehand')
    expect(world.positions()).toMatchObject({ m3: 'standard-1', m2: 'standard-2' })
  })

  test('HA2: raised hands have the first places, others move only if they must', () => {
    const world = new World()
    world.joinMany(4)
    world.rpc('m4', 'member.raisehand')
    expect(world.position('m4')).toBe('standard-4')
    world.rpc('m1', 'prioritize_handraise', { enable: true })
    expect(world.eventTypes()).toEqual(['video.room.updated', 'video.layout.changed'])
    expect(world.positions()).toEqual({
      m4: 'standard-1',
      m2: 'standard-2',
      m3: 'standard-3',
      m1: 'standard-4',
    })
  })

  test('HA2: a raised hand comes onto the canvas', () => {
    const world = new World({ layout: '2x1', prioritizeHandraise: true })
    world.joinMany(4)
    expect(world.position('m4')).toBe('off-canvas')
    world.rpc('m4', 'member.raisehand')
    expect(world.positions()).toEqual({ m4: 'standard-1', m2: 'standard-2' })
    expect(world.updated()).toEqual({
      m1: ['visible', 'current_position'],
      m4: ['visible', 'handraised', 'current_position'],
    })
  })

  test('HA2: requests and the active speaker keep their places', () => {
    const world = new World({ layout: 'highlight-1-responsive', prioritizeHandraise: true })
    world.joinMany(4)
    world.rpc('m2', 'member.set_position', { position: 'standard-1' })
    world.rpc('m4', 'member.raisehand')
    expect(world.positions()).toMatchObject({ m1: 'reserved-1', m2: 'standard-1', m4: 'standard-2' })
  })

  test('HA3: prioritize_handraise without enable turns it over', () => {
    const world = pair()
    expect(world.rpc('m1', 'prioritize_handraise')).toMatchObject({ prioritize_handraise: true })
    expect(world.client('m2').session?.prioritize_handraise).toBe(true)
    expect(world.rpc('m1', 'prioritize_handraise')).toMatchObject({ prioritize_handraise: false })
  })
})

describe('metadata', () => {
  test('ME1: of the room', () => {
    const world = pair()
    world.rpc('m1', 'set_meta', { meta: { a: 1, b: { c: 2 } } })
    world.rpc('m1', 'update_meta', { meta: { b: 3, d: 4 } })
    expect(world.rpc('m2', 'get_meta').meta).toEqual({ a: 1, b: 3, d: 4 })
    world.rpc('m1', 'delete_meta', { keys: ['a', 'unknown'] })
    expect(world.client('m2').session?.meta).toEqual({ b: 3, d: 4 })
    world.rpc('m1', 'set_meta', { meta: {} })
    expect(world.client('m2').session?.meta).toEqual({})
  })

  test('ME1: of a member', () => {
    const world = pair()
    const at = { member_id: 'm2' }
    world.rpc('m1', 'member.set_meta', { ...at, meta: { a: 1, b: 2 } })
    world.rpc('m2', 'member.update_meta', { meta: { b: 3, c: 4 } })
    world.rpc('m1', 'member.delete_meta', { ...at, keys: ['a'] })
    expect(world.updated()).toEqual({ m2: ['meta'] })
    expect(world.rpc('m1', 'member.get_meta', at).meta).toEqual({ b: 3, c: 4 })
    expect(world.client('m1').members.get('m2')?.meta).toEqual({ b: 3, c: 4 })
    expect(world.refusal('m1', 'member.get_meta', { member_id: 'x' })).toMatch(
      /^member_not_found: Member not found: .*getMembers/,
    )
  })

  test('ME2: exactly 2,000 characters are taken, one more is not', () => {
    const world = pair()
    const fits = { a: 'x'.repeat(2000 - '{"a":""}'.length) }
    world.rpc('m1', 'set_meta', { meta: fits })
    world.rpc('m1', 'member.set_meta', { meta: fits })
    const message = 'invalid_params: meta: at most 2000 characters when serialized as JSON, got'
    expect(world.refusal('m1', 'set_meta', { meta: { a: `${fits.a}x` } })).toBe(`${message} 2001`)
    expect(world.refusal('m1', 'update_meta', { meta: { b: 1 } })).toBe(`${message} 2006`)
    expect(world.refusal('m1', 'member.update_meta', { meta: { b: 1 } })).toBe(`${message} 2006`)
    expect(world.rpc('m1', 'get_meta').meta).toEqual(fits)
  })

  test('ME2: what is no object, or nested without end, is refused', () => {
    const world = pair()
    for (const meta of [[], 'text', 5, null, undefined]) {
      expect(world.refusal('m1', 'set_meta', { meta })).toMatch(
        /^invalid_params: meta: must be an object, got /,
      )
    }
    const deep = JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`) as unknown
    expect(world.refusal('m1', 'member.set_meta', { meta: deep })).toMatch(
      /^invalid_params: meta: at most 2000/,
    )
  })
})
