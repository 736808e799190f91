import type { MemberEvent, VideoMember } from '@roomful/protocol'
import { RoomSessionError } from '../errors.ts'
import { within } from '../rtc/async.ts'
import type { ChildConnection } from './ChildConnection.ts'
import { Deferred } from './Deferred.ts'
import type { MemberList } from './MemberList.ts'

/** How long the server may take from its answer to the `member.joined` of the child. */
const joinedTimeoutMs = 10_000

/** The screens and devices of one participant, and which member of the room each of them is. */
export class Children {
  readonly #members: MemberList
  readonly #parentId: () => string
  readonly #all = new Set<ChildConnection>()
  readonly #waiting = new Map<ChildConnection, Deferred<VideoMember>>()

  constructor(members: MemberList, parentId: () => string) {
    this.#members = members
    this.#parentId = parentId
  }

  get all(): readonly ChildConnection[] {
    return [...this.#all]
  }

  add(child: ChildConnection): void {
    this.#all.add(child)
  }

  remove(child: ChildConnection): void {
    this.#all.delete(child)
    const message = 'The call ended before it had joined the room.'
    this.#waiting.get(child)?.reject(new RoomSessionError('aborted', message))
    this.#waiting.delete(child)
  }

  /** Resolves with the member that `child` is, once the room has it; its call has been answered before. */
  async whenJoined(child: ChildConnection): Promise<VideoMember> {
    const joined = new Deferred<VideoMember>()
    joined.promise.catch(() => undefined)
    this.#waiting.set(child, joined)
    const present = this.#members.all.find((member) => this.#isMemberOf(child, member))
    if (present) joined.resolve(present)
    const late = () =>
      new RoomSessionError(
        'call_setup_timeout',
        `The room did not show the ${child.type} as a member within ${joinedTimeoutMs / 1000} s.`,
      )
    try {
      return await within(joined.promise, joinedTimeoutMs, late)
    } finally {
      if (this.#waiting.get(child) === joined) this.#waiting.delete(child)
    }
  }

  onMemberJoined({ member }: MemberEvent): void {
    for (const [child, joined] of this.#waiting) {
      if (!this.#isMemberOf(child, member)) continue
      this.#waiting.delete(child)
      return joined.resolve(member)
    }
  }

  onMemberUpdated({ member }: MemberEvent): void {
    this.#find(member.id)?.followMutes(member)
  }

  /** A moderator, or the server, has taken it out of the room. */
  onMemberLeft({ member }: MemberEvent): void {
    const child = this.#find(member.id)
    if (child && !this.#waiting.has(child)) child.end({})
  }

  /** Hangs up all of them, without waiting for the server. */
  endAll(): void {
    for (const child of this.all) void child.leave()
  }

  /** Releases all of them without a word to the server. */
  closeAll(): void {
    for (const child of this.all) child.end({})
  }

  #find(memberId: string): ChildConnection | undefined {
    return this.all.find((child) => child.memberId === memberId)
  }

  /**
   * The reply to the invite names the member. A server that does not name it has its children told apart by
   * their type and by which of them are taken already.
   */
  #isMemberOf(child: ChildConnection, member: VideoMember): boolean {
    if (member.parent_id !== this.#parentId()) return false
    const named = child.call.leg.memberId
    if (named !== undefined) return member.id === named
    return member.type === child.type && this.#find(member.id) === undefined
  }
}
