import type { OfferSummary } from '../offer.ts'
import type { Participant } from '../Participant.ts'
import { childSendsOf, sendsOf } from './Invitation.ts'

/** Tells the room whether the member sends sound and picture now. Only within `host.run`. */
export function updateSends(participant: Participant, offer: OfferSummary): void {
  const { host, memberId, mainLeg } = participant
  if (mainLeg.options.sourceId === null) return
  const ofOffer = participant.parent === null ? sendsOf : childSendsOf
  const { audio, video } = ofOffer(offer, mainLeg.options)
  host.apply(host.command({ type: 'sends', memberId, audio, video }).effects)
}
