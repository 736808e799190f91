import type { RoomSubscribedEvent, VideoMember } from '@roomful/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { demultiplex, toCamelCase } from './demultiplex.ts'
import { RoomState } from './RoomState.ts'

const inRoom = { room_id: 'r', room_session_id: 'rs' }
const member = (id: string, changes: object = {}) =>
  ({
    id,
    ...inRoom,
    name: id,
    audio_muted: false,
    deaf: false,
    handraised: false,
    meta: {},
    ...changes,
  }) as unknown as VideoMember

let state: RoomState
const names = (type: string, params: unknown) => demultiplex(type, params, state)?.map(([name]) => name)

beforeEach(() => {
  state = new RoomState(() => Promise.resolve())
  const room_session = {
    id: 'rs',
    ...inRoom,
    members: [member('a'), member('b')],
    locked: false,
    layout_name: '2x1',
  }
  state.applySubscribed({ call_id: 'c', member_id: 'a', room_session } as unknown as RoomSubscribedEvent)
})

describe('member.updated', () => {
  const change = { updated: ['audio_muted', 'deaf'], id: 'b', audio_muted: true, deaf: true, ...inRoom }

  test('fires once under each name, then as a whole, then as the list', () => {
    expect(names('video.member.updated', { ...inRoom, member: change })).toEqual([
      'member.updated.audio_muted',
      'member.updated.audioMuted',
      'member.updated.deaf',
      'member.updated',
      'memberList.updated',
    ])
  })

  test('hands out the whole member, although the server sent only what changed', () => {
    const event = demultiplex('video.member.updated', { ...inRoom, member: change }, state)?.[0]?.[1]
    expect(event).toEqual({
      ...inRoom,
      member: { ...member('b'), audio_muted: true, deaf: true, updated: ['audio_muted', 'deaf'] },
    })
  })

  test('keeps the list complete and free of "updated"', () => {
    const list = demultiplex('video.member.updated', { ...inRoom, member: change }, state)?.at(-1)?.[1]
    expect(list).toEqual({ members: [member('a'), member('b', { audio_muted: true, deaf: true })] })
  })

  test('without "updated" it still fires', () => {
    const params = { ...inRoom, member: { id: 'b', name: 'new' } }
    expect(names('video.member.updated', params)).toEqual(['member.updated', 'memberList.updated'])
    expect(state.members.get('b')?.name).toBe('new')
  })
})

test('joining and leaving changes the list; who left is told with the last values', () => {
  expect(names('video.member.joined', { ...inRoom, member: member('c') })).toEqual([
    'member.joined',
    'memberList.updated',
  ])
  const left = demultiplex('video.member.left', { ...inRoom, member: { id: 'b', type: 'member' } }, state)
  expect(left?.[0]).toEqual(['member.left', { ...inRoom, member: { ...member('b'), type: 'member' } }])
  expect(state.members.all.map(({ id }) => id)).toEqual(['a', 'c'])
})

test('talking fires under its present and its older names, and does not add members', () => {
  const talking = (value: boolean) =>
    names('video.member.talking', { ...inRoom, member: { id: 'x', talking: value } })
  expect(talking(true)).toEqual(['member.talking', 'member.talking.started', 'member.talking.start'])
  expect(talking(false)).toEqual(['member.talking', 'member.talking.ended', 'member.talking.stop'])
  expect(state.members.all).toHaveLength(2)
})

test('a layout places the members; those without a layer are off the canvas', () => {
  const layout = { name: '1x1', layers: [{ member_id: 'a', position: 'standard-1' }] }
  expect(names('video.layout.changed', { ...inRoom, layout })).toEqual(['layout.changed'])
  expect(state.members.all.map((one) => one.current_position)).toEqual(['standard-1', 'off-canvas'])
})

test('room.updated changes the room by what it lists', () => {
  const room = { ...inRoom, updated: ['locked'], locked: true, layout_name: 'ignored' }
  expect(names('video.room.updated', { ...inRoom, room })).toEqual(['room.updated'])
  expect(state.session).toMatchObject({ locked: true, layout_name: '2x1' })
})

test('the audience count fires under both names; unknown events pass', () => {
  expect(names('video.room.audience_count', { ...inRoom, total: 3 })).toEqual([
    'room.audience_count',
    'room.audienceCount',
  ])
  expect(names('video.x.y', { a: 1 })).toEqual(['x.y'])
})

test.each([
  ['video.member.updated', {}],
  ['video.member.joined', { member: null }],
  ['video.member.left', { member: { name: 'no id' } }],
  ['video.member.talking', undefined],
  ['video.layout.changed', { layout: {} }],
  ['video.room.updated', { room: {} }],
  ['webrtc.message', {}],
])('an event that lacks what it needs is told apart: %s', (type, params) => {
  expect(demultiplex(type, params, state)).toBeUndefined()
  expect(state.members.all).toHaveLength(2)
})

test('toCamelCase', () => {
  expect(['audio_muted', 'deaf', 'input_sensitivity'].map(toCamelCase)).toEqual([
    'audioMuted',
    'deaf',
    'inputSensitivity',
  ])
})
