import { isDeepStrictEqual } from 'node:util'
import type { ListenerSettings, Scene, SourceSettings } from '@roomful/media'
import { memberUpdatables } from '@roomful/protocol'
import type {
  Permission,
  RoomUpdatable,
  ServerEvents,
  ServerEventType,
  VideoLayout,
  VideoMember,
  VideoRoomSession,
} from '@roomful/protocol'
import type { Changes } from './Changes.ts'
import type { Arrangement } from './layouts/LayoutEngine.ts'
import type { Member } from './Member.ts'
import type { RoomFlags, RoomState } from './RoomState.ts'
import { toLayout, toScene } from './scene.ts'
import { publicView, viewFor } from './sessionView.ts'
import { Tones } from './Tones.ts'
import type { Effect, Recipients } from './types.ts'

/** `room.audience_count` is sent at most this often. */
export const audienceCountIntervalMs = 1000

type Told = { view: VideoMember; source: SourceSettings | null; listener: ListenerSettings }

const everyone: Recipients = { to: 'everyone' }

/**
 * Makes effects of what a command did. It remembers what was told, compares it with what is, and tells the
 * difference: so nothing is told twice and nothing is forgotten, whatever a command does.
 */
export class Publisher {
  private readonly state: RoomState
  private readonly tones: Tones
  private readonly told = new Map<Member, Told>()
  private toldFlags: RoomFlags
  /** Scene and layout can only differ from what was told if the arrangement is another object. */
  private toldArrangement: Arrangement
  private toldLayout: VideoLayout
  private toldScene: Scene = { layers: [] }
  private toldWakeMs: number | null = null
  private audienceCountSentMs = -Infinity
  private audienceCountDue = false

  constructor(state: RoomState) {
    this.state = state
    this.tones = new Tones(state)
    this.toldFlags = state.flags
    this.toldArrangement = state.arrangement
    this.toldLayout = this.layout()
  }

  publish(changes: Changes, nowMs: number): Effect[] {
    // Nothing happens any more in a session that had ended before.
    if (this.state.ended && !changes.ended) return []
    const effects: Effect[] = []
    if (changes.ended) this.tellEnd(changes, nowMs, effects)
    else {
      this.state.settle(nowMs)
      this.tellMedia(changes, effects)
      for (const tone of this.tones.due(changes, nowMs)) effects.push({ kind: 'media.tone', tone })
      for (const role of changes.roles) effects.push({ kind: 'role', ...role })
      for (const hangup of changes.hangups) effects.push({ kind: 'hangup', ...hangup })
      this.tellArrivals(changes, nowMs, effects)
      this.tellTalking(changes, effects)
      this.tellDepartures(changes, effects)
      this.tellWithdrawal(changes, effects)
      this.tellObjects(changes, [...this.state.participants()], nowMs, effects)
      this.tellUpdates(changes, effects)
      this.tellLayout(changes, effects)
      this.tellAudienceCount(changes, nowMs, effects)
      this.tellDigits(changes, effects)
    }
    this.tellWake(effects)
    for (const task of changes.tasks) effects.push({ kind: 'task', task })
    if (changes.ended) effects.push({ kind: 'ended' })
    this.state.touched.clear()
    return effects
  }

  /** All that media must know, for building the room anew. */
  mediaState(): Extract<Effect, { kind: `media.${string}` }>[] {
    const sources = Array.from(this.state.members.values(), (member) => sourceEffect(member))
    const listeners = [...this.state.participants()]
      .filter((member) => !hearsAsByDefault(member))
      .map((member) => listenerEffect(member))
    const scene = this.scene()
    return [...sources, ...listeners, { kind: 'media.scene', scene }]
  }

  private tellMedia(changes: Changes, effects: Effect[]): void {
    for (const member of this.state.touched) {
      const before = this.told.get(member)
      if (!member.isAudience && !isDeepStrictEqual(before?.source, member.sourceSettings())) {
        effects.push(sourceEffect(member))
      }
      if (!before || member === newcomerOf(changes)) continue
      if (!isDeepStrictEqual(before.listener, member.listenerSettings())) effects.push(listenerEffect(member))
    }
    if (this.state.arrangement !== this.toldArrangement) {
      const scene = this.scene()
      if (!isDeepStrictEqual(scene, this.toldScene)) {
        this.toldScene = scene
        effects.push({ kind: 'media.scene', scene })
      }
    }
    for (const member of changes.left) this.forget(member, effects)
    const { withdrawn } = changes
    if (withdrawn) effects.push({ kind: 'media.removeSource', sourceId: withdrawn.id })
    // Somebody who was restored, or hears through a new leg, which knows nothing of its settings.
    const newcomer = newcomerOf(changes)
    if (newcomer && !hearsAsByDefault(newcomer)) effects.push(listenerEffect(newcomer))
    effects.push(...changes.media)
  }

  private tellArrivals(changes: Changes, nowMs: number, effects: Effect[]): void {
    const { joined, entered } = changes
    if (joined && !this.state.started) {
      this.state.started = true
      effects.push(event(everyone, 'video.room.started', this.lifeEvent(publicView(this.state))))
    }
    const newcomer = newcomerOf(changes)
    // A screen or device has no client of its own: its owner is one of those who are told that it joined.
    if (newcomer?.parentId === null) {
      const session = viewFor(this.state, newcomer.permissions, nowMs)
      effects.push(
        event({ to: 'member', memberId: newcomer.id }, 'video.room.subscribed', {
          call_id: newcomer.callId,
          member_id: newcomer.id,
          room_session: session,
          room: session,
        }),
      )
    }
    const arrival = joined ?? entered
    if (arrival) this.remember(arrival)
    if (!arrival || arrival.isAudience) return
    const member = this.state.memberView(arrival)
    effects.push(
      event({ to: 'others', memberId: arrival.id }, 'video.member.joined', { ...this.inRoom(), member }),
    )
  }

  private tellTalking({ talking }: Changes, effects: Effect[]): void {
    const inRoom = this.inRoom()
    for (const { id, talkingSinceMs } of talking) {
      const member = { ...inRoom, id, talking: talkingSinceMs !== null }
      effects.push(event(everyone, 'video.member.talking', { ...inRoom, member }))
    }
  }

  private tellDepartures({ left, hangups }: Changes, effects: Effect[]): void {
    for (const member of left) {
      if (member.isAudience) continue
      // Who was hung up is gone already; who left by itself may still be listening.
      const recipients: Recipients = hangups.length > 0 ? everyone : { to: 'others', memberId: member.id }
      effects.push(
        event(recipients, 'video.member.left', { ...this.inRoom(), member: this.state.memberView(member) }),
      )
    }
  }

  /** For the others it has left; it itself is told that it is in the audience, and calls anew. */
  private tellWithdrawal({ withdrawn }: Changes, effects: Effect[]): void {
    if (!withdrawn) return
    const member = this.told.get(withdrawn)?.view ?? this.state.memberView(withdrawn)
    effects.push(
      event({ to: 'others', memberId: withdrawn.id }, 'video.member.left', { ...this.inRoom(), member }),
    )
    this.remember(withdrawn)
  }

  /** Recordings, streams and playbacks are shown to those alone who may have a hand in them. */
  private tellObjects(
    { objects }: Changes,
    audience: readonly Member[],
    nowMs: number,
    effects: Effect[],
  ): void {
    const holders = (permission: Permission): Recipients => ({
      to: 'some',
      memberIds: audience.filter(({ permissions }) => permissions.has(permission)).map(({ id }) => id),
    })
    const { inRoom } = this.state
    for (const change of objects) {
      if ('recording' in change) {
        const params = { ...inRoom, recording: change.recording.view(inRoom) }
        effects.push(event(holders('room.recording'), change.type, params))
      } else if ('stream' in change) {
        const params = { ...inRoom, stream: change.stream.view(inRoom) }
        effects.push(event(holders('room.stream'), change.type, params))
      } else {
        const params = { ...inRoom, playback: change.playback.view(inRoom, nowMs) }
        effects.push(event(holders('room.playback'), change.type, params))
      }
    }
  }

  private tellUpdates(changes: Changes, effects: Effect[]): void {
    // The newcomer was told the state as it is now.
    const newcomer = newcomerOf(changes)
    const listeners: Recipients = newcomer ? { to: 'others', memberId: newcomer.id } : everyone
    this.tellRoomUpdates(listeners, effects)
    for (const member of this.state.touched) {
      const before = this.told.get(member)?.view
      if (!before) continue
      const view = this.state.memberView(member)
      const updated = memberUpdatables.filter((name) => !isDeepStrictEqual(before[name], view[name]))
      this.remember(member)
      // A mere change of place is told by layout.changed alone: one event, however many had to move.
      if (updated.every((name) => name === 'current_position')) continue
      const recipients: Recipients = member.isAudience ? { to: 'member', memberId: member.id } : listeners
      effects.push(
        event(recipients, 'video.member.updated', { ...this.inRoom(), member: { ...view, updated } }),
      )
    }
  }

  private tellRoomUpdates(recipients: Recipients, effects: Effect[]): void {
    const before = this.toldFlags
    const now = this.state.flags
    if (before === now) return
    this.toldFlags = now
    const all: [RoomUpdatable, keyof RoomFlags][] = [
      ['layout_name', 'layoutName'],
      ['recording', 'recording'],
      ['streaming', 'streaming'],
      ['locked', 'locked'],
      ['hide_video_muted', 'hideVideoMuted'],
      ['prioritize_handraise', 'prioritizeHandraise'],
      ['meta', 'meta'],
    ]
    const changed = all.filter(([, key]) => !isDeepStrictEqual(before[key], now[key]))
    if (changed.length === 0) return
    const values = Object.fromEntries(changed.map(([name, key]) => [name, now[key]]))
    const change = { ...this.inRoom(), updated: changed.map(([name]) => name), ...values }
    const params = {
      ...this.inRoom(),
      room: change,
      room_session: { ...change, id: this.state.roomSessionId },
    }
    effects.push(event(recipients, 'video.room.updated', params))
  }

  private tellLayout(changes: Changes, effects: Effect[]): void {
    let changed = false
    if (this.state.arrangement !== this.toldArrangement) {
      this.toldArrangement = this.state.arrangement
      const layout = this.layout()
      changed = !isDeepStrictEqual(layout, this.toldLayout)
      this.toldLayout = layout
    }
    const params = { ...this.inRoom(), layout: this.toldLayout }
    if (changed || changes.tellLayout) {
      effects.push(event(everyone, 'video.layout.changed', params))
      return
    }
    const newcomer = newcomerOf(changes)
    if (newcomer) effects.push(event({ to: 'member', memberId: newcomer.id }, 'video.layout.changed', params))
  }

  private tellAudienceCount(changes: Changes, nowMs: number, effects: Effect[]): void {
    const { joined, entered, withdrawn, left } = changes
    if (joined?.isAudience || entered || withdrawn || left.some((member) => member.isAudience)) {
      this.audienceCountDue = true
    }
    if (!this.audienceCountDue || nowMs < this.audienceCountSentMs + audienceCountIntervalMs) return
    this.audienceCountDue = false
    this.audienceCountSentMs = nowMs
    const params = { ...this.inRoom(), total: this.state.audience.size }
    effects.push(event(everyone, 'video.room.audience_count', params))
  }

  private tellDigits({ digits }: Changes, effects: Effect[]): void {
    for (const { memberId, digits: pressed } of digits) {
      const params = { ...this.inRoom(), member_id: memberId, digits: pressed }
      effects.push({ kind: 'digits', memberId, digits: pressed })
      effects.push(event(everyone, 'video.room.digits', params))
    }
  }

  private tellWake(effects: Effect[]): void {
    const atMs = this.state.ended ? null : this.nextWakeMs()
    if (atMs === this.toldWakeMs) return
    this.toldWakeMs = atMs
    effects.push({ kind: 'wake', atMs })
  }

  private nextWakeMs(): number | null {
    let next = this.state.floor.nextChangeMs(this.state.speakers()) ?? Infinity
    if (this.audienceCountDue) next = Math.min(next, this.audienceCountSentMs + audienceCountIntervalMs)
    for (const { removeAtMs, promotion } of this.state.participants()) {
      next = Math.min(next, removeAtMs ?? Infinity, promotion?.expiresAtMs ?? Infinity)
    }
    return next === Infinity ? null : next
  }

  /** Everybody is told before anybody is cut off. */
  private tellEnd(changes: Changes, nowMs: number, effects: Effect[]): void {
    const { left, hangups } = changes
    effects.push(...changes.media)
    const gone = new Set(hangups.map(({ memberId }) => memberId))
    const present = left.filter(({ id }) => gone.has(id))
    this.tellObjects(changes, present, nowMs, effects)
    for (const member of left) {
      if (member.isAudience) continue
      const view = this.state.memberView(member)
      effects.push(event(nobody, 'video.member.left', { ...this.inRoom(), member: view }))
    }
    effects.push(event(everyone, 'video.room.ended', this.lifeEvent(publicView(this.state))))
    for (const hangup of hangups) effects.push({ kind: 'hangup', ...hangup })
    for (const member of left) this.forget(member, effects)
  }

  private remember(member: Member): void {
    this.told.set(member, {
      view: this.state.memberView(member),
      source: member.isAudience ? null : member.sourceSettings(),
      listener: member.listenerSettings(),
    })
  }

  private forget(member: Member, effects: Effect[]): void {
    this.told.delete(member)
    if (!member.isAudience) effects.push({ kind: 'media.removeSource', sourceId: member.id })
  }

  private layout(): VideoLayout {
    const { flags, settings, roomSessionId, arrangement } = this.state
    return toLayout({
      layoutName: flags.layoutName,
      roomId: settings.roomId,
      roomSessionId,
      arrangement,
      find: (id) => this.state.occupant(id),
    })
  }

  private scene(): Scene {
    return toScene(this.state.arrangement, (id) => this.state.occupant(id))
  }

  private inRoom(): { room_id: string; room_session_id: string } {
    return { room_id: this.state.settings.roomId, room_session_id: this.state.roomSessionId }
  }

  private lifeEvent(session: VideoRoomSession): ServerEvents['video.room.started'] {
    return { ...this.inRoom(), room: session, room_session: session }
  }
}

/** In the room: only those outside hear of it who listen to everything. */
const nobody: Recipients = { to: 'some', memberIds: [] }

/** Who is told everything. */
const newcomerOf = ({ joined, rejoined, entered }: Changes): Member | null => joined ?? rejoined ?? entered

const hearsAsByDefault = ({ deaf, outputVolumeDb }: Member): boolean => !deaf && outputVolumeDb === 0

const sourceEffect = (member: Member): Extract<Effect, { kind: 'media.source' }> => ({
  kind: 'media.source',
  sourceId: member.id,
  settings: member.sourceSettings(),
})

const listenerEffect = (member: Member): Extract<Effect, { kind: 'media.listener' }> => ({
  kind: 'media.listener',
  memberId: member.id,
  settings: member.listenerSettings(),
})

function event<T extends ServerEventType>(recipients: Recipients, type: T, params: ServerEvents[T]): Effect {
  return { kind: 'event', recipients, type, params } as Effect
}
