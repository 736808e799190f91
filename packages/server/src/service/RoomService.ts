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
import type { Restorable } from './restoring.ts'
import { sendRole } from './roles.ts'
import { RoomHost } from './RoomHost.ts'

/**
 * A client that comes back to a server which does not know it may take up its call by itself; the stock client
 * often cannot, and is helped after this time.
 */
const recallDelayMs = 2000

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
  /** Sessions whose clients were told their role before they joined. */
  readonly #recalled = new WeakSet<ParticipantSession>()
  #departureListener: (session: ParticipantSession, restorable: Restorable | null) => void = () => {}
  #closing = false

  constructor(deps: RoomServiceDependencies) {
    this.#deps = deps
    this.clock = deps.clock
  }

  /** `listener` is told of every session whose participant has left its room, and what it may come back as. */
  onDeparture(listener: (session: ParticipantSession, restorable: Restorable | null) => void): void {
    this.#departureListener = listener
  }

  /** Ids of the calls that a session has. */
  callIdsOf(session: ParticipantSession): string[] {
    const participant = this.participantOf(session)
    if (participant === undefined) return []
    return [...participant.children, participant].flatMap(({ legs }) => [...legs.keys()])
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
    if (participant === undefined) {
      this.#recall(session)
      return
    }
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
    // The room of somebody who was in it did exist.
    const { restorable } = session
    if (!claims.acr && restorable === null)
      throw new RoomError('room_not_found', `There is no room "${claims.r}"`)
    const settings: RoomSettings = {
      roomId: restorable?.roomId ?? randomUUID(),
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
    const host = this.#createHost(key, restorable?.roomSessionId ?? randomUUID(), settings)
    this.#hosts.set(key, host)
    return host
  }

  admit(participant: Participant): void {
    participant.host.participants.set(participant.memberId, participant)
    if (participant.parent !== null) return
    this.#participants.set(participant.session, participant)
    // The call that was just answered may be the old one, and the one it was asked for on its way.
    participant.awaitsRoleCall = this.#recalled.delete(participant.session)
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

  /**
   * The client's page runs on with a call that nobody knows. Our own SDK sees the new session and calls anew; the
   * stock client does so when it is told its role.
   */
  #recall(session: ParticipantSession): void {
    const { restorable } = session
    if (restorable === null || session.agent.startsWith('roomful')) return
    this.clock.setTimeout(() => {
      if (this.#closing || !session.connected || session.restorable !== restorable) return
      this.#recalled.add(session)
      sendRole(session, restorable, this.clock.nowMs())
    }, recallDelayMs)
  }

  #createHost(key: string, roomSessionId: string, settings: RoomSettings): RoomHost {
    const { engine, createCore, clock, logger, grace } = this.#deps
    const core = createCore({ roomSessionId, settings, nowMs: clock.nowMs() })
    const mediaOptions: RoomMediaOptions = { ...canvases[settings.quality], fps: settings.fps }
    const host = new RoomHost({
      key,
      core,
      engine,
      mediaOptions,
      clock,
      logger,
      grace,
      onParticipantGone: (participant, restorable) => {
        const { session } = participant
        if (this.#participants.get(session) !== participant) return
        this.#participants.delete(session)
        // Whoever joins again does so as its token says.
        session.changeRole(null)
        session.remember(null)
        this.#departureListener(session, restorable)
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
