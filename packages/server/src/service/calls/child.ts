import { randomUUID } from 'node:crypto'
import { RoomError } from '@roomful/protocol'
import type { ChildRequest } from '../../room/types.ts'
import { toChildLegOptions } from '../authorization.ts'
import { createLeg, Participant } from '../Participant.ts'
import { updatePresence } from '../presence.ts'
import { childSendsOf, sendAnswer, type Invite } from './Invitation.ts'

/** Whether the invite is one of a screen or device; null for a main call. */
export function childKind({ dialogParams }: Invite['params']): ChildRequest['kind'] | null {
  if (dialogParams.screenShare === true) return 'screen'
  return dialogParams.additionalDevice === true ? 'device' : null
}

/**
 * A call beside the main one. Its owner is who has the session, whatever the client says of it; all that it can
 * be refused for is refused before the SDP answer.
 */
export async function joinChild(
  call: Invite,
  parent: Participant | undefined,
  kind: ChildRequest['kind'],
): Promise<void> {
  const { context, session, params, offer, reply } = call
  if (parent === undefined) {
    const what = kind === 'screen' ? 'share a screen' : 'add a device'
    throw new RoomError('conflict', `Join the room first, then ${what}`)
  }
  const { host } = parent
  const { layout, positions } = params
  const request: ChildRequest = { kind, parentId: parent.memberId, layout, positions }
  const memberId = randomUUID()
  const callId = params.dialogParams.callID
  const options = toChildLegOptions(session.authorization, memberId)
  const leg = createLeg(callId, offer.fingerprint, options, context.clock.nowMs())
  const sends = childSendsOf(offer, options)
  let joined = false
  try {
    const refusal = await host.run(() => host.core.checkJoinChild(request))
    if (refusal !== null) throw refusal
    if (!sends.audio && !sends.video) {
      throw new RoomError('permission_denied', 'You may not send any of the media that the call would send')
    }
    const answer = await host.media.answer(leg.legId, params.sdp, options)
    await host.run(async () => {
      if (parent.left)
        throw new RoomError('call_not_found', 'The main call ended while this one was answered')
      if (reply.settled || !session.connected) throw new RoomError('conflict', 'The client is gone')
      const { effects } = host.command(
        { type: 'joinChild', memberId, callId, request, sendsAudio: sends.audio, sendsVideo: sends.video },
        { kind: 'member', memberId: parent.memberId },
      )
      joined = true
      const child = new Participant(host, memberId, session, leg, parent)
      await context.admit(child)
      sendAnswer(call, child, leg, answer.sdp)
      host.apply(effects)
      updatePresence(child)
      host.logger.info({ memberId, kind, parentId: parent.memberId }, 'Screen or device joined')
    })
  } finally {
    if (!joined) host.discardLeg(leg)
  }
}
