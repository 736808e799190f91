import { layoutNames, listedLayoutNames } from '@roomful/protocol'
import { describe, expect, test } from 'vitest'
import { World } from '../test/World.ts'

const withMembers = (count: number, layout: (typeof layoutNames)[number] = 'grid-responsive') => {
  const world = new World({ layout })
  world.joinMany(count)
  return world
}
const place = (world: World, id: string, position: string) =>
  world.rpc(id, 'member.set_position', { position })

describe('layouts', () => {
  test('LY2: the layout grows and shrinks with the members, under the name of its group', () => {
    const world = new World()
    for (const [count, tiles] of [
      [1, 1],
      [2, 2],
      [3, 3],
      [5, 5],
    ] as const) {
      world.joinMany(count)
      expect(world.layout()).toMatchObject({ id: 'grid-responsive', name: 'grid-responsive' })
      expect(world.layout().layers).toHaveLength(tiles + 2)
    }
    for (const id of ['m1', 'm3', 'm5']) world.leave(id)
    expect(world.layout().layers.slice(0, 2)).toMatchObject([
      { member_id: 'm2', position: 'standard-1', x: 0, y: 25, width: 50, height: 50 },
      { member_id: 'm4', position: 'standard-2', x: 50, y: 25, width: 50, height: 50 },
    ])
  })

  test.each([...layoutNames])('LY3: %s ends with playback and full-screen', (name) => {
    const { layers } = withMembers(2, name).layout()
    const whole = {
      x: 0,
      y: 0,
      width: 100,
      height: 100,
      member_id: null,
      playing_file: false,
      visible: false,
    }
    const count = layers.length
    expect(layers.slice(-2)).toEqual([
      { ...whole, layer_index: count - 2, z_index: count - 2, position: 'playback', reservation: 'playback' },
      {
        ...whole,
        layer_index: count - 1,
        z_index: count - 1,
        position: 'full-screen',
        reservation: 'full-screen',
      },
    ])
  })

  test('LY4: members have the places in the order they joined and keep them within a step', () => {
    const world = withMembers(7)
    world.leave('m2')
    const kept = { m1: 'standard-1', m3: 'standard-3', m4: 'standard-4', m7: 'standard-7' }
    expect(world.positions()).toMatchObject(kept)
    world.join('late')
    expect(world.positions()).toMatchObject({ ...kept, late: 'standard-2' })
    world.leave('m3')
    world.leave('m4')
    // Five are left: another step, filled anew.
    expect(Object.keys(world.positions())).toEqual(['m1', 'm5', 'm6', 'm7', 'late'])
  })

  test('LY5: members without a place are off the canvas until one is free', () => {
    const world = withMembers(3, '2x1')
    expect(world.position('m3')).toBe('off-canvas')
    expect(world.member('m3')).toMatchObject({ visible: false, current_position: 'off-canvas' })
    world.leave('m1')
    expect(world.positions()).toEqual({ m2: 'standard-2', m3: 'standard-1' })
    expect(world.updated()).toEqual({ m3: ['visible', 'current_position'] })
  })

  test('LY6: set_layout takes all names, lists them if it must, and the listed ones are the original twelve', () => {
    const world = withMembers(1)
    for (const name of layoutNames) {
      world.rpc('m1', 'set_layout', { name })
      expect(world.layout().name).toBe(name)
      expect(world.client('m1').session?.layout_name).toBe(name)
    }
    expect(world.eventTypes()).toEqual(['video.room.updated', 'video.layout.changed'])
    expect(world.refusal('m1', 'set_layout', { name: '7x7' })).toBe(
      `invalid_params: name: no layout "7x7"; there are: ${layoutNames.join(', ')}`,
    )
    expect(world.rpc('m1', 'list_available_layouts').layouts).toEqual(listedLayoutNames)
  })

  test('LY9: the scene is the layout, cropped to fill, with names', () => {
    const world = new World()
    world.join('ada', { name: 'Ada Lovelace' })
    world.join('bob', { name: 'Bob' })
    const layer = { y: 25, width: 50, height: 50, fit: 'cover', videoMuted: false }
    expect(world.scene.layers).toEqual([
      { ...layer, sourceId: 'ada', x: 0, zIndex: 0, banner: 'Ada Lovelace' },
      { ...layer, sourceId: 'bob', x: 50, zIndex: 1, banner: 'Bob' },
    ])
    world.rpc('ada', 'member.audio_mute')
    world.rpc('ada', 'lock')
    expect(world.effects.filter((effect) => effect.kind === 'media.scene')).toEqual([])
  })

  test('LY10: hidden video-muted members need no tile and come back', () => {
    const world = withMembers(3)
    world.rpc('m1', 'hide_video_muted')
    expect(world.eventTypes()).toEqual(['video.room.updated'])
    world.rpc('m2', 'member.video_mute')
    expect(world.positions()).toEqual({ m1: 'standard-1', m3: 'standard-2' })
    expect(world.member('m2')).toMatchObject({ visible: false, current_position: 'off-canvas' })
    expect(world.scene.layers.map((layer) => layer.sourceId)).toEqual(['m1', 'm3'])
    world.rpc('m1', 'show_video_muted')
    expect(world.positions()).toEqual({ m1: 'standard-1', m2: 'standard-2', m3: 'standard-3' })
    expect(world.scene.layers[1]).toMatchObject({ sourceId: 'm2', videoMuted: true })
  })

  test.each(['screen-share', 'presenter-dual-horizontal'] as const)(
    'LY11: %s has somebody in its main place and the active speaker beside',
    (name) => {
      const world = withMembers(1, name)
      expect(world.positions()).toEqual({ m1: 'standard-1' })
      world.joinMany(4)
      expect(world.positions()).toEqual({ m1: 'reserved-1', m2: 'standard-1' })
    },
  )

  test('LY11: the corners of screen-share are taken by request', () => {
    const world = withMembers(4, 'screen-share')
    place(world, 'm3', 'reserved-8')
    expect(world.positions()).toEqual({ m1: 'reserved-1', m2: 'standard-1', m3: 'reserved-8' })
    const heights = world.layout().layers.map((layer) => layer.z_index)
    expect(heights).toEqual([0, 5, 6, 7, 8, 1, 2, 3, 4, 9, 10])
  })
})

describe('the active speaker', () => {
  const highlight = (count: number) => withMembers(count, 'highlight-1-responsive')

  test('FL1: one second of talking takes reserved-1 if the holder is silent', () => {
    const world = highlight(4)
    expect(world.position('m1')).toBe('reserved-1')
    world.talk('m3')
    world.pass(999)
    expect(world.position('m3')).toBe('standard-2')
    world.pass(1)
    expect(world.eventTypes()).toEqual(['video.layout.changed'])
    expect(world.positions()).toEqual({
      m3: 'reserved-1',
      m2: 'standard-1',
      m1: 'standard-2',
      m4: 'standard-3',
    })
  })

  test('FL1: while the holder talks nobody takes it; when it stops, who has talked long enough does', () => {
    const world = highlight(3)
    world.talk('m1')
    world.talk('m2')
    world.pass(5000)
    expect(world.position('m1')).toBe('reserved-1')
    world.talk('m1', false)
    expect(world.position('m2')).toBe('reserved-1')
  })

  test('FL1: a short word does not move it', () => {
    const world = highlight(2)
    world.talk('m2')
    world.pass(900)
    world.talk('m2', false)
    world.pass(5000)
    expect(world.position('m1')).toBe('reserved-1')
    expect(world.wakeAtMs).toBeNull()
  })

  test('FL1: who asked for reserved-1 keeps it', () => {
    const world = highlight(3)
    place(world, 'm2', 'reserved-1')
    world.talk('m3')
    world.pass(2000)
    expect(world.position('m2')).toBe('reserved-1')
  })

  test('FL1: a speaker found while the grid was shown is the one highlighted later', () => {
    const world = withMembers(3)
    world.talk('m2')
    world.pass(1500)
    world.talk('m2', false)
    world.rpc('m1', 'set_layout', { name: 'highlight-1-responsive' })
    expect(world.position('m2')).toBe('reserved-1')
  })

  test('FL2: without talking the first member with a picture has it and keeps it', () => {
    const world = new World({ layout: 'highlight-1-responsive' })
    world.join('ada')
    world.join('bob')
    world.rpc('ada', 'member.video_mute')
    expect(world.position('ada')).toBe('reserved-1')
    world.leave('ada')
    expect(world.position('bob')).toBe('reserved-1')
    const quiet = new World({ layout: 'highlight-1-responsive' })
    quiet.join('host')
    quiet.join('audio-only', { sendsVideo: false })
    quiet.join('camera')
    quiet.leave('host')
    expect(quiet.position('camera')).toBe('reserved-1')
  })

  test('FL3: if the holder leaves, who has talked longest has it at once', () => {
    const world = highlight(4)
    world.talk('m4')
    world.pass(100)
    world.talk('m3')
    world.leave('m1')
    expect(world.position('m4')).toBe('reserved-1')
  })

  test('FL4: who has no picture does not take it', () => {
    const world = highlight(2)
    world.rpc('m2', 'member.video_mute')
    world.talk('m2')
    world.pass(5000)
    expect(world.position('m1')).toBe('reserved-1')
    world.rpc('m2', 'member.video_unmute')
    expect(world.position('m2')).toBe('reserved-1')
  })
})

describe('positions', () => {
  test('PO1: a request is granted and whoever was there moves', () => {
    const world = withMembers(4)
    place(world, 'm4', 'standard-1')
    expect(world.updated()).toEqual({ m4: ['requested_position', 'current_position'] })
    expect(world.eventTypes()).toEqual(['video.member.updated', 'video.layout.changed'])
    expect(world.positions()).toEqual({
      m4: 'standard-1',
      m2: 'standard-2',
      m3: 'standard-3',
      m1: 'standard-4',
    })
    place(world, 'm4', 'auto')
    expect(world.updated()).toEqual({ m4: ['requested_position'] })
  })

  test('PO1: an empty place of the first highlight step, with two members', () => {
    const world = withMembers(2, 'highlight-1-responsive')
    for (const position of ['standard-3', 'standard-4']) {
      place(world, 'm2', position)
      expect(world.position('m2')).toBe(position)
    }
  })

  test('PO2: the first to ask has the place', () => {
    const world = withMembers(3)
    place(world, 'm3', 'standard-1')
    place(world, 'm2', 'standard-1')
    expect(world.position('m3')).toBe('standard-1')
    expect(world.member('m2')).toMatchObject({
      requested_position: 'standard-1',
      current_position: 'standard-2',
    })
    world.rpc('m1', 'set_position', { positions: { m3: 'auto' } })
    expect(world.position('m2')).toBe('standard-1')
  })

  test('PO3: requests outlive a change of layout', () => {
    const world = withMembers(3, '3x3')
    place(world, 'm1', 'standard-9')
    world.rpc('m1', 'set_layout', { name: '2x2' })
    expect(world.member('m1')).toMatchObject({
      requested_position: 'standard-9',
      current_position: 'standard-1',
    })
    world.rpc('m1', 'set_layout', { name: '4x4' })
    expect(world.position('m1')).toBe('standard-9')
  })

  test('PO4: off-canvas needs no tile', () => {
    const world = withMembers(3)
    place(world, 'm1', 'off-canvas')
    expect(world.updated()).toEqual({ m1: ['visible', 'requested_position', 'current_position'] })
    expect(world.positions()).toEqual({ m2: 'standard-1', m3: 'standard-2' })
  })

  test('PO4: full-screen is over the whole canvas, above the others', () => {
    const world = withMembers(3)
    place(world, 'm1', 'full-screen')
    expect(world.positions()).toEqual({ m1: 'full-screen', m2: 'standard-1', m3: 'standard-2' })
    expect(world.scene.layers.at(-1)).toMatchObject({ sourceId: 'm1', x: 0, y: 0, width: 100, height: 100 })
    place(world, 'm2', 'full-screen')
    expect(world.position('m1')).toBe('full-screen')
    expect(world.position('m2')).toBe('standard-1')
  })

  test('PO5: what the layout does not have is refused with what it has', () => {
    const world = withMembers(3, 'highlight-1-responsive')
    expect(world.refusal('m1', 'member.set_position', { position: 'standard-49' })).toBe(
      'invalid_params: Position "standard-49" cannot be taken in layout highlight-1-responsive; ' +
        'allowed: auto, off-canvas, full-screen, reserved-1, standard-1 to standard-48',
    )
    for (const position of ['playback', 'reserved-0', 'standard-0', 'reserved-2', 'toString', '']) {
      const positions = { m2: 'standard-2', m1: position }
      expect(world.refusal('m1', 'set_position', { positions })).toMatch(/^invalid_params: Position/)
    }
    expect(world.member('m2').requested_position).toBe('auto')
  })

  test('PO6: self is the caller; an unknown member is not found', () => {
    const world = withMembers(3)
    world.rpc('m2', 'set_position', { positions: { self: 'standard-1', m1: 'standard-3' } })
    expect(world.positions()).toEqual({ m2: 'standard-1', m1: 'standard-3', m3: 'standard-2' })
    expect(world.eventTypes()).toEqual([
      'video.member.updated',
      'video.member.updated',
      'video.layout.changed',
    ])
    const positions = { m1: 'auto', nobody: 'auto' }
    expect(world.refusal('m2', 'set_position', { positions })).toMatch(
      /^member_not_found: Member not found: .*getMembers/,
    )
    expect(world.member('m1').requested_position).toBe('standard-3')
  })

  test('PO7: set_layout checks positions against the new layout', () => {
    const world = withMembers(2)
    const positions = { m2: 'reserved-1' }
    expect(world.refusal('m1', 'set_layout', { name: '2x2', positions })).toMatch(/layout 2x2; allowed/)
    world.rpc('m1', 'set_layout', { name: 'highlight-1-responsive', positions })
    expect(world.eventTypes()).toEqual(['video.room.updated', 'video.member.updated', 'video.layout.changed'])
    expect(world.positions()).toEqual({ m2: 'reserved-1', m1: 'standard-1' })
  })
})
