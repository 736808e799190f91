import { command, memberOf } from './command.ts'
import type { CommandContext } from './command.ts'
import { memberParams } from './params.ts'
import { stopTalking } from '../talking.ts'

export const audioMute = command(memberParams, (context, { member_id }) =>
  setAudioMuted(context, member_id, true),
)
export const audioUnmute = command(memberParams, (context, { member_id }) =>
  setAudioMuted(context, member_id, false),
)

function setAudioMuted(
  context: CommandContext,
  memberId: string | null | undefined,
  audioMuted: boolean,
): void {
  const member = memberOf(context, memberId)
  if (member.audioMuted === audioMuted) return
  context.state.update(member, { audioMuted })
  if (audioMuted) stopTalking(context, member)
}

export const videoMute = command(memberParams, (context, { member_id }) =>
  setVideoMuted(context, member_id, true),
)
export const videoUnmute = command(memberParams, (context, { member_id }) =>
  setVideoMuted(context, member_id, false),
)

function setVideoMuted(
  context: CommandContext,
  memberId: string | null | undefined,
  videoMuted: boolean,
): void {
  const member = memberOf(context, memberId)
  if (member.videoMuted === videoMuted) return
  context.state.update(member, { videoMuted })
  // The stock client hides its local overlay only on a layout change, even if nothing moved.
  context.changes.tellLayout = true
}
