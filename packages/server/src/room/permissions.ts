import type { MemberAction, MemberId, Permission } from '@roomful/protocol'

/** What a `video.*` method asks of its caller. */
export type PermissionRule =
  /** Everybody in the session may. */
  | { readonly kind: 'free' }
  /**
   * `room.self.X` for oneself and one's own screens and devices, `room.member.X` for anybody, for any X of
   * `actions`; or any permission of `also`.
   */
  | {
      readonly kind: 'member'
      readonly actions: readonly MemberAction[]
      readonly also?: readonly Permission[]
    }
  /** Any of these; with `positions` in the request, `forPositions` as well. */
  | { readonly kind: 'room'; readonly anyOf: readonly Permission[]; readonly forPositions?: Permission }

const free: PermissionRule = { kind: 'free' }
const onMember = (...actions: MemberAction[]): PermissionRule => ({ kind: 'member', actions })
const room = (...anyOf: Permission[]): PermissionRule => ({ kind: 'room', anyOf })
const memberMeta: PermissionRule = { kind: 'member', actions: ['set_meta'], also: ['room.set_meta'] }

/** The one table: method to what it asks for. */
export const methodPermissions = {
  'video.members.get': free,
  'video.get_meta': free,
  'video.member.get_meta': free,

  'video.member.audio_mute': onMember('audio_mute'),
  'video.member.audio_unmute': onMember('audio_unmute'),
  'video.member.video_mute': onMember('video_mute'),
  'video.member.video_unmute': onMember('video_unmute'),
  'video.member.deaf': onMember('deaf'),
  'video.member.undeaf': onMember('undeaf', 'deaf'),
  'video.member.set_input_volume': onMember('set_input_volume'),
  'video.member.set_output_volume': onMember('set_output_volume'),
  'video.member.set_input_sensitivity': onMember('set_input_sensitivity'),
  'video.member.set_position': onMember('set_position'),
  'video.member.raisehand': onMember('raisehand'),
  'video.member.lowerhand': onMember('lowerhand'),
  'video.member.set_meta': onMember('set_meta'),
  'video.member.update_meta': memberMeta,
  'video.member.delete_meta': memberMeta,
  'video.member.remove': room('room.member.remove'),
  'video.member.promote': room('room.member.promote'),
  'video.member.demote': room('room.member.demote'),

  'video.list_available_layouts': room('room.list_available_layouts'),
  'video.set_layout': { kind: 'room', anyOf: ['room.set_layout'], forPositions: 'room.set_position' },
  'video.set_position': room('room.set_position'),
  'video.hide_video_muted': room('room.hide_video_muted'),
  'video.show_video_muted': room('room.show_video_muted'),
  'video.lock': room('room.lock'),
  'video.unlock': room('room.unlock'),
  'video.prioritize_handraise': room('room.prioritize_handraise'),
  'video.set_meta': room('room.set_meta'),
  'video.update_meta': room('room.set_meta'),
  'video.delete_meta': room('room.set_meta'),

  'video.recording.start': room('room.recording'),
  'video.recording.list': room('room.recording'),
  'video.recording.pause': room('room.recording'),
  'video.recording.resume': room('room.recording'),
  'video.recording.stop': room('room.recording'),
  'video.playback.start': room('room.playback'),
  'video.playback.list': room('room.playback'),
  'video.playback.pause': room('room.playback'),
  'video.playback.resume': room('room.playback'),
  'video.playback.stop': room('room.playback'),
  'video.playback.set_volume': room('room.playback'),
  'video.playback.seek_absolute': room('room.playback', 'room.playback_seek'),
  'video.playback.seek_relative': room('room.playback', 'room.playback_seek'),
  'video.stream.start': room('room.stream', 'room.stream.start'),
  'video.stream.list': room('room.stream'),
  'video.stream.stop': room('room.stream'),
} as const satisfies Record<string, PermissionRule>

/** A request that a room knows. */
export type RoomMethod = keyof typeof methodPermissions

export type PermissionQuestion = {
  method: RoomMethod
  params: Readonly<Record<string, unknown>>
  callerId: MemberId
  held: ReadonlySet<Permission>
  /** Whether a member is a screen or device of the caller. Says no for members that do not exist. */
  isOwnChild: (memberId: string) => boolean
}

/** Whether the caller may do this. Does not tell whether the target exists. */
export function isPermitted({ method, params, callerId, held, isOwnChild }: PermissionQuestion): boolean {
  const rule: PermissionRule = methodPermissions[method]
  switch (rule.kind) {
    case 'free':
      return true
    case 'room':
      if (rule.forPositions && params['positions'] != null && !held.has(rule.forPositions)) return false
      return rule.anyOf.some((permission) => held.has(permission))
    case 'member': {
      const target = params['member_id'] ?? callerId
      const isSelf = target === callerId || (typeof target === 'string' && isOwnChild(target))
      return (
        rule.actions.some(
          (action) => held.has(`room.member.${action}`) || (isSelf && held.has(`room.self.${action}`)),
        ) || (rule.also ?? []).some((permission) => held.has(permission))
      )
    }
  }
}
