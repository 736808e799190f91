import type { vertoInviteSchema } from '@roomful/protocol'
import type { z } from 'zod'
import { summarizeOffer } from '../offer.ts'
import type { ParticipantSession } from '../ParticipantSession.ts'
import type { Reply } from '../Reply.ts'
import type { CallContext } from './CallContext.ts'
import { childKind, joinChild } from './child.ts'
import type { Invite } from './Invitation.ts'
import { join, joinAgain } from './join.ts'
import { resumeChild, reload, resume, swap } from './reinvite.ts'

export type InviteParams = z.infer<typeof vertoInviteSchema>

/**
 * `verto.invite`: a first call, or another one of somebody who is in the room. A known call id with a known
 * DTLS fingerprint is a client that came back (resume), with a new fingerprint a page that was loaded anew or
 * was asked to begin again (reload). A new call id replaces the main call (swap) if the client was asked for one,
 * by a promotion for instance; it may be one of a screen or device; else it is somebody new.
 */
export async function invite(
  context: CallContext,
  session: ParticipantSession,
  params: InviteParams,
  reply: Reply,
): Promise<void> {
  const call: Invite = { context, session, params, offer: summarizeOffer(params.sdp), reply }
  const participant = context.participantOf(session)
  const known = participant?.findCall(params.dialogParams.callID)
  if (participant === undefined || known === undefined) {
    const kind = childKind(params)
    if (kind !== null) return joinChild(call, participant, kind)
    if (participant === undefined) return join(call)
    if (participant.awaitsRoleCall || participant.awaitsReinvite) return swap(call, participant)
    return joinAgain(call, participant)
  }
  participant.resumesMedia = false
  if (known.owner !== participant) return resumeChild(call, known.owner, known.leg)
  return known.leg.fingerprint === call.offer.fingerprint
    ? resume(call, participant, known.leg)
    : reload(call, participant, known.leg)
}
