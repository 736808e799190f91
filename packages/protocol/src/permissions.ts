/** What one may do to one's own member (`room.self.X`) or to others (`room.member.X`). */
const memberActions = [
  'audio_mute',
  'audio_unmute',
  'video_mute',
  'video_unmute',
  'deaf',
  'undeaf',
  'set_input_volume',
  'set_output_volume',
  'set_input_sensitivity',
  'set_position',
  'set_meta',
  'raisehand',
  'lowerhand',
] as const
export type MemberAction = (typeof memberActions)[number]

const selfOnly = ['room.self.screenshare', 'room.self.additional_source'] as const
const memberOnly = ['room.member.remove', 'room.member.promote', 'room.member.demote'] as const
const roomOnly = [
  'room.hide_video_muted',
  'room.show_video_muted',
  'room.list_available_layouts',
  'room.set_layout',
  'room.set_position',
  'room.set_meta',
  'room.lock',
  'room.unlock',
  'room.prioritize_handraise',
  'room.recording',
  'room.playback',
  'room.playback_seek',
  'room.stream',
  'room.stream.start',
] as const

export type Permission =
  | `room.self.${MemberAction}`
  | `room.member.${MemberAction}`
  | (typeof selfOnly)[number]
  | (typeof memberOnly)[number]
  | (typeof roomOnly)[number]

export const allPermissions: readonly Permission[] = [
  ...memberActions.map((action) => `room.self.${action}` as const),
  ...selfOnly,
  ...memberActions.map((action) => `room.member.${action}` as const),
  ...memberOnly,
  ...roomOnly,
]

/** Given to a token that names no permissions. An empty list means none. */
export const defaultPermissions: readonly Permission[] = [
  'room.self.audio_mute',
  'room.self.audio_unmute',
  'room.self.video_mute',
  'room.self.video_unmute',
  'room.self.deaf',
  'room.self.undeaf',
  'room.self.set_input_volume',
  'room.self.set_output_volume',
  'room.self.set_input_sensitivity',
  'room.self.screenshare',
  'room.self.additional_source',
]

/** Spellings that the original's pages use beside the ones of its enum. */
export const permissionAliases: Readonly<Record<string, Permission>> = {
  'video.member.raisehand': 'room.self.raisehand',
  'video.member.lowerhand': 'room.self.lowerhand',
  'video.prioritize_handraise': 'room.prioritize_handraise',
  'room.playback.seek': 'room.playback_seek',
}

const known = new Set<string>(allPermissions)

/** The permission that a string names, or undefined if it names none. */
export function toPermission(name: string): Permission | undefined {
  if (known.has(name)) return name as Permission
  return Object.hasOwn(permissionAliases, name) ? permissionAliases[name] : undefined
}
