import { RoomError, type vertoModifySchema } from '@roomful/protocol'
import type { z } from 'zod'
import { summarizeOffer } from '../offer.ts'
import type { Participant } from '../Participant.ts'
import { updatePresence } from '../presence.ts'
import type { ParticipantSession } from '../ParticipantSession.ts'
import type { Reply } from '../Reply.ts'
import type { CallContext } from './CallContext.ts'
import { answerInRole } from './Invitation.ts'
import { updateSends } from './sends.ts'

export type ModifyParams = z.infer<typeof vertoModifySchema>

/** `verto.modify`: renegotiation and ICE restart of a running call, hold and unhold. */
export async function modify(
  context: CallContext,
  session: ParticipantSession,
  params: ModifyParams,
  reply: Reply,
): Promise<void> {
  const callId = params.dialogParams.callID
  const call = context.participantOf(session)?.findCall(callId)
  if (call === undefined) {
    throw new RoomError('call_not_found', `There is no call ${callId} in this session`)
  }
  const { owner: participant, leg } = call
  const { host, memberId } = participant
  if (params.action !== 'updateMedia') {
    const held = params.action === 'toggleHold' ? !participant.held : params.action === 'hold'
    await host.run(() => {
      setHeld(participant, held)
      reply.send({ action: params.action, callID: callId, holdState: holdState(participant) })
    })
    return
  }
  if (params.sdp === undefined) throw new RoomError('invalid_params', 'updateMedia needs an offer in "sdp"')
  const offer = summarizeOffer(params.sdp)
  const question = { legId: leg.legId, offerSdp: params.sdp, optionsNow: () => leg.options }
  await answerInRole(host, question, (sdp) => {
    if (participant.left) throw new RoomError('call_not_found', 'The call ended while it was being answered')
    leg.fingerprint = offer.fingerprint
    leg.answerSdp = sdp
    reply.send({ action: params.action, callID: callId, holdState: holdState(participant), sdp })
    if (leg !== participant.mainLeg) return
    if (leg.state === 'lost') {
      // An ICE restart: the client has another address now.
      leg.state = 'connecting'
      leg.stateSinceMs = context.clock.nowMs()
      updatePresence(participant)
    }
    // The process that answered may not be the one that knew the call.
    host.refreshMedia(memberId)
    updateSends(participant, offer)
  })
}

function setHeld(participant: Participant, held: boolean): void {
  if (participant.left || participant.held === held) return
  participant.held = held
  participant.host.refreshMedia(participant.memberId)
}

function holdState(participant: Participant): 'held' | 'active' {
  return participant.held ? 'held' : 'active'
}
