import { expect, test } from 'vitest'
import { makeJoiner, startMs, World } from './test/World.ts'
import type { Snapshot } from './types.ts'

function restore(world: World, id: string, restored: Snapshot, sendsVideo = true) {
  const { name, joinAs, mediaAllowed, permissions, meta, audioMuted, videoMuted } = restored
  return world.send({
    type: 'join',
    memberId: id,
    callId: `call-${id}`,
    joiner: makeJoiner({
      name,
      joinAs,
      mediaAllowed,
      permissions,
      meta,
      audioMuted,
      videoMuted,
      joinUntilMs: startMs + 1000,
    }),
    sendsAudio: true,
    sendsVideo,
    restored,
  })
}

test('RS1: a member is what it was', () => {
  const before = new World()
  before.join('ada', { name: 'Ada', meta: { a: 1 }, removeAfterSeconds: 100, videoMuted: true })
  before.rpc('ada', 'member.deaf')
  before.rpc('ada', 'member.set_input_volume', { volume: 5 })
  before.rpc('ada', 'member.set_output_volume', { volume: -5 })
  before.rpc('ada', 'member.set_input_sensitivity', { value: 80 })
  before.rpc('ada', 'member.raisehand')
  before.rpc('ada', 'member.set_position', { position: 'standard-1' })
  const snapshot = before.room.snapshotOf('ada')
  if (!snapshot) throw new Error('no snapshot')
  const member = before.member('ada')

  const after = new World()
  after.nowMs += 50_000
  expect(restore(after, 'ada', snapshot)).toMatchObject({ ok: true })
  expect(after.member('ada')).toEqual(member)
  expect(after.room.snapshotOf('ada')).toEqual(snapshot)
  expect(after.sources.get('ada')).toEqual(before.sources.get('ada'))
  expect(after.listeners.get('ada')).toEqual({ deaf: true, outputVolumeDb: -5 })
  expect(after.wakeAtMs).toBe(startMs + 100_000)
  expect(before.room.snapshotOf('nobody')).toBeUndefined()
  before.share('ada', 's')
  expect(before.room.snapshotOf('s')).toBeUndefined()
})

test('RS1: a role that was given is kept', () => {
  const before = new World()
  before.join('mod')
  before.join('viewer', { joinAs: 'audience' })
  before.rpc('mod', 'member.promote', { member_id: 'viewer', permissions: ['room.lock'] })
  expect(before.room.snapshotOf('viewer')).toMatchObject({ joinAs: 'audience', permissions: [] })
  before.callAnew('viewer')
  const snapshot = before.room.snapshotOf('viewer')
  if (!snapshot) throw new Error('no snapshot')
  expect(snapshot).toMatchObject({ joinAs: 'member', promoted: true, permissions: ['room.lock'] })
  const after = new World()
  restore(after, 'viewer', snapshot)
  after.rpc('viewer', 'lock')
  expect(after.room.snapshotOf('viewer')).toEqual(snapshot)
})

test('RS2: who was in comes in late and locked, but not after its time', () => {
  const world = new World()
  world.join('ada', { removeAfterSeconds: 20 })
  world.join('bob')
  const snapshot = world.room.snapshotOf('ada')
  if (!snapshot) throw new Error('no snapshot')
  world.leave('ada')
  world.rpc('bob', 'lock')
  world.nowMs += 10_000
  const joiner = makeJoiner({ joinUntilMs: startMs + 1000 })
  expect(world.room.checkJoin(joiner, world.nowMs)?.code).toBe('not_open')
  expect(world.room.checkJoin(joiner, world.nowMs, snapshot)).toBeNull()
  expect(restore(world, 'ada', snapshot)).toMatchObject({ ok: true })
  world.leave('ada')
  world.nowMs += 10_000
  expect(restore(world, 'ada', snapshot)).toMatchObject({ ok: false, error: { code: 'not_open' } })
})

test('RS3: a session goes on as it was', () => {
  const before = new World({ meta: { from: 'the room' } })
  before.join('ada')
  expect(before.room.lasting()).toEqual({
    ...{ layoutName: 'grid-responsive', locked: false, hideVideoMuted: false, prioritizeHandraise: false },
    meta: { from: 'the room' },
  })
  before.rpc('ada', 'set_layout', { name: '3x3' })
  before.rpc('ada', 'lock')
  before.rpc('ada', 'set_meta', { meta: { topic: 'x' } })
  before.rpc('ada', 'hide_video_muted')
  before.rpc('ada', 'prioritize_handraise', { enable: true })
  before.share('ada', 'screen')
  const lasting = before.room.lasting()
  expect(before.room.view().layout_name).not.toBe('3x3')

  const snapshot = before.room.snapshotOf('ada')
  if (!snapshot) throw new Error('no snapshot')
  const after = new World({ resumes: lasting })
  restore(after, 'ada', snapshot)
  expect(after.room.view()).toMatchObject({
    ...{ layout_name: '3x3', locked: true, meta: { topic: 'x' } },
    ...{ hide_video_muted: true, prioritize_handraise: true },
  })
  expect(after.room.lasting()).toEqual(lasting)
})
