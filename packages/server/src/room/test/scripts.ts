import { allPermissions } from '@roomful/protocol'
import type { Permission } from '@roomful/protocol'
import fc from 'fast-check'
import type { RoomSettings } from '../types.ts'
import { makeJoiner } from './World.ts'
import type { World } from './World.ts'

/** One step of a random script. Members are numbers; many of them name nobody who is in the room. */
export type Step =
  | {
      do: 'join'
      who: number
      audience: boolean
      muted: boolean
      sendsVideo: boolean
      removeAfter: number | null
    }
  | { do: 'leave'; who: number }
  | { do: 'rejoin'; who: number; sends: { audio: boolean; video: boolean } | null }
  | { do: 'share'; who: number; kind: 'screen' | 'device'; number: number; layout: string | undefined }
  | { do: 'unshare'; number: number }
  | { do: 'hangupAll'; who: number }
  | { do: 'talk'; who: number; on: boolean }
  | { do: 'sends'; who: number; audio: boolean; video: boolean }
  | { do: 'pass'; ms: number }
  /** An output or player ended by itself, or a stream lost its server. Not all of the numbers are there. */
  | { do: 'mediaEnds'; number: number; error: string | null }
  | { do: 'streamTrouble'; number: number; trouble: string | null }
  /** The media has done what it was asked for; only where it takes its time. */
  | { do: 'release'; number: number }
  | { do: 'rpc'; who: number; method: string; params: Record<string, unknown> }

const who = fc.nat({ max: 6 })
const target = fc.oneof(
  { weight: 4, arbitrary: who.map((number) => ({ member_id: `p${number}` })) },
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.nat({ max: 2 }).map((number) => ({ member_id: `child${number}` })) },
  { weight: 1, arbitrary: fc.constant({ member_id: 'nobody' }) },
)
const positionName = fc.constantFrom(
  'auto',
  'off-canvas',
  'full-screen',
  'playback',
  'reserved-1',
  'reserved-6',
  'standard-1',
  'standard-2',
  'standard-4',
)
const positions = fc.dictionary(
  fc.oneof(
    who.map((number) => `p${number}`),
    fc.constant('self'),
  ),
  positionName,
  { maxKeys: 3 },
)
export const layoutName = fc.constantFrom<RoomSettings['layout']>(
  'grid-responsive',
  'grid-responsive-mobile',
  'highlight-1-responsive',
  '1x1',
  '2x1',
  '5up',
  '3x3',
  '1up-top-left5',
  'screen-share',
  'presenter-dual-horizontal',
  'full-screen',
)
const meta = fc.constantFrom({}, { a: 1 }, { a: 2, b: [1, { c: null }] }, { long: 'x'.repeat(2000) })
/** Objects are numbered through, whatever they are. */
const objectNumber = fc.integer({ min: 1, max: 4 })
const playbackId = objectNumber.map((number) => ({ playback_id: `playback${number}` }))
const level = fc.constantFrom(-51, -50, 0, 30, 50, 51)

const memberParams: Record<string, fc.Arbitrary<Record<string, unknown>>> = {
  audio_mute: fc.constant({}),
  audio_unmute: fc.constant({}),
  video_mute: fc.constant({}),
  video_unmute: fc.constant({}),
  deaf: fc.constant({}),
  undeaf: fc.constant({}),
  raisehand: fc.constant({}),
  lowerhand: fc.constant({}),
  set_input_volume: fc.record({ volume: level }),
  set_output_volume: fc.record({ volume: level }),
  set_input_sensitivity: fc.record({ value: level }),
  set_position: fc.record({ position: positionName }),
  set_meta: fc.record({ meta }),
  update_meta: fc.record({ meta }),
  delete_meta: fc.record({ keys: fc.constantFrom(['a'], ['b', 'c'], []) }),
  promote: fc.record({ meta, join_audio_muted: fc.boolean() }, { requiredKeys: [] }),
  demote: fc.constant({}),
}
const roomParams: Record<string, fc.Arbitrary<Record<string, unknown>>> = {
  set_layout: fc.record({ name: layoutName, positions }, { requiredKeys: ['name'] }),
  set_position: fc.record({ positions }),
  hide_video_muted: fc.constant({}),
  show_video_muted: fc.constant({}),
  lock: fc.constant({}),
  unlock: fc.constant({}),
  prioritize_handraise: fc.record({ enable: fc.boolean() }, { requiredKeys: [] }),
  set_meta: fc.record({ meta }),
  update_meta: fc.record({ meta }),
  delete_meta: fc.record({ keys: fc.constantFrom(['a'], []) }),
  list_available_layouts: fc.constant({}),
  'recording.start': fc.constant({}),
  'recording.list': fc.constant({}),
  'recording.pause': objectNumber.map((number) => ({ recording_id: `recording${number}` })),
  'recording.resume': objectNumber.map((number) => ({ recording_id: `recording${number}` })),
  'recording.stop': objectNumber.map((number) => ({ recording_id: `recording${number}` })),
  'stream.start': fc.constantFrom({ url: 'rtmp://a.example/live/key' }, { url: 'http://a.example/' }),
  'stream.list': fc.constant({}),
  'stream.stop': objectNumber.map((number) => ({ stream_id: `stream${number}` })),
  'playback.start': fc.record(
    {
      url: fc.constantFrom('https://a.example/film.mp4', 'rtmp://a.example/live', 'file:///etc/passwd'),
      volume: level,
      seek_position: fc.constantFrom(-1, 0, 70_000),
      layout: layoutName,
      positions: positionName.map((self) => ({ self })),
    },
    { requiredKeys: ['url'] },
  ),
  'playback.list': fc.constant({}),
  'playback.pause': playbackId,
  'playback.resume': playbackId,
  'playback.stop': playbackId,
  'playback.set_volume': fc.tuple(playbackId, level).map(([id, volume]) => ({ ...id, volume })),
  'playback.seek_absolute': fc
    .tuple(playbackId, fc.nat(70_000))
    .map(([id, position]) => ({ ...id, position })),
  'playback.seek_relative': playbackId.map((id) => ({ ...id, position: -5000 })),
}

const memberRpc = fc.oneof(
  ...Object.entries(memberParams).map(([method, params]) =>
    fc.record({
      do: fc.constant('rpc' as const),
      who,
      method: fc.constant(`video.member.${method}`),
      params: fc.tuple(params, target).map(([own, at]) => ({ ...own, ...at })),
    }),
  ),
)
const roomRpc = fc.oneof(
  ...Object.entries(roomParams).map(([method, params]) =>
    fc.record({ do: fc.constant('rpc' as const), who, method: fc.constant(`video.${method}`), params }),
  ),
)
const removeRpc = fc.record({
  do: fc.constant('rpc' as const),
  who,
  method: fc.constant('video.member.remove'),
  params: who.map((number) => ({ member_id: `p${number}` })),
})

const moves = {
  join: fc.record({
    do: fc.constant('join' as const),
    who,
    audience: fc.nat({ max: 3 }).map((number) => number === 0),
    muted: fc.boolean(),
    sendsVideo: fc.nat({ max: 3 }).map((number) => number > 0),
    removeAfter: fc.constantFrom(null, null, null, 2),
  }),
  leave: fc.record({ do: fc.constant('leave' as const), who }),
  rejoin: fc.record({
    do: fc.constant('rejoin' as const),
    who,
    sends: fc.constantFrom(null, { audio: true, video: true }, { audio: true, video: false }),
  }),
  share: fc.record({
    do: fc.constant('share' as const),
    who,
    kind: fc.constantFrom('screen' as const, 'device' as const),
    number: fc.nat({ max: 2 }),
    layout: fc.option(layoutName, { nil: undefined }),
  }),
  unshare: fc.record({ do: fc.constant('unshare' as const), number: fc.nat({ max: 2 }) }),
  mediaEnds: fc.record({
    do: fc.constant('mediaEnds' as const),
    number: objectNumber,
    error: fc.constantFrom(null, 'The disk is full'),
  }),
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 7, arbitrary: moves.join },
  { weight: 1, arbitrary: moves.leave },
  { weight: 2, arbitrary: moves.rejoin },
  { weight: 2, arbitrary: moves.share },
  { weight: 1, arbitrary: moves.unshare },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('talk' as const), who, on: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('sends' as const),
      who,
      audio: fc.boolean(),
      video: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 500, 1000, 1500) }),
  },
  { weight: 8, arbitrary: memberRpc },
  { weight: 5, arbitrary: roomRpc },
  { weight: 1, arbitrary: removeRpc },
  { weight: 1, arbitrary: moves.mediaEnds },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('streamTrouble' as const),
      number: objectNumber,
      trouble: fc.constantFrom(null, 'The server is away'),
    }),
  },
)
const rareStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 60, arbitrary: step },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('hangupAll' as const), who }) },
)

/** A room is worth watching once there are two in it, so every script begins with two joining. */
export const script: fc.Arbitrary<Step[]> = fc
  .array(rareStep, { minLength: 4, maxLength: 24 })
  .map((steps) => [joinStep(0), joinStep(1), ...steps])

const aFew = fc.nat({ max: 2 })
const rpcOf = (methods: Record<string, fc.Arbitrary<Record<string, unknown>>>) =>
  fc.oneof(
    ...Object.entries(methods).map(([method, params]) =>
      fc.record({
        do: fc.constant('rpc' as const),
        who: aFew,
        method: fc.constant(`video.${method}`),
        params,
      }),
    ),
  )
const oneOfThem = aFew.map((number) => ({ member_id: `p${number}` }))
const objects = Object.entries(roomParams).filter(([name]) => /^(recording|stream|playback)\./.test(name))

/** Much that takes its time, while people come and go and change their roles. */
export const racingScript: fc.Arbitrary<Step[]> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: rpcOf(Object.fromEntries(objects)) },
      {
        weight: 4,
        arbitrary: rpcOf({
          'recording.start': fc.constant({}),
          'stream.start': fc.constant({ url: 'rtmp://a.example/live/key' }),
          'playback.start': fc.record({ url: fc.constant('https://a.example/film.mp4'), layout: layoutName }),
        }),
      },
      { weight: 4, arbitrary: rpcOf({ 'member.promote': oneOfThem, 'member.demote': oneOfThem }) },
      {
        weight: 5,
        arbitrary: fc.record({ do: fc.constant('release' as const), number: fc.nat({ max: 3 }) }),
      },
      ...(['join', 'leave', 'rejoin', 'share', 'unshare', 'mediaEnds'] as const).map((name) => ({
        weight: 1,
        arbitrary: moves[name] as fc.Arbitrary<Step>,
      })),
    ),
    { minLength: 6, maxLength: 30 },
  )
  .map((steps) => [joinStep(0), joinStep(1), joinStep(2), ...steps])

const joinStep = (number: number): Step => ({
  do: 'join',
  who: number,
  audience: false,
  muted: false,
  sendsVideo: true,
  removeAfter: null,
})

export type Outcome = { ok: true } | { ok: false; code: string }

/** Carries out one step; refusals are reported, not thrown. */
export function perform(
  world: World,
  each: Step,
  permissions: readonly Permission[] = allPermissions,
): Outcome {
  if (each.do === 'pass') {
    world.pass(each.ms)
    return { ok: true }
  }
  if (each.do === 'release') {
    world.release(each.number)
    return { ok: true }
  }
  if (each.do === 'mediaEnds') {
    for (const type of ['recording', 'stream'] as const) {
      const outputId = `${type}${each.number}`
      if (world.outputs.delete(outputId)) {
        world.do({ type: 'outputEnded', outputId, durationMs: 5, error: each.error })
      }
    }
    const playbackId = `playback${each.number}`
    if (world.players.delete(playbackId)) {
      world.do({ type: 'playbackEnded', playbackId, positionMs: 5, error: each.error })
    }
    return { ok: true }
  }
  if (each.do === 'streamTrouble') {
    world.do({ type: 'streamConnection', streamId: `stream${each.number}`, trouble: each.trouble })
    return { ok: true }
  }
  const memberId = each.do === 'unshare' ? `child${each.number}` : `p${each.who}`
  const outcome = (() => {
    switch (each.do) {
      case 'join': {
        const joiner = makeJoiner({
          name: memberId,
          permissions,
          joinAs: each.audience ? 'audience' : 'member',
          audioMuted: each.muted,
          videoMuted: each.muted,
          removeAfterSeconds: each.removeAfter,
        })
        const { sendsVideo } = each
        return world.send({
          type: 'join',
          memberId,
          callId: `c${each.who}`,
          joiner,
          sendsAudio: true,
          sendsVideo,
        })
      }
      case 'leave':
      case 'unshare':
        return world.send({ type: 'leave', memberId })
      case 'rejoin':
        return world.send({ type: 'rejoin', memberId, callId: `again-${each.who}`, sends: each.sends })
      case 'share':
        return world.send({
          type: 'joinChild',
          memberId: `child${each.number}`,
          callId: `child-call${each.number}`,
          request: { kind: each.kind, parentId: memberId, layout: each.layout },
          sendsAudio: true,
          sendsVideo: each.number > 0,
        })
      case 'talk':
        return world.send({ type: 'talking', memberId, talking: each.on })
      case 'sends':
        return world.send({ type: 'sends', memberId, audio: each.audio, video: each.video })
      case 'hangupAll':
        return world.send({ type: 'hangupAll' }, { kind: 'member', memberId })
      case 'rpc':
        return world.send(
          {
            type: 'rpc',
            method: each.method,
            // Everybody holds the same, the promoted too.
            params: each.method.endsWith('.promote') ? { ...each.params, permissions } : each.params,
          },
          { kind: 'member', memberId },
        )
    }
  })()
  return outcome.ok ? { ok: true } : { ok: false, code: outcome.error.code }
}
