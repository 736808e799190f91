import type {
  CallId,
  LayoutName,
  MemberId,
  Meta,
  RoomSessionId,
  VideoMember,
  VideoRoomSession,
} from '@roomful/protocol'
import { RoomError } from '@roomful/protocol'
import { Floor } from './layouts/Floor.ts'
import { arrange } from './layouts/LayoutEngine.ts'
import type { Arrangement } from './layouts/LayoutEngine.ts'
import { Member } from './Member.ts'
import type { MemberPatch } from './Member.ts'
import type { Joiner, RoomSettings } from './types.ts'

/** Settings of the running session that commands may change. */
export type RoomFlags = {
  layoutName: LayoutName
  locked: boolean
  hideVideoMuted: boolean
  prioritizeHandraise: boolean
  meta: Meta
}

/** What the places of members depend on. */
const layoutKeys: ReadonlySet<string> = new Set<keyof RoomFlags | keyof MemberPatch>([
  'layoutName',
  'hideVideoMuted',
  'prioritizeHandraise',
  'videoMuted',
  'sendsVideo',
  'requestedPosition',
  'raisedOrder',
])

/** What a session holds. It knows how to keep itself consistent, nothing of effects or permissions. */
export class RoomState {
  readonly roomSessionId: RoomSessionId
  readonly settings: RoomSettings
  /** In the order they joined. */
  readonly members = new Map<MemberId, Member>()
  readonly audience = new Map<MemberId, Member>()
  readonly floor = new Floor()
  /** Participants changed by the present command. */
  readonly touched = new Set<Member>()
  flags: RoomFlags
  arrangement: Arrangement
  /** Whether somebody has joined: a session without anybody has not begun. */
  started = false
  ended = false
  private layoutStale = false
  private nextOrder = 1

  constructor(roomSessionId: RoomSessionId, settings: RoomSettings) {
    this.roomSessionId = roomSessionId
    this.settings = settings
    this.flags = {
      layoutName: settings.layout,
      locked: false,
      hideVideoMuted: false,
      prioritizeHandraise: settings.prioritizeHandraise,
      meta: settings.meta,
    }
    this.arrangement = this.arrange(null)
  }

  get participantCount(): number {
    return this.members.size + this.audience.size
  }

  find(memberId: string): Member | undefined {
    return this.members.get(memberId) ?? this.audience.get(memberId)
  }

  get(memberId: string): Member {
    const found = this.find(memberId)
    if (!found) throw new RoomError('member_not_found')
    return found
  }

  *participants(): Generator<Member> {
    yield* this.members.values()
    yield* this.audience.values()
  }

  add(options: {
    id: MemberId
    callId: CallId
    joiner: Joiner
    sendsAudio: boolean
    sendsVideo: boolean
    nowMs: number
  }): Member {
    const member = new Member({ ...options, removeAtMs: this.removeAtMs(options.joiner, options.nowMs) })
    this.listOf(member).set(member.id, member)
    this.touched.add(member)
    this.layoutStale = true
    return member
  }

  remove(member: Member): void {
    this.listOf(member).delete(member.id)
    this.touched.delete(member)
    this.layoutStale = true
  }

  update(member: Member, patch: MemberPatch): void {
    Object.assign(member, patch)
    this.touched.add(member)
    if (Object.keys(patch).some((key) => layoutKeys.has(key))) this.layoutStale = true
  }

  updateFlags(patch: Partial<RoomFlags>): void {
    this.flags = { ...this.flags, ...patch }
    if (Object.keys(patch).some((key) => layoutKeys.has(key))) this.layoutStale = true
  }

  /** A number greater than any before: says who was first. */
  takeOrder(): number {
    return this.nextOrder++
  }

  /** Brings floor, layout and the members' places up to date. */
  settle(nowMs: number): void {
    const { holderId } = this.floor
    this.floor.update(this.shownMembers(), nowMs)
    if (!this.layoutStale && holderId === this.floor.holderId) return
    this.layoutStale = false
    this.arrangement = this.arrange(this.arrangement)
    for (const member of this.members.values()) {
      const currentPosition = this.arrangement.positions.get(member.id) ?? 'off-canvas'
      const visible = currentPosition !== 'off-canvas' && member.hasPicture
      if (member.currentPosition === currentPosition && member.visible === visible) continue
      Object.assign(member, { currentPosition, visible })
      this.touched.add(member)
    }
  }

  /** Members that may be on the canvas, in the order they joined. */
  shownMembers(): Member[] {
    return [...this.members.values()].filter(
      (member) =>
        member.requestedPosition !== 'off-canvas' && !(this.flags.hideVideoMuted && !member.hasPicture),
    )
  }

  memberView(member: Member): VideoMember {
    return member.view(this.settings.roomId, this.roomSessionId)
  }

  /** The `room_session` object of events. */
  view(): VideoRoomSession {
    const { settings, flags, roomSessionId } = this
    return {
      id: roomSessionId,
      room_session_id: roomSessionId,
      room_id: settings.roomId,
      project_id: settings.projectId,
      event_channel: `room.${roomSessionId}`,
      name: settings.name,
      display_name: settings.displayName,
      recording: false,
      streaming: false,
      hide_video_muted: flags.hideVideoMuted,
      locked: flags.locked,
      prioritize_handraise: flags.prioritizeHandraise,
      layout_name: flags.layoutName,
      meta: flags.meta,
      logos_visible: true,
      blind_mode: false,
      silent_mode: false,
      meeting_mode: false,
      audience_count: this.audience.size,
      members: Array.from(this.members.values(), (member) => this.memberView(member)),
      recordings: [],
      playbacks: [],
      streams: [],
    }
  }

  private arrange(previous: Arrangement | null): Arrangement {
    return arrange({
      layout: this.flags.layoutName,
      tenants: this.shownMembers(),
      floorHolderId: this.floor.holderId,
      prioritizeHandraise: this.flags.prioritizeHandraise,
      previous,
    })
  }

  private listOf(member: Member): Map<MemberId, Member> {
    return member.isAudience ? this.audience : this.members
  }

  /** The earliest of all limits, the room's and the token's. */
  private removeAtMs(joiner: Joiner, joinedAtMs: number): number | null {
    const limits = [this.settings, joiner].flatMap(({ removeAtMs, removeAfterSeconds }) => [
      removeAtMs,
      removeAfterSeconds === null ? null : joinedAtMs + removeAfterSeconds * 1000,
    ])
    const set = limits.filter((limit): limit is number => limit !== null)
    return set.length === 0 ? null : Math.min(...set)
  }
}
