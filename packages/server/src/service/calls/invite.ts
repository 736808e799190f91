import { randomUUID } from 'node:crypto'
import { RoomError, type vertoInviteSchema } from '@roomful/protocol'
import type { z } from 'zod'
import { toLegOptions } from '../authorization.ts'
import { summarizeOffer, type OfferSummary } from '../offer.ts'
import { createLeg, Participant, type Leg } from '../Participant.ts'
import type { ParticipantSession } from '../ParticipantSession.ts'
import { updatePresence } from '../presence.ts'
import type { Reply } from '../Reply.ts'
import { forgetKnown, resync } from '../resync.ts'
import type { CallContext } from './CallContext.ts'
import { updateSends } from './sends.ts'

export type InviteParams = z.infer<typeof vertoInviteSchema>

/** A room that ends just while somebody joins is replaced by a new one; more often than this it is not chance. */
const joinAttempts = 3

type Invite = {
  context: CallContext
  session: ParticipantSession
  params: InviteParams
  offer: OfferSummary
  reply: Reply
}

/**
 * `verto.invite`: a first call, or another one of somebody who is in the room. A known call id with a known
 * DTLS fingerprint is a client that came back (resume), with a new fingerprint a page that was loaded anew or
 * was asked to begin again (reload). A new call id replaces the old call (swap).
 */
export async function invite(
  context: CallContext,
  session: ParticipantSession,
  params: InviteParams,
  reply: Reply,
): Promise<void> {
  refuseChildLeg(session, params)
  const call: Invite = { context, session, params, offer: summarizeOffer(params.sdp), reply }
  const participant = context.participantOf(session)
  if (participant === undefined) return join(call)
  const leg = participant.legs.get(params.dialogParams.callID)
  if (leg === undefined) return swap(call, participant)
  return answerAgain(call, participant, leg)
}

/** Screens and further devices are calls of their own beside the main one. */
function refuseChildLeg(session: ParticipantSession, { dialogParams }: InviteParams): void {
  if (!dialogParams.screenShare && !dialogParams.additionalDevice) return
  const permission = dialogParams.screenShare ? 'room.self.screenshare' : 'room.self.additional_source'
  if (!session.joiner.permissions.includes(permission)) throw new RoomError('permission_denied')
  const what = dialogParams.screenShare ? 'Screen shares' : 'Additional devices'
  throw new RoomError('media_unavailable', `${what} are not available on this server`)
}

async function join(call: Invite): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    if (await tryJoin(call)) return
    if (attempt === joinAttempts)
      throw new RoomError('conflict', 'The room ended while you joined; try again')
  }
}

/** False if the room ended meanwhile. */
async function tryJoin({ context, session, params, offer, reply }: Invite): Promise<boolean> {
  const host = context.openRoom(session)
  const { joiner } = session
  const callId = params.dialogParams.callID
  const memberId = randomUUID()
  const leg = createLeg(
    callId,
    offer.fingerprint,
    toLegOptions(session.authorization, memberId),
    context.clock.nowMs(),
  )
  let joined = false
  host.pendingJoins += 1
  try {
    // Refused before the SDP answer: after it the stock client waits for ever.
    const refusal = await host.run(() => host.core.checkJoin(joiner, context.clock.nowMs()))
    if (host.ended) return false
    if (refusal !== null) throw refusal
    const answer = await host.media.answer(leg.legId, params.sdp, leg.options)
    await host.run(() => {
      if (host.ended) return
      if (reply.settled || !session.connected) throw new RoomError('conflict', 'The client is gone')
      const sendsAudio = offer.sendsAudio && leg.options.audio.send
      const sendsVideo = offer.sendsVideo && leg.options.video.send
      const { effects } = host.command(
        { type: 'join', memberId, callId, joiner, sendsAudio, sendsVideo },
        { kind: 'member', memberId },
      )
      joined = true
      const participant = new Participant(host, memberId, session, leg)
      context.admit(participant)
      sendAnswer(session, reply, leg, memberId, answer.sdp)
      host.apply(effects)
      updatePresence(participant)
      host.logger.info({ memberId, joinAs: joiner.joinAs }, 'Member joined')
    })
    if (!joined) return false
    return true
  } finally {
    host.pendingJoins -= 1
    if (!joined) {
      host.media.closeLeg(leg.legId)
      host.disposeIfEmpty()
    }
  }
}

async function answerAgain(
  { context, session, params, offer, reply }: Invite,
  participant: Participant,
  leg: Leg,
): Promise<void> {
  const { host, memberId } = participant
  const isReload = leg.fingerprint !== offer.fingerprint
  const options = toLegOptions(session.authorization, memberId)
  const answer = await host.media.answer(leg.legId, params.sdp, options)
  await host.run(() => {
    requirePresent(participant, reply)
    participant.awaitsReinvite = false
    leg.fingerprint = offer.fingerprint
    leg.options = options
    if (isReload || leg.state === 'lost') {
      leg.state = 'connecting'
      leg.stateSinceMs = context.clock.nowMs()
    }
    sendAnswer(session, reply, leg, memberId, answer.sdp)
    host.refreshMedia(memberId)
    if (isReload) {
      forgetKnown(participant)
      const rejoined = host.command(
        { type: 'rejoin', memberId, callId: leg.callId },
        { kind: 'member', memberId },
      )
      host.apply(rejoined.effects)
    }
    updateSends(participant, offer)
    if (!isReload) resync(participant)
    updatePresence(participant)
    host.logger.info({ memberId, kind: isReload ? 'reload' : 'resume' }, 'Member is back')
  })
}

async function swap(
  { context, session, params, offer, reply }: Invite,
  participant: Participant,
): Promise<void> {
  const { host, memberId } = participant
  const callId = params.dialogParams.callID
  const options = toLegOptions(session.authorization, memberId)
  const leg = createLeg(callId, offer.fingerprint, options, context.clock.nowMs())
  let swapped = false
  try {
    const answer = await host.media.answer(leg.legId, params.sdp, options)
    await host.run(() => {
      requirePresent(participant, reply)
      swapped = true
      participant.awaitsReinvite = false
      // Only the call that is replaced now may still run until its bye comes.
      for (const old of participant.legs.values()) {
        if (old === participant.mainLeg) continue
        participant.legs.delete(old.callId)
        host.media.closeLeg(old.legId)
      }
      participant.legs.set(callId, leg)
      participant.mainLeg = leg
      forgetKnown(participant)
      sendAnswer(session, reply, leg, memberId, answer.sdp)
      host.refreshMedia(memberId)
      host.apply(host.command({ type: 'rejoin', memberId, callId }, { kind: 'member', memberId }).effects)
      updateSends(participant, offer)
      updatePresence(participant)
      host.logger.info({ memberId, kind: 'swap' }, 'Member has a new call')
    })
  } finally {
    if (!swapped) host.media.closeLeg(leg.legId)
  }
}

/** In the order the stock client needs: result, state, answer; `video.room.subscribed` only after it. */
function sendAnswer(
  session: ParticipantSession,
  reply: Reply,
  leg: Leg,
  memberId: string,
  sdp: string,
): void {
  reply.send({ message: 'CALL CREATED', callID: leg.callId, memberID: memberId })
  session.sendAuthorizationState()
  session.sendVerto({ method: 'verto.answer', params: { callID: leg.callId, sdp } })
}

function requirePresent(participant: Participant, reply: Reply): void {
  if (participant.left) throw new RoomError('call_not_found', 'The call ended while it was being answered')
  if (reply.settled) throw new RoomError('conflict', 'The answer came too late')
}
