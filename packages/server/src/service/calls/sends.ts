import type { OfferSummary } from '../offer.ts'
import type { Participant } from '../Participant.ts'

/** Tells the room whether the member sends sound and picture now. Only within `host.run`. */
export function updateSends(participant: Participant, offer: OfferSummary): void {
  const { host, memberId, mainLeg } = participant
  if (mainLeg.options.sourceId === null) return
  const audio = offer.sendsAudio && mainLeg.options.audio.send
  const video = offer.sendsVideo && mainLeg.options.video.send
  host.apply(host.command({ type: 'sends', memberId, audio, video }).effects)
}
