import type { CallId, LayoutName, MemberId, Meta, RoomSessionId, VideoMember } from '@roomful/protocol'
import { RoomError } from '@roomful/protocol'
import { BorrowedLayout } from './layouts/BorrowedLayout.ts'
import { Floor } from './layouts/Floor.ts'
import { arrange } from './layouts/LayoutEngine.ts'
import type { Arrangement } from './layouts/LayoutEngine.ts'
import { Ledger } from './Ledger.ts'
import { Member } from './Member.ts'
import type { MemberPatch } from './Member.ts'
import type { Playback } from './Playback.ts'
import type { Recording } from './Recording.ts'
import type { Stream } from './Stream.ts'
import type { ChildRequest, InRoom, Joiner, LastingState, Role, RoomSettings, Snapshot } from './types.ts'

/** Settings of the running session that commands may change. */
export type RoomFlags = {
  layoutName: LayoutName
  recording: boolean
  streaming: boolean
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

/** Screens and devices have no token of their own: their owner's permissions count for them. */
const childJoiner: Joiner = {
  name: '',
  joinAs: 'member',
  mediaAllowed: 'all',
  permissions: [],
  meta: {},
  audioMuted: false,
  videoMuted: false,
  endRoomSessionOnLeave: false,
  joinFromMs: null,
  joinUntilMs: null,
  removeAtMs: null,
  removeAfterSeconds: null,
}

/** What a session holds. It knows how to keep itself consistent, nothing of effects or permissions. */
export class RoomState {
  readonly roomSessionId: RoomSessionId
  readonly settings: RoomSettings
  /** Where previews of the picture are; null: there are none. */
  readonly previewUrl: string | null
  /** In the order they joined. */
  readonly members = new Map<MemberId, Member>()
  readonly audience = new Map<MemberId, Member>()
  readonly floor = new Floor()
  /** Participants changed by the present command. */
  readonly touched = new Set<Member>()
  readonly recordings = new Ledger<Recording>()
  readonly streams = new Ledger<Stream>()
  readonly playbacks = new Ledger<Playback>()
  flags: RoomFlags
  arrangement: Arrangement
  /** Whether somebody has joined: a session without anybody has not begun. */
  started = false
  ended = false
  private readonly borrowedLayout = new BorrowedLayout()
  private layoutStale = false
  private nextOrder = 1

  constructor(roomSessionId: RoomSessionId, settings: RoomSettings, previewUrl: string | null) {
    this.roomSessionId = roomSessionId
    this.previewUrl = previewUrl
    this.settings = settings
    this.flags = {
      layoutName: settings.layout,
      recording: false,
      streaming: false,
      locked: false,
      hideVideoMuted: false,
      prioritizeHandraise: settings.prioritizeHandraise,
      meta: settings.meta,
      ...settings.resumes,
    }
    this.arrangement = this.arrange(null)
  }

  get participantCount(): number {
    return this.members.size + this.audience.size
  }

  /** Places of `maxMembers` that are taken: by people, also by such as are about to be promoted. */
  get takenPlaces(): number {
    let taken = 0
    for (const member of this.members.values()) if (member.type === 'member') taken += 1
    for (const participant of this.audience.values()) if (participant.promotion !== null) taken += 1
    return taken
  }

  /** Screens and devices of a member. */
  childrenOf(parentId: MemberId): Member[] {
    return [...this.members.values()].filter((member) => member.parentId === parentId)
  }

  find(memberId: string): Member | undefined {
    return this.members.get(memberId) ?? this.audience.get(memberId)
  }

  get(memberId: string): Member {
    const found = this.find(memberId)
    if (found) return found
    const named = JSON.stringify(memberId.slice(0, 50))
    throw new RoomError(
      'member_not_found',
      `Member not found: nobody in the room has the id ${named}; getMembers() lists the ids there are`,
    )
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
    restored?: Snapshot | undefined
  }): Member {
    const { restored, joiner, nowMs } = options
    const removeAtMs = restored ? restored.removeAtMs : this.removeAtMs(joiner, nowMs)
    const { joinVideoMuted } = this.settings
    // Who comes back is what it was.
    const videoMuted = joiner.videoMuted || (joinVideoMuted && !restored && joiner.joinAs === 'member')
    const member = this.enlist(new Member({ ...options, joiner: { ...joiner, videoMuted }, removeAtMs }))
    if (restored) this.restore(member, restored)
    return member
  }

  addChild(options: {
    id: MemberId
    callId: CallId
    name: string
    request: ChildRequest
    sendsAudio: boolean
    sendsVideo: boolean
  }): Member {
    const { name, request } = options
    return this.enlist(
      new Member({ ...options, joiner: { ...childJoiner, name }, child: request, removeAtMs: null }),
    )
  }

  /** Moves a participant to the list that its new role belongs to. */
  changeRole(member: Member, role: Role): void {
    this.listOf(member).delete(member.id)
    const isAudience = role.joinAs === 'audience'
    Object.assign(member, {
      type: role.joinAs,
      permissions: new Set(isAudience ? [] : role.permissions),
      mediaAllowed: role.mediaAllowed,
      promoted: role.promoted,
      promotion: null,
      meta: role.meta,
      audioMuted: role.audioMuted || member.deaf,
      videoMuted: role.videoMuted,
      // Hand, place and voice were the old role's.
      raisedOrder: null,
      requestedPosition: 'auto',
      currentPosition: 'off-canvas',
      visible: false,
      talkingSinceMs: null,
    } satisfies Partial<Member>)
    if (isAudience) Object.assign(member, { sendsAudio: false, sendsVideo: false } satisfies Partial<Member>)
    this.enlist(member)
  }

  remove(member: Member): void {
    this.listOf(member).delete(member.id)
    this.touched.delete(member)
    this.layoutStale = true
    if (member.isScreen) this.returnLayout(member.id)
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

  /** A screen or playback comes with a layout: for as long as it stays. */
  borrowLayout(guestId: string, layoutName: LayoutName): void {
    this.borrowedLayout.begin(guestId, layoutName, this.flags.layoutName)
    this.updateFlags({ layoutName })
  }

  chooseLayout(layoutName: LayoutName): void {
    this.borrowedLayout.forget()
    this.updateFlags({ layoutName })
  }

  lasting(): LastingState {
    const { layoutName, locked, hideVideoMuted, prioritizeHandraise, meta } = this.flags
    return {
      layoutName: this.borrowedLayout.own(layoutName),
      locked,
      hideVideoMuted,
      prioritizeHandraise,
      meta,
    }
  }

  addPlayback(playback: Playback, layoutName: LayoutName | null): void {
    this.playbacks.add(playback)
    this.layoutStale = true
    if (layoutName !== null) this.borrowLayout(playback.id, layoutName)
  }

  /** A playback has ended: its place is free. */
  dropPlayback(playback: Playback): void {
    this.layoutStale = true
    this.returnLayout(playback.id)
  }

  /** To be called after recordings or streams were started or have ended. */
  updateOutputFlags(): void {
    const recording = this.recordings.running.length > 0
    const streaming = this.streams.running.length > 0
    if (recording !== this.flags.recording || streaming !== this.flags.streaming) {
      this.updateFlags({ recording, streaming })
    }
  }

  /** A number greater than any before: says who was first. */
  takeOrder(): number {
    return this.nextOrder++
  }

  /** Brings floor, layout and the members' places up to date. */
  settle(nowMs: number): void {
    const { holderId } = this.floor
    this.floor.update(this.speakers(), nowMs)
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
        member.requestedPosition !== 'off-canvas' &&
        !(this.flags.hideVideoMuted && !member.hasPicture) &&
        // A further microphone is to be heard only.
        !(member.type === 'device' && !member.sendsVideo),
    )
  }

  /** Those of them who can be the active speaker: a screen shows something, it is nobody. */
  speakers(): Member[] {
    return this.shownMembers().filter((member) => !member.isScreen)
  }

  /** Playbacks that are to have a layer, in the order they were started. */
  shownPlaybacks(): Playback[] {
    return this.playbacks.running.filter(({ isShown }) => isShown)
  }

  /** Whose picture is in a layer: a member's or a playback's. */
  occupant(id: string): Member | Playback | undefined {
    return this.members.get(id) ?? this.playbacks.find(id)
  }

  memberView(member: Member): VideoMember {
    return member.view(this.settings.roomId, this.roomSessionId)
  }

  get inRoom(): InRoom {
    return { room_id: this.settings.roomId, room_session_id: this.roomSessionId }
  }

  private arrange(previous: Arrangement | null): Arrangement {
    return arrange({
      layout: this.flags.layoutName,
      tenants: [...this.shownMembers(), ...this.shownPlaybacks()],
      floorHolderId: this.floor.holderId,
      prioritizeHandraise: this.flags.prioritizeHandraise,
      previous,
    })
  }

  private enlist(member: Member): Member {
    this.listOf(member).set(member.id, member)
    this.touched.add(member)
    this.layoutStale = true
    return member
  }

  private restore(member: Member, restored: Snapshot): void {
    const { deaf, inputVolumeDb, outputVolumeDb, inputSensitivity, handRaised, requestedPosition } = restored
    const { promoted } = restored
    Object.assign(member, { deaf, inputVolumeDb, outputVolumeDb, inputSensitivity, promoted })
    if (member.isAudience) return
    if (handRaised) member.raisedOrder = this.takeOrder()
    if (requestedPosition === 'auto') return
    Object.assign(member, { requestedPosition, requestOrder: this.takeOrder() })
  }

  private returnLayout(guestId: string): void {
    const layoutName = this.borrowedLayout.end(guestId)
    if (layoutName !== null) this.updateFlags({ layoutName })
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
