import { randomUUID } from 'node:crypto'
import type { RoomMediaOptions, RoomMediaStats } from '@roomful/media'
import { RoomError, type HangupCause, type RoomQuality } from '@roomful/protocol'
import type { Logger } from 'pino'
import type { Clock } from '../lib/Clock.ts'
import type { MediaEngine } from '../media/MediaEngine.ts'
import type { RoomCore, RoomSettings } from '../room/types.ts'
import { bye, type ByeParams } from './calls/bye.ts'
import type { CallContext } from './calls/CallContext.ts'
import { info, type InfoParams } from './calls/info.ts'
import { invite, type InviteParams } from './calls/invite.ts'
import { modify, type ModifyParams } from './calls/modify.ts'
import type { Participant } from './Participant.ts'
import type { DetachReason, ParticipantSession } from './ParticipantSession.ts'
import { updatePresence, type GraceTimes } from './presence.ts'
import type { Reply } from './Reply.ts'
import { rememberKnown, scheduleResync } from './resync.ts'
import { RoomHost } from './RoomHost.ts'

/** Canvas and target of the one encode, by quality. */
const canvases: Record<RoomQuality, { width: number; height: number; videoBitrateBps: number }> = {
  '720p': { width: 1280, height: 720, videoBitrateBps: 2_000_000 },
  '1080p': { width: 1920, height: 1080, videoBitrateBps: 4_000_000 },
}

export type RoomServiceDependencies = {
  engine: MediaEngine
  createCore: (options: { roomSessionId: string; settings: RoomSettings; nowMs: number }) => RoomCore
  clock: Clock
  logger: Logger
  /** Settings of rooms that come into being by being joined. */
  roomDefaults: Pick<RoomSettings, 'quality' | 'fps' | 'maxMembers'>
  grace: GraceTimes
}

/** Finds or makes rooms, runs every command of theirs and does what they ask for. Their only writer. */
export class RoomService implements CallContext {
  readonly clock: Clock
  readonly #deps: RoomServiceDependencies
  readonly #hosts = new Map<string, RoomHost>()
  readonly #participants = new Map<ParticipantSession, Participant>()
  #departureListener: (session: ParticipantSession) => void = () => {}
  #closing = false

  constructor(deps: RoomServiceDependencies) {
    this.#deps = deps
    this.clock = deps.clock
  }

  /** `listener` is told of every session whose participant has left its room. */
  onDeparture(listener: (session: ParticipantSession) => void): void {
    this.#departureListener = listener
  }

  /** Ids of the calls that a session has. */
  callIdsOf(session: ParticipantSession): string[] {
    return [...(this.participantOf(session)?.legs.keys() ?? [])]
  }

  /** Running rooms. */
  get roomCount(): number {
    return this.#hosts.size
  }

  /** Members and audience participants of all rooms. */
  get participantCount(): number {
    return this.#participants.size
  }

  invite(session: ParticipantSession, params: InviteParams, reply: Reply): Promise<void> {
    return invite(this, session, params, reply)
  }

  modify(session: ParticipantSession, params: ModifyParams, reply: Reply): Promise<void> {
    return modify(this, session, params, reply)
  }

  bye(session: ParticipantSession, params: ByeParams, reply: Reply): Promise<void> {
    return bye(this, session, params, reply)
  }

  info(session: ParticipantSession, params: InfoParams, reply: Reply): Promise<void> {
    return info(this, session, params, reply)
  }

  /** A `video.*` method of the room that the session is in. */
  async rpc(
    session: ParticipantSession,
    method: string,
    params: Record<string, unknown>,
    reply: Reply,
  ): Promise<void> {
    const participant = this.participantOf(session)
    if (participant === undefined)
      throw new RoomError('conflict', `${method} is possible in a room only: join first`)
    const { host, memberId } = participant
    await host.run(() => {
      if (participant.left) throw new RoomError('conflict', 'You are not in the room any more')
      const { result, effects } = host.command({ type: 'rpc', method, params }, { kind: 'member', memberId })
      reply.send(result ?? { code: '200', message: 'OK' })
      host.apply(effects)
    })
  }

  /** The session has a socket again. */
  attached(session: ParticipantSession): void {
    const participant = this.participantOf(session)
    if (participant === undefined) return
    participant.detached = null
    scheduleResync(participant)
    updatePresence(participant)
  }

  /** The session lost its socket. */
  detached(session: ParticipantSession, reason: DetachReason): void {
    const participant = this.participantOf(session)
    if (participant === undefined) return
    participant.detached = { reason, atMs: this.clock.nowMs() }
    participant.cancelResync?.()
    participant.cancelResync = null
    rememberKnown(participant)
    updatePresence(participant)
  }

  participantOf(session: ParticipantSession): Participant | undefined {
    return this.#participants.get(session)
  }

  openRoom(session: ParticipantSession): RoomHost {
    if (this.#closing) throw new RoomError('media_unavailable', 'The server is shutting down')
    const { claims } = session
    const key = roomKey(claims.sub, claims.r)
    const running = this.#hosts.get(key)
    if (running !== undefined) return running
    if (!claims.acr) throw new RoomError('room_not_found', `There is no room "${claims.r}"`)
    const settings: RoomSettings = {
      roomId: randomUUID(),
      projectId: claims.sub,
      name: claims.r,
      displayName: claims.room_display_name ?? claims.r,
      layout: 'grid-responsive',
      meta: claims.rmta ?? {},
      prioritizeHandraise: false,
      joinFromMs: null,
      joinUntilMs: null,
      removeAtMs: null,
      removeAfterSeconds: null,
      ...this.#deps.roomDefaults,
    }
    const host = this.#createHost(key, settings)
    this.#hosts.set(key, host)
    return host
  }

  admit(participant: Participant): void {
    participant.host.participants.set(participant.memberId, participant)
    this.#participants.set(participant.session, participant)
  }

  /** What the media process says of a running room; undefined if there is no such room. */
  async mediaStats(projectId: string, roomName: string): Promise<RoomMediaStats | undefined> {
    return this.#hosts.get(roomKey(projectId, roomName))?.media.stats()
  }

  /** Ends every room: all participants get a `verto.bye`. No room can be joined after it. */
  async endAll(cause: HangupCause): Promise<void> {
    this.#closing = true
    await Promise.all(
      [...this.#hosts.values()].map((host) =>
        host
          .run(() => host.end(cause))
          .catch((error: unknown) => host.logger.error({ err: error }, 'Ending the room failed')),
      ),
    )
  }

  #createHost(key: string, settings: RoomSettings): RoomHost {
    const { engine, createCore, clock, logger, grace } = this.#deps
    const core = createCore({ roomSessionId: randomUUID(), settings, nowMs: clock.nowMs() })
    const mediaOptions: RoomMediaOptions = { ...canvases[settings.quality], fps: settings.fps }
    const host = new RoomHost({
      key,
      core,
      engine,
      mediaOptions,
      clock,
      logger,
      grace,
      onParticipantGone: (participant) => {
        if (this.#participants.get(participant.session) === participant) {
          this.#participants.delete(participant.session)
          this.#departureListener(participant.session)
        }
      },
      onEnded: (ended) => {
        if (this.#hosts.get(key) === ended) this.#hosts.delete(key)
      },
    })
    host.logger.info(
      { roomId: settings.roomId, quality: settings.quality, fps: settings.fps },
      'Room started',
    )
    return host
  }
}

function roomKey(projectId: string, roomName: string): string {
  return `${projectId} ${roomName}`
}
