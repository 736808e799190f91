import type {
  ListenerSettings,
  LegOptions,
  RoomMediaEvent,
  RoomMediaOptions,
  RoomMediaStats,
} from '@roomful/media'
import { RoomError } from '@roomful/protocol'
import type { Logger } from 'pino'
import type { Clock } from '../lib/Clock.ts'
import { withTimeout } from '../lib/withTimeout.ts'
import type { MediaEngine, MediaRoom } from '../media/MediaEngine.ts'
import type { Effect } from '../room/types.ts'

/** The part of an effect list that is for the media. */
export type MediaEffect = Extract<Effect, { kind: `media.${string}` }>

/** Waits between attempts to have a new room's media; then its first member is refused. */
const buildDelaysMs = [0, 250]
/** The same after its media process died; then the room is given up. */
const rebuildDelaysMs = [0, 100, 250, 500, 1000, 2000, 4000, 8000]
/** An invite must be answered within 10 s, so its SDP answer is worth nothing later. */
const answerTimeoutMs = 8000

export type RoomMediaDependencies = {
  roomSessionId: string
  engine: MediaEngine
  options: RoomMediaOptions
  clock: Clock
  logger: Logger
  onEvent: (event: RoomMediaEvent) => void
  /** The media process is gone, and every leg with it. */
  onLost: () => void
  /** What a new media room is to be told. */
  state: () => MediaEffect[]
  /** Leg that a member listens with. */
  listenerLegs: (memberId: string) => string[]
  /** There is a new media room, without legs. */
  onRebuilt: () => void
  /** No media room can be had any more. */
  onGivenUp: () => void
}

type State =
  | { kind: 'idle' }
  | { kind: 'building'; ready: Promise<MediaRoom> }
  | { kind: 'ready'; room: MediaRoom }
  | { kind: 'closed' }

/**
 * A room's media through the lives of several media processes. While there is none, commands are dropped:
 * a new one is told everything that the room knows.
 */
export class RoomMediaLifecycle {
  readonly #deps: RoomMediaDependencies
  #state: State = { kind: 'idle' }
  /** Counts media rooms; tells a late word of an old one from the present one's. */
  #generation = 0
  #endWait: () => void = () => {}

  constructor(deps: RoomMediaDependencies) {
    this.#deps = deps
  }

  /** Answers an offer, with the media room made or rebuilt first if need be. */
  answer(legId: string, offerSdp: string, options: LegOptions): Promise<{ sdp: string }> {
    return withTimeout(
      this.#deps.clock,
      this.#answer(legId, offerSdp, options),
      answerTimeoutMs,
      () => new RoomError('media_unavailable', `The media did not answer in ${answerTimeoutMs / 1000} s`),
    )
  }

  /**
   * Has the media room do what takes time, with the room made or rebuilt first if need be. Rejects with what it
   * says, or with `lateMessage`; then it may still do it later.
   */
  ask<T>(request: (room: MediaRoom) => Promise<T>, timeoutMs: number, lateMessage: string): Promise<T> {
    const { clock } = this.#deps
    const asked = this.#room().then(request)
    return withTimeout(clock, asked, timeoutMs, () => new RoomError('conflict', lateMessage))
  }

  apply(effect: MediaEffect): void {
    if (this.#state.kind === 'ready') this.#applyTo(this.#state.room, effect)
  }

  closeLeg(legId: string): void {
    if (this.#state.kind === 'ready') this.#state.room.closeLeg(legId)
  }

  setListener(legId: string, settings: ListenerSettings): void {
    if (this.#state.kind === 'ready') this.#state.room.setListener(legId, settings)
  }

  async stats(): Promise<RoomMediaStats> {
    if (this.#state.kind !== 'ready') throw new RoomError('media_unavailable', 'The room has no media now')
    return this.#state.room.stats()
  }

  async close(): Promise<void> {
    const state = this.#state
    this.abandon()
    if (state.kind === 'ready') await this.#closeRoom(state.room)
  }

  /** Lets go of the media without ending it: its process is about to. */
  abandon(): void {
    this.#state = { kind: 'closed' }
    this.#generation += 1
    this.#endWait()
  }

  async #answer(legId: string, offerSdp: string, options: LegOptions): Promise<{ sdp: string }> {
    const room = await this.#room()
    const generation = this.#generation
    try {
      return await room.answer(legId, offerSdp, options)
    } catch (error) {
      // The process died under the offer: the next one can answer it just as well.
      if (generation === this.#generation || this.#state.kind === 'closed') throw error
      return (await this.#room()).answer(legId, offerSdp, options)
    }
  }

  #room(): Promise<MediaRoom> {
    switch (this.#state.kind) {
      case 'ready':
        return Promise.resolve(this.#state.room)
      case 'building':
        return this.#state.ready
      case 'idle':
        return this.#build(buildDelaysMs)
      case 'closed':
        return Promise.reject(new RoomError('media_unavailable', 'The room has ended'))
    }
  }

  #build(delaysMs: readonly number[]): Promise<MediaRoom> {
    const ready = this.#attempts(delaysMs)
    this.#state = { kind: 'building', ready }
    ready.catch(() => {
      if (this.#state.kind === 'building' && this.#state.ready === ready) this.#state = { kind: 'idle' }
    })
    return ready
  }

  async #attempts(delaysMs: readonly number[]): Promise<MediaRoom> {
    let lastError: unknown
    for (const delayMs of delaysMs) {
      if (delayMs > 0) await this.#wait(delayMs)
      if (this.#state.kind === 'closed') break
      const generation = ++this.#generation
      try {
        const room = await this.#deps.engine.createRoom(
          // A number of its own: an attempt that timed out may have left its room behind.
          `${this.#deps.roomSessionId}#${generation}`,
          this.#deps.options,
          {
            onMediaEvent: (event) => {
              if (generation === this.#generation) this.#deps.onEvent(event)
            },
            onMediaDied: () => {
              if (generation === this.#generation) this.#died()
            },
          },
        )
        if (generation === this.#generation) {
          this.#state = { kind: 'ready', room }
          for (const effect of this.#deps.state()) this.#applyTo(room, effect)
          return room
        }
        // Closed meanwhile, or dead already.
        await this.#closeRoom(room)
        lastError = new RoomError('media_unavailable', 'The room has ended')
      } catch (error) {
        lastError = error
        this.#deps.logger.warn({ err: error, attempt: generation }, 'No media for the room')
      }
    }
    throw lastError instanceof RoomError
      ? lastError
      : new RoomError('media_unavailable', undefined, { cause: lastError })
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#deps.clock.setTimeout(resolve, delayMs)
      this.#endWait = () => {
        cancel()
        resolve()
      }
    })
  }

  #died(): void {
    if (this.#state.kind !== 'ready') {
      // Between the creation and its reply: the attempt must not be taken for a success.
      this.#generation += 1
      return
    }
    this.#generation += 1
    this.#deps.logger.warn('Media process died; rebuilding the room')
    this.#deps.onLost()
    this.#build(rebuildDelaysMs).then(
      () => this.#deps.onRebuilt(),
      () => {
        if (this.#state.kind !== 'closed') this.#deps.onGivenUp()
      },
    )
  }

  #applyTo(room: MediaRoom, effect: MediaEffect): void {
    switch (effect.kind) {
      case 'media.scene':
        room.setScene(effect.scene)
        return
      case 'media.source':
        room.setSource(effect.sourceId, effect.settings)
        return
      case 'media.removeSource':
        room.removeSource(effect.sourceId)
        return
      case 'media.listener':
        for (const legId of this.#deps.listenerLegs(effect.memberId)) room.setListener(legId, effect.settings)
        return
      case 'media.stopOutput':
        room.stopOutput(effect.outputId)
        return
      case 'media.playerVolume':
        room.setPlayerVolume(effect.playbackId, effect.volumeDb)
        return
      case 'media.closePlayer':
        room.closePlayer(effect.playbackId)
        return
      case 'media.tone':
        room.playTone(effect.tone)
    }
  }

  async #closeRoom(room: MediaRoom): Promise<void> {
    try {
      await room.close()
    } catch (error) {
      this.#deps.logger.warn({ err: error }, 'Closing the media of a room failed')
    }
  }
}
