import type { MemberUpdatedEvent, VideoMember } from '@roomful/protocol'
import { expectTypeOf, test } from 'vitest'
import type { RoomLeftEvent, RoomSessionEvents } from './events.ts'
import type { RoomSession } from './RoomSession.ts'

test('every event has its type, under all of its names', () => {
  type Argument<Name extends keyof RoomSessionEvents> = RoomSessionEvents[Name][0]
  expectTypeOf<Argument<'member.updated.audio_muted'>>().toEqualTypeOf<MemberUpdatedEvent>()
  expectTypeOf<Argument<'member.updated.audioMuted'>>().toEqualTypeOf<MemberUpdatedEvent>()
  expectTypeOf<Argument<'member.updated.inputSensitivity'>>().toEqualTypeOf<MemberUpdatedEvent>()
  expectTypeOf<Argument<'memberList.updated'>['members']>().toEqualTypeOf<VideoMember[]>()
  expectTypeOf<Argument<'room.left'>>().toEqualTypeOf<RoomLeftEvent>()
  expectTypeOf<Argument<'room.audienceCount'>>().toEqualTypeOf<Argument<'room.audience_count'>>()
  expectTypeOf<RoomSessionEvents['media.connected']>().toEqualTypeOf<[]>()
})

test('handlers and methods are typed', () => {
  const check = (room: RoomSession) => {
    room.on('member.talking', ({ member }) => expectTypeOf(member.talking).toEqualTypeOf<boolean>())
    room.once('layout.changed', ({ layout }) =>
      expectTypeOf(layout.layers[0]?.member_id).toEqualTypeOf<string | null | undefined>(),
    )
    // @ts-expect-error There is no such event.
    room.on('member.vanished', () => undefined)
    // @ts-expect-error The volume is a number.
    void room.setInputVolume({ volume: 'loud' })
    // @ts-expect-error Not a position.
    void room.setMemberPosition({ position: 'top-left' })
    expectTypeOf(room.join({ sendVideo: false })).resolves.toEqualTypeOf<RoomSession>()
    expectTypeOf(room.interactivityMode).toEqualTypeOf<'audience' | 'member'>()
  }
  expectTypeOf(check).toBeFunction()
})
