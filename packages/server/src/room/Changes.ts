import type { HangupCause, MemberId } from '@roomful/protocol'
import type { Member } from './Member.ts'
import type { Role } from './types.ts'

export type Hangup = { memberId: MemberId; cause: HangupCause }

/**
 * What one command did that cannot be seen by comparing the state before and after. `Publisher` makes effects
 * of it, always in the same order.
 */
export class Changes {
  joined: Member | null = null
  /** Is to be told everything anew. */
  rejoined: Member | null = null
  /** Was in the audience and is a member now. To be told everything anew. */
  entered: Member | null = null
  /** Was a member and is in the audience now. */
  withdrawn: Member | null = null
  /** Whose client is to be told of a new role. */
  readonly roles: { memberId: MemberId; role: Role }[] = []
  readonly left: Member[] = []
  readonly hangups: Hangup[] = []
  readonly talking: Member[] = []
  readonly digits: { memberId: MemberId; digits: string }[] = []
  /** Send the layout even if it is as it was. */
  tellLayout = false
  /** The session is over; everybody is gone. */
  ended = false
}
