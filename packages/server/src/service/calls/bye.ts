import { hangupCauses, type vertoByeSchema } from '@roomful/protocol'
import type { z } from 'zod'
import type { Leg, Participant } from '../Participant.ts'
import type { ParticipantSession } from '../ParticipantSession.ts'
import { updatePresence } from '../presence.ts'
import type { Reply } from '../Reply.ts'
import type { CallContext } from './CallContext.ts'

export type ByeParams = z.infer<typeof vertoByeSchema>

/**
 * `verto.bye`: the main call's ends the membership, that of a call which was replaced only the call, that of a
 * screen or device its part in the room. For an unknown call there is nothing to do, which is not an error: the server may have ended it already.
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

  const call = context.participantOf(session)?.findCall(callId)
  if (call === undefined) {
    reply.send(ended)
    return
  }
  const { owner: participant, leg } = call
  const { host } = participant
  await host.run(() => {
    reply.send(ended)
    if (participant.left) return
    const other = [...participant.legs.values()].find((each) => each !== leg && each.state !== 'lost')
    if (leg !== participant.mainLeg || (other !== undefined && !rejectsAll)) {
      participant.legs.delete(callId)
      host.media.closeLeg(leg.legId)
      // A client that gives up its new call goes on with the old one, which it has not hung up.
      if (leg === participant.mainLeg && other !== undefined) fallBack(participant, other)
      return
    }
    host.logger.info({ memberId: participant.memberId, cause }, 'Member left')
    if (rejectsAll && participant.parent === null) hangupAll(participant)
    else host.leave(participant, null)
  })
}

/** The earlier call is the one that counts again; it may have been one of the audience. */
function fallBack(participant: Participant, leg: Leg): void {
  const { host, memberId } = participant
  participant.mainLeg = leg
  updatePresence(participant)
  if (leg.options.sourceId !== null) return
  host.apply(host.command({ type: 'sends', memberId, audio: false, video: false }).effects)
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
