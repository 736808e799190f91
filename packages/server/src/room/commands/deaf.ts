import { stopTalking } from '../talking.ts'
import { command, targetOf } from './command.ts'
import type { CommandContext } from './command.ts'
import { memberParams } from './params.ts'

export const deaf = command(memberParams, (context, { member_id }) => setDeaf(context, member_id, true))
export const undeaf = command(memberParams, (context, { member_id }) => setDeaf(context, member_id, false))

/** The microphone goes with it, whatever permissions there are: so the original documents it. */
function setDeaf(context: CommandContext, memberId: string | null | undefined, isDeaf: boolean): void {
  const participant = targetOf(context, memberId)
  if (participant.deaf === isDeaf) return
  if (participant.isAudience) {
    context.state.update(participant, { deaf: isDeaf })
    return
  }
  context.state.update(participant, { deaf: isDeaf, audioMuted: isDeaf })
  if (isDeaf) stopTalking(context, participant)
}
