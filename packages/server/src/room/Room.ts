import { allPermissions, RoomError } from '@roomful/protocol'
import type { MemberId, MemberType, Permission, RoomSessionId, VideoRoomSession } from '@roomful/protocol'
import { Changes } from './Changes.ts'
import type { CommandContext, CommandResult } from './commands/command.ts'
import { commandTable, isRoomMethod } from './commands/index.ts'
import { applyPlacements } from './commands/position.ts'
import { maxStreams } from './commands/stream.ts'
import { takeBackPromotion } from './commands/role.ts'
import { depart, endSession } from './departures.ts'
import { acceptChild, childName, joinRefusal } from './joining.ts'
import { mediaReport } from './mediaReports.ts'
import type { Member } from './Member.ts'
import { isPermitted } from './permissions.ts'
import { Publisher } from './Publisher.ts'
import { RoomState } from './RoomState.ts'
import { objectsOf, viewFor } from './sessionView.ts'
import { startTalking, stopTalking } from './talking.ts'
import type {
  Actor,
  ChildRequest,
  Effect,
  Joiner,
  LastingState,
  RoomCommand,
  RoomCore,
  RoomOutcome,
  RoomSettings,
  SessionObjects,
  Snapshot,
} from './types.ts'

type Of<Type extends RoomCommand['type']> = Extract<RoomCommand, { type: Type }>

const everything: ReadonlySet<Permission> = new Set(allPermissions)

export type RoomOptions = {
  roomSessionId: RoomSessionId
  settings: RoomSettings
  /** Where previews of the picture are; null, the default: there are none. */
  previewUrl?: string | null
}

/** One session of a room. The rules it keeps are numbered in SPEC.md. */
export class Room implements RoomCore {
  private readonly state: RoomState
  private readonly publisher: Publisher
  /** The time of the last command. */
  private nowMs = 0

  constructor({ roomSessionId, settings, previewUrl = null }: RoomOptions) {
    this.state = new RoomState(roomSessionId, settings, previewUrl)
    this.publisher = new Publisher(this.state)
  }

  get roomSessionId(): RoomSessionId {
    return this.state.roomSessionId
  }

  get settings(): RoomSettings {
    return this.state.settings
  }

  get participantCount(): number {
    return this.state.participantCount
  }

  permissionsOf(memberId: MemberId): readonly Permission[] {
    return [...(this.state.find(memberId)?.permissions ?? [])]
  }

  typeOf(memberId: MemberId): MemberType | undefined {
    return this.state.find(memberId)?.type
  }

  view(): VideoRoomSession {
    return viewFor(this.state, everything, this.nowMs)
  }

  snapshotOf(memberId: MemberId): Snapshot | undefined {
    const participant = this.state.find(memberId)
    return participant?.parentId === null ? participant.snapshot() : undefined
  }

  lasting(): LastingState {
    return this.state.lasting()
  }

  objects(nowMs: number): SessionObjects {
    return objectsOf(this.state, nowMs)
  }

  mediaState(): Extract<Effect, { kind: `media.${string}` }>[] {
    return this.publisher.mediaState()
  }

  checkJoin(joiner: Joiner, nowMs: number, restored?: Snapshot): RoomError | null {
    return joinRefusal(this.state, joiner, nowMs, restored)
  }

  checkJoinChild(request: ChildRequest): RoomError | null {
    try {
      acceptChild(this.state, request)
      return null
    } catch (error) {
      if (error instanceof RoomError) return error
      throw error
    }
  }

  handle(command: RoomCommand, actor: Actor, nowMs: number): RoomOutcome {
    const changes = new Changes()
    this.nowMs = nowMs
    try {
      const result = this.run(command, actor, { state: this.state, changes, nowMs })
      return { ok: true, result, effects: this.publisher.publish(changes, nowMs) }
    } catch (error) {
      if (error instanceof RoomError) return { ok: false, error }
      throw error
    }
  }

  private run(
    command: RoomCommand,
    actor: Actor,
    base: Omit<CommandContext, 'caller'>,
  ): CommandResult | null {
    switch (command.type) {
      case 'rpc':
        return this.rpc(command, { ...base, caller: this.callerOf(actor) })
      case 'hangupAll':
        this.hangupAll({ ...base, caller: this.callerOf(actor) })
        return null
      case 'digits':
        this.digits(command, { ...base, caller: this.callerOf(actor) })
        return null
      case 'join':
        this.join(command, base)
        return null
      case 'joinChild':
        this.joinChild(command, base)
        return null
      case 'rejoin':
        this.rejoin(command, base)
        return null
      case 'end':
        if (!this.state.ended) endSession(base, command.cause)
        return null
      case 'tick':
        this.expirePromotions(base)
        this.removeOverdue(base)
        return null
      case 'leave':
      case 'talking':
      case 'sends':
        this.report(command, base)
        return null
      default: {
        const caller = this.callerOf(actor)
        if (!this.state.ended) return mediaReport(command, { ...base, caller })
        // What was running has been ended with it; what comes late finds nobody to tell.
        if (command.type === 'outputEnded') return null
        throw new RoomError('conflict', 'The room session has ended')
      }
    }
  }

  private callerOf(actor: Actor): Member | null {
    if (actor.kind === 'system') return null
    const caller = this.state.find(actor.memberId)
    if (!caller) throw new RoomError('member_not_found', 'You are not in this room session')
    return caller
  }

  private rpc({ method, params }: Of<'rpc'>, context: CommandContext): CommandResult {
    if (!isRoomMethod(method)) {
      throw new RoomError('invalid_params', `Rooms know no method "${method.slice(0, 100)}"`)
    }
    const { caller, state } = context
    const sessionId = params['room_session_id']
    if (sessionId != null && sessionId !== state.roomSessionId) {
      throw new RoomError('room_not_found', 'You are in another room session than the one you named')
    }
    if (state.ended) throw new RoomError('room_not_found', 'The room session has ended')
    if (caller) {
      const isOwnChild = (memberId: string) => state.find(memberId)?.parentId === caller.id
      const question = { method, params, callerId: caller.id, held: caller.permissions, isOwnChild }
      if (!isPermitted(question)) throw new RoomError('permission_denied')
    }
    return { code: '200', message: 'OK', ...commandTable[method].run(context, params) }
  }

  private join(join: Of<'join'>, { state, changes, nowMs }: Context): void {
    const refusal = joinRefusal(state, join.joiner, nowMs, join.restored)
    if (refusal) throw refusal
    this.requireUnused(join.memberId)
    changes.joined = state.add({ ...join, id: join.memberId, nowMs })
    if (!changes.joined.isAudience) changes.tellLayout = true
    if (state.started) return
    // With the session begins what it is to have from its start.
    const { recordOnStart, streams } = state.settings
    if (recordOnStart) changes.tasks.push({ do: 'startRecording' })
    for (const order of streams.slice(0, maxStreams)) {
      changes.tasks.push({ do: 'startStandingStream', order })
    }
  }

  private joinChild(join: Of<'joinChild'>, { state, changes }: Context): void {
    const { parent, layout, position, placements } = acceptChild(state, join.request)
    this.requireUnused(join.memberId)
    const name = childName(parent, join.request.kind, join.sendsVideo)
    const child = state.addChild({ ...join, id: join.memberId, name })
    if (layout !== null) state.borrowLayout(child.id, layout)
    const wanted = position === null ? placements : [{ member: child, position }, ...placements]
    applyPlacements({ state }, wanted)
    changes.joined = child
    changes.tellLayout = true
  }

  private requireUnused(memberId: MemberId): void {
    if (this.state.find(memberId)) {
      throw new RoomError('conflict', `Member ${memberId} is in the room already`)
    }
  }

  private rejoin({ memberId, callId, sends }: Of<'rejoin'>, { state, changes }: Context): void {
    const member = state.get(memberId)
    member.callId = callId
    const promotion = sends === null ? null : member.promotion
    if (promotion) {
      state.changeRole(member, promotion.role)
      changes.entered = member
      changes.tellLayout = true
    } else {
      changes.rejoined = member
    }
    if (sends && !member.isAudience) this.setSends(member, sends, { state, changes })
  }

  /** Reports from outside may come late: one about somebody who is gone says nothing. */
  private report(command: Of<'leave'> | Of<'talking'> | Of<'sends'>, context: Context): void {
    const member = context.state.find(command.memberId)
    if (!member) return
    if (command.type === 'leave') return depart(context, [member], null)
    if (member.isAudience) return
    if (command.type === 'talking') {
      if (command.talking) startTalking(context, member, context.nowMs)
      else stopTalking(context, member)
      return
    }
    this.setSends(member, command, context)
  }

  private setSends(
    member: Member,
    { audio, video }: { audio: boolean; video: boolean },
    context: Pick<Context, 'state' | 'changes'>,
  ): void {
    context.state.update(member, { sendsAudio: audio, sendsVideo: video })
    if (!audio) stopTalking(context, member)
  }

  private expirePromotions(context: Context): void {
    for (const participant of context.state.audience.values()) {
      const { promotion } = participant
      if (promotion && promotion.expiresAtMs <= context.nowMs) takeBackPromotion(context, participant)
    }
  }

  private removeOverdue(context: Context): void {
    const overdue = [...context.state.participants()].filter(
      ({ removeAtMs }) => removeAtMs !== null && removeAtMs <= context.nowMs,
    )
    depart(context, overdue, 'NORMAL_CLEARING')
  }

  /** The caller's own call always ends; the others' need the permission to remove. */
  private hangupAll(context: CommandContext): void {
    const { state, caller } = context
    if (state.ended) return
    if (!caller || caller.permissions.has('room.member.remove')) endSession(context, 'REJECT_ALL')
    else depart(context, [caller], 'REJECT_ALL')
  }

  private digits({ digits }: Of<'digits'>, { caller, changes }: CommandContext): void {
    if (!caller) throw new RoomError('invalid_params', 'Digits come from a member')
    if (!/^[0-9A-D*#]{1,100}$/.test(digits)) {
      const got = JSON.stringify(digits.slice(0, 50))
      throw new RoomError('invalid_params', `Digits must be 1 to 100 of 0-9, A-D, * and #, got ${got}`)
    }
    changes.digits.push({ memberId: caller.id, digits })
  }
}

type Context = Omit<CommandContext, 'caller'>
