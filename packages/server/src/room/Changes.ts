import type { HangupCause, MemberId } from '@roomful/protocol'
import type { Member } from './Member.ts'
import type { Playback } from './Playback.ts'
import type { Recording } from './Recording.ts'
import type { Stream } from './Stream.ts'
import type { Effect, MediaTask, Role } from './types.ts'

export type Hangup = { memberId: MemberId; cause: HangupCause }

/** Something to be told of a recording, stream or playback. */
export type ObjectChange =
  | { type: `video.recording.${'started' | 'updated' | 'ended'}`; recording: Recording }
  | { type: `video.stream.${'started' | 'updated' | 'ended'}`; stream: Stream }
  | { type: `video.playback.${'started' | 'updated' | 'ended'}`; playback: Playback }

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
  readonly objects: ObjectChange[] = []
  /** Besides what follows from the members and the layout. */
  readonly media: Extract<Effect, { kind: `media.${string}` }>[] = []
  readonly tasks: MediaTask[] = []
  /** Send the layout even if it is as it was. */
  tellLayout = false
  /** The session is over; everybody is gone. */
  ended = false
}
