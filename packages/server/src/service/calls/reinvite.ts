import type { LegOptions } from '@roomful/media'
import { toLegOptions } from '../authorization.ts'
import { createLeg, type Leg, type Participant } from '../Participant.ts'
import { updatePresence } from '../presence.ts'
import { forgetKnown, resync } from '../resync.ts'
import { answerInRole, requirePresent, sendAnswer, sendsOf, type Invite } from './Invitation.ts'
import { updateSends } from './sends.ts'

/** The client came back, its page had never gone: it is told what it missed, never that it joined. */
export async function resume(call: Invite, participant: Participant, leg: Leg): Promise<void> {
  const { params, offer, reply } = call
  const { host, memberId } = participant
  const question = { legId: leg.legId, offerSdp: params.sdp, optionsNow: () => leg.options }
  await answerInRole(host, question, (sdp) => {
    requirePresent(participant, reply)
    markAnswered(participant, leg)
    sendAnswer(call, participant, leg, sdp)
    host.refreshMedia(memberId)
    if (leg === participant.mainLeg) updateSends(participant, offer)
    resync(participant)
    updatePresence(participant)
    host.logger.info({ memberId, kind: 'resume' }, 'Member is back')
  })
}

/** The page was loaded anew, or made a new connection because it was asked to: it is told everything. */
export async function reload(call: Invite, participant: Participant, leg: Leg): Promise<void> {
  const { params, offer, reply } = call
  const { host } = participant
  const question = { legId: leg.legId, offerSdp: params.sdp, optionsNow: () => roleOptions(participant) }
  await answerInRole(host, question, (sdp, options) => {
    requirePresent(participant, reply)
    // The page that shared them is gone; one that was only asked for a new connection still has them.
    if (!participant.awaitsReinvite) for (const child of participant.children) host.leave(child, null)
    leg.fingerprint = offer.fingerprint
    leg.options = options
    markAnswered(participant, leg, true)
    dropOtherLegs(participant, leg)
    beginAnew(call, participant, leg, sdp)
    host.logger.info({ memberId: participant.memberId, kind: 'reload' }, 'Member is back')
  })
}

/** A new call takes the place of the old one, which runs on until its bye: nobody misses a frame. */
export async function swap(call: Invite, participant: Participant): Promise<void> {
  const { context, params, offer, reply } = call
  const { host, memberId } = participant
  const callId = params.dialogParams.callID
  const leg = createLeg(callId, offer.fingerprint, roleOptions(participant), context.clock.nowMs())
  const question = { legId: leg.legId, offerSdp: params.sdp, optionsNow: () => roleOptions(participant) }
  let swapped = false
  try {
    await answerInRole(host, question, (sdp, options) => {
      requirePresent(participant, reply)
      swapped = true
      leg.options = options
      markAnswered(participant, leg)
      dropOtherLegs(participant, runningLeg(participant))
      participant.legs.set(callId, leg)
      beginAnew(call, participant, leg, sdp)
      host.logger.info({ memberId, kind: 'swap' }, 'Member has a new call')
    })
  } finally {
    if (!swapped) host.discardLeg(leg)
  }
}

/** The call of a screen or device: the room has nothing to tell about it. */
export async function resumeChild(call: Invite, child: Participant, leg: Leg): Promise<void> {
  const { params, offer, reply } = call
  const { host, memberId } = child
  const isNewConnection = leg.fingerprint !== offer.fingerprint
  const question = { legId: leg.legId, offerSdp: params.sdp, optionsNow: () => leg.options }
  await answerInRole(host, question, (sdp) => {
    requirePresent(child, reply)
    leg.fingerprint = offer.fingerprint
    markAnswered(child, leg, isNewConnection)
    sendAnswer(call, child, leg, sdp)
    host.refreshMedia(memberId)
    updateSends(child, offer)
    updatePresence(child)
    host.logger.info({ memberId, kind: 'child' }, 'Screen or device is back')
  })
}

/** What a call of the participant's present role may do. */
function roleOptions({ session, memberId }: Participant): LegOptions {
  return toLegOptions(session.authorization, memberId)
}

function markAnswered(participant: Participant, leg: Leg, isNewConnection = false): void {
  participant.awaitsReinvite = false
  if (!isNewConnection && leg.state !== 'lost') return
  leg.state = 'connecting'
  leg.stateSinceMs = participant.host.clock.nowMs()
}

/** The client begins anew with this call: in its role, off hold, and told everything. */
function beginAnew(call: Invite, participant: Participant, leg: Leg, sdp: string): void {
  const { host, memberId } = participant
  participant.mainLeg = leg
  participant.awaitsRoleCall = false
  participant.held = false
  forgetKnown(participant)
  const { effects } = host.command(
    { type: 'rejoin', memberId, callId: leg.callId, sends: sendsOf(call.offer, leg.options) },
    { kind: 'member', memberId },
  )
  sendAnswer(call, participant, leg, sdp)
  host.refreshMedia(memberId)
  host.apply(effects)
  updatePresence(participant)
}

/** What the client sees and hears now: an earlier call, if the one that took its place never connected. */
function runningLeg({ legs, mainLeg }: Participant): Leg {
  return [...legs.values()].findLast(({ state }) => state === 'active') ?? mainLeg
}

function dropOtherLegs(participant: Participant, kept: Leg): void {
  for (const old of participant.legs.values()) {
    if (old === kept) continue
    participant.legs.delete(old.callId)
    participant.host.media.closeLeg(old.legId)
  }
}
