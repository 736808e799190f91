import type { MemberId } from '@roomful/protocol'
import type { Recipients } from '../room/types.ts'
import type { Participant } from './Participant.ts'

/** Whose clients are told. Screens and devices have no client of their own. */
export function recipientsOf(
  participants: ReadonlyMap<MemberId, Participant>,
  recipients: Recipients,
): Participant[] {
  return named(participants, recipients).filter(({ parent }) => parent === null)
}

function named(participants: ReadonlyMap<MemberId, Participant>, recipients: Recipients): Participant[] {
  switch (recipients.to) {
    case 'everyone':
      return [...participants.values()]
    case 'member':
      return find(participants, [recipients.memberId])
    case 'others':
      return [...participants.values()].filter(({ memberId }) => memberId !== recipients.memberId)
    case 'some':
      return find(participants, recipients.memberIds)
  }
}

function find(participants: ReadonlyMap<MemberId, Participant>, ids: readonly MemberId[]): Participant[] {
  return ids.flatMap((id) => participants.get(id) ?? [])
}
