import { isDeepStrictEqual } from 'node:util'
import type { LegOptions } from '@roomful/media'
import { RoomError, type vertoInviteSchema } from '@roomful/protocol'
import type { z } from 'zod'
import type { OfferSummary } from '../offer.ts'
import type { Leg, Participant } from '../Participant.ts'
import type { ParticipantSession } from '../ParticipantSession.ts'
import type { Reply } from '../Reply.ts'
import { sendState } from '../restoring.ts'
import type { RoomHost } from '../RoomHost.ts'
import type { CallContext } from './CallContext.ts'

/** A `verto.invite` that is being answered. */
export type Invite = {
  context: CallContext
  session: ParticipantSession
  params: z.infer<typeof vertoInviteSchema>
  offer: OfferSummary
  reply: Reply
}

/** Roles change by a person's hand: more often than this during one answer is not chance. */
const answerAttempts = 3

/**
 * Has an offer answered and then, in its turn, `accept`ed by the room. If what the call may do has changed while
 * the media answered, the answer is worth nothing and is made again.
 */
export async function answerInRole(
  host: RoomHost,
  { legId, offerSdp, optionsNow }: { legId: string; offerSdp: string; optionsNow: () => LegOptions },
  accept: (answerSdp: string, options: LegOptions) => void,
): Promise<void> {
  for (let attempt = 0; attempt < answerAttempts; attempt++) {
    const options = optionsNow()
    const answer = await host.media.answer(legId, offerSdp, options)
    const isAccepted = await host.run(() => {
      if (!isDeepStrictEqual(options, optionsNow())) return false
      accept(answer.sdp, options)
      return true
    })
    if (isAccepted) return
  }
  throw new RoomError('conflict', 'Your role changed again and again while the call was answered; try again')
}

/** In the order the stock client needs: result, state, answer; `video.room.subscribed` only after it. */
export function sendAnswer({ reply }: Invite, participant: Participant, leg: Leg, sdp: string): void {
  reply.send({ message: 'CALL CREATED', callID: leg.callId, memberID: participant.memberId })
  sendState(participant.parent ?? participant)
  leg.answerSdp = sdp
  participant.session.sendVerto({ method: 'verto.answer', params: { callID: leg.callId, sdp } })
}

export function requirePresent(participant: Participant, reply: Reply): void {
  if (participant.left) throw new RoomError('call_not_found', 'The call ended while it was being answered')
  if (reply.settled) throw new RoomError('conflict', 'The answer came too late')
}

/** What the offer sends of what the call may send. */
export function sendsOf(
  offer: OfferSummary,
  { audio, video }: LegOptions,
): { audio: boolean; video: boolean } {
  return { audio: offer.sendsAudio && audio.send, video: offer.sendsVideo && video.send }
}

/** The same for a screen or device, which is nothing but its tracks. */
export function childSendsOf({ tracks }: OfferSummary, { audio, video }: LegOptions): OfferSummary['tracks'] {
  return { audio: tracks.audio && audio.send, video: tracks.video && video.send }
}
