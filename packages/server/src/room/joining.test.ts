import { defaultPermissions } from '@roomful/protocol'
import { describe, expect, test } from 'vitest'
import { maxAudience } from './joining.ts'
import { World, makeJoiner, startMs } from './test/World.ts'

const code = (outcome: ReturnType<World['tryJoin']>) =>
  outcome.ok ? 'ok' : `${outcome.error.code}: ${outcome.error.message}`

describe('joining', () => {
  test('JN1: the joiner is told that it has subscribed, then the layout', () => {
    const world = new World()
    world.join('ada')
    const bob = world.join('bob')
    expect(bob.seen.map((event) => event.type)).toEqual(['video.room.subscribed', 'video.layout.changed'])
    expect(bob.seen[0]?.params).toMatchObject({ call_id: 'call-bob', member_id: 'bob' })
    expect(world.position('bob')).toBe('standard-2')
  })

  test('JN2: the others are told of the new member, then the layout', () => {
    const world = new World()
    const ada = world.join('ada')
    ada.seen.length = 0
    world.join('bob', { name: 'Bob', meta: { team: 1 } })
    expect(ada.seen.map((event) => event.type)).toEqual(['video.member.joined', 'video.layout.changed'])
    expect(ada.seen[0]?.params).toMatchObject({ member: { id: 'bob', name: 'Bob', meta: { team: 1 } } })
    expect(ada.members).toEqual(world.client('bob').members)
  })

  test('JN3: the first participant causes room.started, before anything else, and only the first', () => {
    const world = new World()
    const ada = world.join('ada')
    expect(ada.seen.map((event) => event.type)).toEqual([
      'video.room.started',
      'video.room.subscribed',
      'video.layout.changed',
    ])
    world.join('bob')
    expect(world.eventTypes()).not.toContain('video.room.started')
  })

  test('JN4: the session in room.subscribed is complete, in room as in room_session', () => {
    const given = { layout: 'highlight-1-responsive', meta: { a: 1 }, prioritizeHandraise: true } as const
    const world = new World({ ...given, toneOnEntryAndExit: true })
    const ada = world.join('ada', { audioMuted: true, videoMuted: true, permissions: [] })
    const subscribed = ada.seen.find((event) => event.type === 'video.room.subscribed')?.params
    if (!subscribed || !('call_id' in subscribed)) throw new Error('no video.room.subscribed')
    expect(subscribed.room).toEqual(subscribed.room_session)
    expect(subscribed.room_session).toEqual({
      id: 'session-id',
      room_session_id: 'session-id',
      room_id: 'room-id',
      project_id: 'project-id',
      event_channel: 'room.session-id',
      name: 'room1',
      display_name: 'Room one',
      recording: false,
      streaming: false,
      hide_video_muted: false,
      locked: false,
      prioritize_handraise: true,
      layout_name: 'highlight-1-responsive',
      meta: { a: 1 },
      logos_visible: true,
      blind_mode: false,
      silent_mode: false,
      meeting_mode: false,
      audience_count: 0,
      members: [
        {
          id: 'ada',
          room_id: 'room-id',
          room_session_id: 'session-id',
          name: 'ada',
          type: 'member',
          parent_id: null,
          audio_muted: true,
          video_muted: true,
          deaf: false,
          visible: false,
          handraised: false,
          input_volume: 0,
          output_volume: 0,
          input_sensitivity: 30,
          requested_position: 'auto',
          current_position: 'reserved-1',
          meta: {},
          talking: false,
        },
      ],
      recordings: [],
      playbacks: [],
      streams: [],
    })
  })

  test('JN5: a locked room lets nobody in, member or audience', () => {
    const world = new World()
    world.join('ada')
    world.rpc('ada', 'lock')
    expect(code(world.tryJoin('bob'))).toBe('room_locked: Room is locked')
    expect(code(world.tryJoin('bob', { joinAs: 'audience' }))).toBe('room_locked: Room is locked')
    world.rpc('ada', 'unlock')
    expect(code(world.tryJoin('bob'))).toBe('ok')
  })

  test('JN6: a full room lets no member in until one leaves; the audience is counted apart', () => {
    const world = new World({ maxMembers: 2 })
    world.joinMany(2)
    expect(code(world.tryJoin('late'))).toBe('room_full: Room is full: 2 members at most')
    expect(code(world.tryJoin('viewer', { joinAs: 'audience' }))).toBe('ok')
    world.leave('m1')
    world.join('late')

    const single = new World({ maxMembers: 1 })
    single.join('ada')
    expect(code(single.tryJoin('late'))).toBe('room_full: Room is full: 1 member at most')
  })

  test('JN6: the audience has a limit of its own', () => {
    const world = new World()
    const joiner = makeJoiner({ joinAs: 'audience' })
    // Straight to the room: delivering every event to a thousand clients proves nothing here.
    for (let index = 0; index < maxAudience; index++) {
      const join = { memberId: `v${index}`, callId: `c${index}`, sendsAudio: false, sendsVideo: false }
      expect(world.room.handle({ type: 'join', ...join, joiner }, { kind: 'system' }, startMs).ok).toBe(true)
    }
    expect(world.room.checkJoin(joiner, startMs)?.message).toBe(
      'Room is full: 1000 audience participants at most',
    )
    expect(world.room.checkJoin(makeJoiner(), startMs)).toBeNull()
  })

  const limits = { joinFromMs: startMs + 1000, joinUntilMs: startMs + 5000, removeAtMs: startMs + 7000 }
  const times: [string, number, string][] = [
    ['before join_from', 999, 'not_open: Unauthorized'],
    ['at join_from', 1000, 'ok'],
    ['at join_until', 5000, 'ok'],
    ['after join_until', 5001, 'not_open: Unauthorized'],
  ]
  test.each(times)('JN7: %s of the room', (_, ms, expected) => {
    const world = new World(limits)
    world.nowMs += ms
    expect(code(world.tryJoin('ada'))).toBe(expected)
  })
  test.each(times)('JN7: %s of the token', (_, ms, expected) => {
    const world = new World()
    world.nowMs += ms
    expect(code(world.tryJoin('ada', limits))).toBe(expected)
  })
  test('JN7: from remove_at on nobody is let in', () => {
    for (const [room, token] of [
      [{ removeAtMs: startMs }, {}],
      [{}, { removeAtMs: startMs }],
    ]) {
      expect(code(new World(room).tryJoin('ada', token))).toBe('not_open: Unauthorized')
    }
  })

  test('JN8: checkJoin answers as join would and changes nothing', () => {
    const world = new World({ maxMembers: 1 })
    expect(world.room.checkJoin(makeJoiner(), startMs)).toBeNull()
    expect(world.room.participantCount).toBe(0)
    world.join('ada')
    expect(world.room.checkJoin(makeJoiner(), startMs)?.code).toBe('room_full')
  })

  test('JN9: a member id that is in the room is refused', () => {
    const world = new World()
    world.join('ada')
    expect(code(world.tryJoin('ada'))).toBe('conflict: Member ada is in the room already')
    expect(world.room.participantCount).toBe(1)
  })

  test('JN10: who rejoins is told everything anew, the others nothing', () => {
    const world = new World()
    const ada = world.join('ada')
    const bob = world.join('bob')
    world.rpc('ada', 'member.audio_mute', { member_id: 'bob' })
    ada.seen.length = bob.seen.length = 0
    const before = world.members()
    world.do({ type: 'rejoin', memberId: 'bob', callId: 'call-2', sends: null })
    expect(bob.seen.map((event) => event.type)).toEqual(['video.room.subscribed', 'video.layout.changed'])
    expect([bob.callId, ada.seen, world.members()]).toEqual(['call-2', [], before])
    expect(bob.members).toEqual(ada.members)
    expect(world.send({ type: 'rejoin', memberId: 'nobody', callId: 'c', sends: null })).toMatchObject({
      error: { code: 'member_not_found' },
    })
  })

  test('JN10: who is deaf stays deaf on the new leg', () => {
    const world = new World()
    world.join('ada')
    world.rpc('ada', 'member.deaf')
    world.do({ type: 'rejoin', memberId: 'ada', callId: 'call-2', sends: null })
    expect(world.effects[0]).toEqual({
      kind: 'media.listener',
      memberId: 'ada',
      settings: { deaf: true, outputVolumeDb: 0 },
    })
  })

  test('JN11: the media learns of the source before anybody is told', () => {
    const world = new World()
    world.join('ada', { audioMuted: true })
    expect(world.effects.map((effect) => effect.kind)).toEqual([
      'media.source',
      'media.scene',
      'event',
      'event',
      'event',
      'event',
    ])
    expect(world.sources.get('ada')).toEqual({
      audioMuted: true,
      videoMuted: false,
      inputVolumeDb: 0,
      inputSensitivity: 30,
      parentSourceId: null,
    })
  })
})

describe('joining video-muted', () => {
  test('JN12: with joinVideoMuted members come in video-muted, whatever their token says', () => {
    const world = new World({ joinVideoMuted: true })
    const ada = world.join('ada', { permissions: defaultPermissions })
    expect(ada.members.get('ada')).toMatchObject({ video_muted: true, visible: false, audio_muted: false })
    expect(world.sources.get('ada')?.videoMuted).toBe(true)
    world.join('bob')
    expect(ada.members.get('bob')).toMatchObject({ video_muted: true, visible: false })
    expect(world.layout().layers.map(({ member_id }) => member_id)).toContain('bob')
    // The default permissions are enough to be seen.
    world.rpc('ada', 'member.video_unmute')
    expect(world.updated()).toEqual({ ada: ['video_muted', 'visible'] })
    expect(world.sources.get('ada')?.videoMuted).toBe(false)
    expect(world.refusal('ada', 'member.video_unmute', { member_id: 'bob' })).toMatch(/^permission_denied/)
  })

  test('JN12: screens and devices, rejoins and who comes back are as they were', () => {
    const world = new World({ joinVideoMuted: true })
    world.join('ada')
    world.share('ada', 'screen')
    world.share('ada', 'camera', { kind: 'device' })
    expect(world.member('screen').video_muted).toBe(false)
    expect(world.member('camera').video_muted).toBe(false)
    world.rpc('ada', 'member.video_unmute')
    world.callAnew('ada')
    expect(world.member('ada').video_muted).toBe(false)
    const restored = world.room.snapshotOf('ada')
    const join = { memberId: 'ada', callId: 'again', sendsAudio: true, sendsVideo: true } as const
    const again = new World({ joinVideoMuted: true })
    again.join('bob')
    again.do({ type: 'join', ...join, joiner: makeJoiner(), restored })
    expect(again.member('ada').video_muted).toBe(false)
  })

  test('JN12: so do the promoted, unless who promotes them says otherwise', () => {
    const world = new World({ joinVideoMuted: true })
    world.join('mod')
    for (const [id, params, videoMuted] of [
      ['v1', {}, true],
      ['v2', { join_video_muted: false }, false],
    ] as const) {
      world.join(id, { joinAs: 'audience' })
      world.rpc('mod', 'member.promote', { member_id: id, ...params })
      expect(world.roles.get(id)?.videoMuted).toBe(videoMuted)
      world.callAnew(id)
      expect(world.member(id).video_muted).toBe(videoMuted)
    }
  })
})
