import { defaultListenerSettings, type RoomMediaEvent, type RoomMediaOptions } from '@roomful/media'
import type { HangupCause, MemberId } from '@roomful/protocol'
import { hangupCauses } from '@roomful/protocol'
import type { Logger } from 'pino'
import type { Cancel, Clock } from '../lib/Clock.ts'
import { SerialQueue } from '../lib/SerialQueue.ts'
import type { MediaEngine } from '../media/MediaEngine.ts'
import { eventChannelOf } from '../room/eventChannel.ts'
import type {
  Actor,
  Effect,
  MediaReport,
  MediaTask,
  Recipients,
  RoomCommand,
  RoomCore,
} from '../room/types.ts'
import { holdMedia } from './calls/hold.ts'
import { forgetLegs, requestReinvite } from './mediaRecovery.ts'
import { takeMemberMedia } from './memberMedia.ts'
import { RoomOutputs, type RoomOutputsOptions } from './outputs/RoomOutputs.ts'
import type { Leg, Participant } from './Participant.ts'
import type { RoomEvent } from './ParticipantSession.ts'
import { RoomPlaybacks } from './playbacks/RoomPlaybacks.ts'
import type { GraceTimes } from './presence.ts'
import { recipientsOf } from './recipients.ts'
import { perform } from './requests.ts'
import { restorableOf, sendState, staleStates, type Restorable } from './restoring.ts'
import { takeRole } from './roles.ts'
import { RoomMediaLifecycle, type MediaEffect } from './RoomMediaLifecycle.ts'

/** Commands of one room that may wait; far more than its members can have in flight. */
const queueLimit = 20_000

const system: Actor = { kind: 'system' }

export type RoomHostDependencies = {
  /** Under which the service finds the room. */
  key: string
  core: RoomCore
  engine: MediaEngine
  mediaOptions: RoomMediaOptions
  clock: Clock
  logger: Logger
  grace: GraceTimes
  outputs: RoomOutputsOptions
  /** `restorable`: what its client may come back as; null if it left, was removed, or the room ended. */
  onParticipantGone: (participant: Participant, restorable: Restorable | null) => void
  onEnded: (host: RoomHost) => void
  /** It is left to the next life of the server: nobody was told that it ended. */
  onSuspended: (host: RoomHost) => void
  /** See `RoomRecords.saved`. */
  saved: () => Promise<void>
  /** Every event of the room, as it is sent. */
  onEvent: (host: RoomHost, event: RoomEvent, recipients: Recipients) => void
  onPreview: (host: RoomHost, webp: Uint8Array) => void
  /** A call's sound and picture are connected, so long after it came in. */
  onConnected: (host: RoomHost, afterMs: number) => void
}

/** One running room: its core, its media, its participants, and the queue that keeps its commands in order. */
export class RoomHost {
  readonly key: string
  readonly core: RoomCore
  readonly media: RoomMediaLifecycle
  readonly outputs: RoomOutputs
  readonly playbacks: RoomPlaybacks
  readonly clock: Clock
  readonly logger: Logger
  readonly grace: GraceTimes
  readonly participants = new Map<MemberId, Participant>()
  /** Invites under way: while there is one, an empty room stays. */
  pendingJoins = 0
  #ended = false
  #closed: Promise<void> | null = null
  #cancelWake: Cancel | null = null
  readonly #queue = new SerialQueue(queueLimit)
  readonly #deps: RoomHostDependencies

  constructor(deps: RoomHostDependencies) {
    this.#deps = deps
    this.key = deps.key
    this.core = deps.core
    this.clock = deps.clock
    this.grace = deps.grace
    this.logger = deps.logger.child({ roomSessionId: deps.core.roomSessionId })
    this.media = new RoomMediaLifecycle({
      roomSessionId: deps.core.roomSessionId,
      engine: deps.engine,
      options: deps.mediaOptions,
      clock: deps.clock,
      logger: this.logger,
      onEvent: (event) => this.#onMediaEvent(event),
      onLost: () => {
        this.outputs.onMediaLost()
        this.playbacks.onMediaLost()
        this.#enqueue(() => forgetLegs(this))
      },
      state: () => deps.core.mediaState().map((effect) => this.#withHold(effect)),
      listenerLegs: (memberId) => this.#legIds(memberId),
      onRebuilt: () => {
        this.outputs.onMediaRebuilt()
        this.playbacks.onMediaRebuilt()
        this.#enqueue(() => this.#requestReinvites())
      },
      onGivenUp: () => this.#enqueue(() => this.end('DESTINATION_OUT_OF_ORDER')),
    })
    this.outputs = new RoomOutputs(this, deps.outputs)
    this.playbacks = new RoomPlaybacks(this)
  }

  /** Of its events; `event_channel` of the session. */
  get channel(): string {
    return eventChannelOf(this.core.roomSessionId)
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Resolves when the media of a room that has ended is gone, its recordings closed before. */
  async closed(): Promise<void> {
    await this.#closed
  }

  /** Resolves when what has happened so far would survive the end of the server; see `RoomRecords.saved`. */
  saved(): Promise<void> {
    return this.#deps.saved()
  }

  /** Runs a task after everything that was asked of this room before. */
  run<T>(task: () => T | Promise<T>): Promise<T> {
    return this.#queue.run(task)
  }

  /** Gives the core a command; throws its refusal. Only within `run`. */
  command(
    command: RoomCommand,
    actor: Actor = system,
  ): { result: Record<string, unknown> | null; effects: Effect[] } {
    const outcome = this.core.handle(command, actor, this.clock.nowMs())
    if (!outcome.ok) throw outcome.error
    return outcome
  }

  /** Gives the core what has happened by itself; by then it may be of no interest any more. */
  report(report: MediaReport): void {
    this.#enqueue(() => {
      const outcome = this.core.handle(report, system, this.clock.nowMs())
      if (outcome.ok) this.apply(outcome.effects)
      else
        this.logger.debug({ report: report.type, reason: outcome.error.message }, 'Of no interest any more')
    })
  }

  /** Does what a command asked for, in order. */
  apply(effects: readonly Effect[]): void {
    for (const effect of effects) this.#applyOne(effect)
    for (const memberId of staleStates(effects)) {
      const participant = this.participants.get(memberId)
      if (participant?.parent === null) sendState(participant)
    }
  }

  /** Tells the media again what it is to know of one member, e.g. for a new call of the member's. */
  refreshMedia(memberId: MemberId): void {
    // Only listeners that are not as by default are in the state.
    let listener: MediaEffect = { kind: 'media.listener', memberId, settings: defaultListenerSettings }
    for (const effect of this.core.mediaState()) {
      if (effect.kind === 'media.source' && effect.sourceId === memberId) this.#applyOne(effect)
      if (effect.kind === 'media.listener' && effect.memberId === memberId) listener = effect
      if (effect.kind === 'media.scene') this.#applyOne(effect)
    }
    this.#applyOne(listener)
  }

  /** Takes a participant out: of the room, its media and the service's index. Tells its client nothing. */
  remove(participant: Participant, restorable: Restorable | null = null): void {
    if (participant.left) return
    participant.left = true
    participant.cancelTimers()
    for (const leg of participant.legs.values()) this.media.closeLeg(leg.legId)
    participant.legs.clear()
    participant.parent?.children.delete(participant)
    if (this.participants.get(participant.memberId) === participant) {
      this.participants.delete(participant.memberId)
    }
    this.#deps.onParticipantGone(participant, restorable)
  }

  /** A participant's main call is over. `cause` is told to its client, null tells it nothing. */
  leave(participant: Participant, cause: HangupCause | null): void {
    if (participant.left) return
    if (cause !== null) this.#sendByes(participant, cause)
    this.remove(participant)
    this.apply(this.command({ type: 'leave', memberId: participant.memberId }).effects)
  }

  /** Ends a call that came to nothing, and what the media made for it. */
  discardLeg({ legId, options: { sourceId } }: Leg): void {
    this.media.closeLeg(legId)
    const isKnown = sourceId !== null && this.core.typeOf(sourceId) !== undefined
    if (sourceId !== null && !isKnown) this.media.apply({ kind: 'media.removeSource', sourceId })
  }

  /** Nothing was heard of a participant for too long. If it does come back, it is to be what it was. */
  vanish(participant: Participant): void {
    if (participant.left) return
    const restorable = participant.session.connected ? null : restorableOf(participant)
    this.#sendByes(participant, 'RECOVERY_ON_TIMER_EXPIRE')
    this.remove(participant, restorable)
    this.apply(this.command({ type: 'leave', memberId: participant.memberId }).effects)
  }

  /** Ends the session for everybody. */
  end(cause: HangupCause): void {
    if (this.#ended) return
    this.apply(this.command({ type: 'end', cause }).effects)
    this.#finish()
  }

  /** Ends what goes out of the session and what is played into it, and tells of it; the members stay. */
  stopObjects(): void {
    if (this.#ended) return
    const { recordings, streams, playbacks } = this.core.objects(this.clock.nowMs())
    const running = <T extends { state: string }>(objects: readonly T[]): T[] =>
      objects.filter(({ state }) => state !== 'completed')
    const stop = (method: string, params: Record<string, unknown>): void =>
      this.apply(this.command({ type: 'rpc', method, params }).effects)
    for (const { id } of running(recordings)) stop('video.recording.stop', { recording_id: id })
    for (const { id } of running(streams)) stop('video.stream.stop', { stream_id: id })
    for (const { id } of running(playbacks)) stop('video.playback.stop', { playback_id: id })
  }

  /**
   * Lets go of the session without a word to anybody: its members are to take it up again at the next server. Their
   * sockets must be closed already.
   */
  suspend(): void {
    if (this.#ended) return
    this.stopObjects()
    this.#ended = true
    this.#cancelWake?.()
    for (const participant of this.participants.values()) participant.cancelTimers()
    this.logger.info('Room left to the next start of the server')
    // A browser that is told that its media ends takes its call for over.
    this.#closed = this.outputs.drained().then(() => this.media.abandon())
    this.#deps.onSuspended(this)
  }

  /** Ends a room that nobody is in and nobody is about to join. */
  disposeIfEmpty(): void {
    if (this.pendingJoins === 0 && this.participants.size === 0) this.#finish()
  }

  event<T extends RoomEvent['type']>(type: T, params: RoomEvent<T>['params']): RoomEvent {
    return {
      type,
      params,
      channel: this.channel,
      timestampMs: this.clock.nowMs(),
    } as RoomEvent
  }

  #applyOne(effect: Effect): void {
    switch (effect.kind) {
      case 'event': {
        const event = this.event(effect.type, effect.params)
        for (const participant of recipientsOf(this.participants, effect.recipients))
          participant.session.sendEvent(event)
        this.#deps.onEvent(this, event, effect.recipients)
        return
      }
      case 'media.scene':
      case 'media.source':
      case 'media.removeSource':
      case 'media.listener':
        this.media.apply(this.#withHold(effect))
        return
      case 'media.stopOutput':
        this.outputs.stop(effect.outputId)
        return
      case 'media.closePlayer':
        this.playbacks.close(effect.playbackId)
        return
      case 'media.playerVolume':
      case 'media.tone':
        this.media.apply(effect)
        return
      case 'task':
        this.#perform(effect.task)
        return
      case 'role': {
        const participant = this.participants.get(effect.memberId)
        if (participant !== undefined) takeRole(participant, effect.role)
        return
      }
      case 'hangup': {
        const participant = this.participants.get(effect.memberId)
        if (participant === undefined) return
        this.#sendByes(participant, effect.cause)
        this.remove(participant)
        return
      }
      case 'digits':
        // What was dialled may be a PIN: it is in the log only for who asks for every detail.
        this.logger.info({ memberId: effect.memberId, count: effect.digits.length }, 'Digits received')
        this.logger.debug({ memberId: effect.memberId, digits: effect.digits }, 'Digits')
        return
      case 'wake':
        this.#wakeAt(effect.atMs)
        return
      case 'ended':
        this.#finish()
        return
      default:
        effect satisfies never
    }
  }

  /** What nobody waits for, such as a recording that starts with the session. */
  #perform(task: MediaTask): void {
    perform(this, task, null).catch((error: unknown) => {
      this.logger.error({ err: error, task: task.do }, 'What the room asked of the media was not done')
    })
  }

  #withHold(effect: MediaEffect): MediaEffect {
    return holdMedia(effect, (memberId) => this.participants.get(memberId)?.held === true)
  }

  #legIds(memberId: MemberId): string[] {
    const legs = this.participants.get(memberId)?.legs.values() ?? []
    return Array.from(legs, (leg: Leg) => leg.legId)
  }

  #sendByes(participant: Participant, cause: HangupCause): void {
    for (const { callId } of participant.legs.values()) {
      participant.session.sendVerto({
        method: 'verto.bye',
        params: { callID: callId, cause, causeCode: hangupCauses[cause] },
      })
    }
  }

  #onMediaEvent(event: RoomMediaEvent): void {
    if (event.type === 'output.ended' || event.type === 'output.state') this.outputs.onEvent(event)
    else if (event.type === 'player.ended' || event.type === 'player.state') this.playbacks.onEvent(event)
    else if (event.type === 'preview') this.#deps.onPreview(this, event.webp)
    else this.#enqueue(() => takeMemberMedia(this, event, (afterMs) => this.#deps.onConnected(this, afterMs)))
  }

  #requestReinvites(): void {
    for (const participant of this.participants.values()) {
      participant.awaitsReinvite = true
      requestReinvite(participant)
    }
  }

  #wakeAt(atMs: number | null): void {
    this.#cancelWake?.()
    this.#cancelWake = null
    if (atMs === null || this.#ended) return
    this.#cancelWake = this.clock.setTimeout(() => {
      // Timers may come a little early: the room would find nothing to do, and not ask again.
      if (this.clock.nowMs() < atMs) this.#wakeAt(atMs)
      else this.#enqueue(() => this.apply(this.command({ type: 'tick' }).effects))
    }, atMs - this.clock.nowMs())
  }

  #finish(): void {
    if (this.#ended) return
    this.#ended = true
    this.#cancelWake?.()
    for (const participant of [...this.participants.values()]) this.remove(participant)
    this.logger.info('Room ended')
    this.#closed = this.outputs.drained().then(() => this.media.close())
    this.#deps.onEnded(this)
  }

  /** For what happens by itself: nobody waits for it, so what goes wrong is logged. */
  #enqueue(task: () => void): void {
    if (this.#ended) return
    this.run(() => {
      if (!this.#ended) task()
    }).catch((error: unknown) => this.logger.error({ err: error }, 'A task of the room failed'))
  }
}
