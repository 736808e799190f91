import { hangupCauses, type vertoByeSchema } from '@roomful/protocol'
import type { z } from 'zod'
import type { Participant } from '../Participant.ts'
import type { ParticipantSession } from '../ParticipantSession.ts'
import type { Reply } from '../Reply.ts'
import type { CallContext } from './CallContext.ts'

export type ByeParams = z.infer<typeof vertoByeSchema>

/**
 * `verto.bye`: the main call's ends the membership, that of a call which was replaced only the call. For an
 * unknown call there is nothing to do, which is not an error: the server may have ended it already.
 */
export async function bye(
  context: CallContext,
  session: ParticipantSession,
  params: ByeParams,
  reply: Reply,
): Promise<void> {
  const callId = params.dialogParams.callID
  const rejectsAll =
    params.cause === 'REJECT_ALL' || String(params.causeCode) === String(hangupCauses.REJECT_ALL)
  const cause = rejectsAll ? 'REJECT_ALL' : 'NORMAL_CLEARING'
  const ended = { callID: callId, message: 'CALL ENDED', causeCode: hangupCauses[cause], cause }

  const participant = context.participantOf(session)
  const leg = participant?.legs.get(callId)
  if (participant === undefined || leg === undefined) {
    reply.send(ended)
    return
  }
  const { host } = participant
  await host.run(() => {
    reply.send(ended)
    if (participant.left) return
    if (leg !== participant.mainLeg) {
      participant.legs.delete(callId)
      host.media.closeLeg(leg.legId)
      return
    }
    host.logger.info({ memberId: participant.memberId, cause }, 'Member left')
    if (rejectsAll) hangupAll(participant)
    else host.leave(participant, null)
  })
}

/** The caller's own call ends whatever the room says to the others'. */
function hangupAll(participant: Participant): void {
  const { host, memberId } = participant
  host.remove(participant)
  const outcome = host.core.handle({ type: 'hangupAll' }, { kind: 'member', memberId }, host.clock.nowMs())
  if (outcome.ok) host.apply(outcome.effects)
  if (!host.ended && host.core.typeOf(memberId) !== undefined) {
    host.apply(host.command({ type: 'leave', memberId }).effects)
  }
}
