import { RoomError, type vertoInfoSchema } from '@roomful/protocol'
import type { z } from 'zod'
import type { ParticipantSession } from '../ParticipantSession.ts'
import type { Reply } from '../Reply.ts'
import type { CallContext } from './CallContext.ts'

export type InfoParams = z.infer<typeof vertoInfoSchema>

/** `verto.info`: DTMF digits. */
export async function info(
  context: CallContext,
  session: ParticipantSession,
  params: InfoParams,
  reply: Reply,
): Promise<void> {
  const participant = context.participantOf(session)
  if (participant?.findCall(params.dialogParams.callID) === undefined) {
    throw new RoomError('call_not_found', `There is no call ${params.dialogParams.callID} in this session`)
  }
  const { host, memberId } = participant
  await host.run(() => {
    if (params.dtmf !== undefined) {
      host.apply(host.command({ type: 'digits', digits: params.dtmf }, { kind: 'member', memberId }).effects)
    }
    reply.send({ message: 'INFO RECEIVED' })
  })
}
