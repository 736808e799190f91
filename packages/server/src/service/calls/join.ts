import { randomUUID } from 'node:crypto'
import { RoomError } from '@roomful/protocol'
import { toLegOptions } from '../authorization.ts'
import { createLeg, Participant } from '../Participant.ts'
import { updatePresence } from '../presence.ts'
import { sendAnswer, sendsOf, type Invite } from './Invitation.ts'

/** A room that ends just while somebody joins is replaced by a new one; more often than this it is not chance. */
const joinAttempts = 3

/** A first call: somebody new, or somebody who was in the room before and proved it. */
export async function join(call: Invite): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    if (await tryJoin(call)) return
    if (attempt === joinAttempts) {
      throw new RoomError('conflict', 'The room ended while you joined; try again')
    }
  }
}

/**
 * A page that does not know its call any more begins anew, as somebody new; who it was leaves. If somebody else
 * has taken the place meanwhile, or the room is locked, it stays out, as anybody would.
 */
export async function joinAgain(call: Invite, before: Participant): Promise<void> {
  const { host } = before
  await host.run(() => host.leave(before, 'NORMAL_CLEARING'))
  return join(call)
}

/** False if the room ended meanwhile, or somebody took the member id. */
async function tryJoin(call: Invite): Promise<boolean> {
  const { context, session, params, offer, reply } = call
  const host = await context.openRoom(session)
  const { joiner } = session
  // A copy of the page may have been faster: then this one is somebody else, in the same role.
  const { restorable } = session
  const isTaken = restorable !== null && host.core.typeOf(restorable.memberId) !== undefined
  const restored = isTaken ? undefined : restorable?.snapshot
  const memberId = restorable === null || isTaken ? randomUUID() : restorable.memberId
  const callId = params.dialogParams.callID
  const options = toLegOptions(session.authorization, memberId)
  const leg = createLeg(callId, offer.fingerprint, options, context.clock.nowMs())
  let joined = false
  host.pendingJoins += 1
  try {
    // Refused before the SDP answer: after it the stock client waits for ever.
    const refusal = await host.run(() => host.core.checkJoin(joiner, context.clock.nowMs(), restored))
    if (host.ended) return false
    if (refusal !== null) throw refusal
    const answer = await host.media.answer(leg.legId, params.sdp, leg.options)
    await host.run(async () => {
      if (host.ended || host.core.typeOf(memberId) !== undefined) return
      if (reply.settled || !session.connected) throw new RoomError('conflict', 'The client is gone')
      const { audio: sendsAudio, video: sendsVideo } = sendsOf(offer, leg.options)
      const { effects } = host.command(
        { type: 'join', memberId, callId, joiner, sendsAudio, sendsVideo, restored },
        { kind: 'member', memberId },
      )
      joined = true
      const participant = new Participant(host, memberId, session, leg)
      await context.admit(participant)
      sendAnswer(call, participant, leg, answer.sdp)
      host.apply(effects)
      updatePresence(participant)
      host.logger.info({ memberId, joinAs: joiner.joinAs, restored: restored !== undefined }, 'Member joined')
    })
    return joined
  } finally {
    host.pendingJoins -= 1
    if (!joined) {
      host.discardLeg(leg)
      host.disposeIfEmpty()
    }
  }
}
