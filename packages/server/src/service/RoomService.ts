import type { RoomMediaOptions, RoomMediaStats } from '@roomful/media'
import { RoomError, type HangupCause, type RoomQuality } from '@roomful/protocol'
import type { Logger } from 'pino'
import type { Clock } from '../lib/Clock.ts'
import type { MediaEngine } from '../media/MediaEngine.ts'
import type { RoomCore, RoomSettings, StandingStream } from '../room/types.ts'
import { bye, type ByeParams } from './calls/bye.ts'
import type { CallContext } from './calls/CallContext.ts'
import { info, type InfoParams } from './calls/info.ts'
import { invite, type InviteParams } from './calls/invite.ts'
import { modify, type ModifyParams } from './calls/modify.ts'
import type { Participant } from './Participant.ts'
import { ProjectRooms } from './ProjectRooms.ts'
import type { DetachReason, ParticipantSession } from './ParticipantSession.ts'
import { updatePresence, type GraceTimes } from './presence.ts'
import type { RoomOutputsOptions } from './outputs/RoomOutputs.ts'
import type { Reply } from './Reply.ts'
import { request } from './requests.ts'
import { rememberKnown, scheduleResync } from './resync.ts'
import type { Restorable } from './restoring.ts'
import { sendRole } from './roles.ts'
import { RoomHost } from './RoomHost.ts'
import type { RoomObserver } from './RoomObserver.ts'
import type { RoomRecords } from './RoomRecords.ts'

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
  createCore: (options: {
    roomSessionId: string
    settings: RoomSettings
    previewUrl: string | null
    nowMs: number
  }) => RoomCore
  /** Where the preview of a session will be. */
  previewUrl: (roomSessionId: string) => string
  clock: Clock
  logger: Logger
  records: RoomRecords
  grace: GraceTimes
  /** Folder of the recordings, and who is told what becomes of them and of streams. */
  outputs: RoomOutputsOptions
}

/** Finds or makes rooms, runs every command of theirs and does what they ask for. Their only writer. */
export class RoomService implements CallContext {
  readonly clock: Clock
  /** For applications' servers. */
  readonly projects = new ProjectRooms(() => this.#hosts.values())
  readonly #deps: RoomServiceDependencies
  readonly #hosts = new Map<string, RoomHost>()
  readonly #participants = new Map<ParticipantSession, Participant>()
  /** Sessions whose clients were told their role before they joined. */
  readonly #recalled = new WeakSet<ParticipantSession>()
  #departureListener: (session: ParticipantSession, restorable: Restorable | null) => void = () => {}
  readonly #observers: Set<RoomObserver>
  #closing = false
  #draining = false

  constructor(deps: RoomServiceDependencies) {
    this.#deps = deps
    this.#observers = new Set([deps.records])
    this.clock = deps.clock
  }

  /** `listener` is told of every session whose participant has left its room, and what it may come back as. */
  onDeparture(listener: (session: ParticipantSession, restorable: Restorable | null) => void): void {
    this.#departureListener = listener
  }

  /** `observer` is told what goes on in every room; returns what ends that. */
  observe(observer: RoomObserver): () => void {
    this.#observers.add(observer)
    return () => this.#observers.delete(observer)
  }

  /** Ids of the calls that a session has. */
  callIdsOf(session: ParticipantSession): string[] {
    const participant = this.participantOf(session)
    if (participant === undefined) return []
    return [...participant.children, participant].flatMap(({ legs }) => [...legs.keys()])
  }

  /** The running rooms themselves. */
  get rooms(): Iterable<RoomHost> {
    return this.#hosts.values()
  }

  /** Running rooms. */
  get roomCount(): number {
    return this.#hosts.size
  }

  /** Members and audience participants of all rooms. */
  get participantCount(): number {
    return this.#participants.size
  }

  async invite(session: ParticipantSession, params: InviteParams, reply: Reply): Promise<void> {
    try {
      await invite(this, session, params, reply)
    } catch (error) {
      const code = error instanceof RoomError ? error.code : 'internal'
      for (const observer of this.#observers) observer.onRefused?.(code)
      throw error
    }
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
    const actor = { kind: 'member', memberId } as const
    await request(host, method, params, { actor, reply, isGone: () => participant.left })
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

  async openRoom({ claims, restorable }: ParticipantSession): Promise<RoomHost> {
    const key = roomKey(claims.sub, claims.r)
    const running = this.#hosts.get(key)
    if (running !== undefined) return running
    if (this.#draining)
      throw new RoomError('media_unavailable', 'The server is about to shut down: no room begins here')
    const { roomSessionId, settings } = await this.#deps.records.open(claims, restorable)
    if (this.#closing) throw new RoomError('media_unavailable', 'The server is shutting down')
    // Somebody else may have been faster meanwhile.
    const opened = this.#hosts.get(key) ?? this.#createHost(key, roomSessionId, settings)
    this.#hosts.set(key, opened)
    return opened
  }

  admit(participant: Participant): Promise<void> {
    const { host, session } = participant
    host.participants.set(participant.memberId, participant)
    if (participant.parent === null) {
      this.#participants.set(session, participant)
      // The call that was just answered may be the old one, and the one it was asked for on its way.
      participant.awaitsRoleCall = this.#recalled.delete(session)
    }
    for (const observer of this.#observers) observer.onJoined?.(host, participant)
    return this.#deps.records.savedSoon(host)
  }

  /** What the media process says of a running room; undefined if there is no such room. */
  async mediaStats(projectId: string, roomName: string): Promise<RoomMediaStats | undefined> {
    return this.#hosts.get(roomKey(projectId, roomName))?.media.stats()
  }

  /** A standing order was added: its stream starts at once if the room runs. */
  async addStandingStream(projectId: string, roomName: string, order: StandingStream): Promise<void> {
    const host = this.#hosts.get(roomKey(projectId, roomName))
    await host?.run(() => {
      if (!host.ended && host.participants.size > 0) host.outputs.startStanding(order)
    })
  }

  /** A standing order is gone: so is its stream, if the room runs. */
  async removeStandingStream(projectId: string, roomName: string, orderId: string): Promise<void> {
    const host = this.#hosts.get(roomKey(projectId, roomName))
    await host?.run(() => {
      if (!host.ended) host.outputs.stopStanding(orderId)
    })
  }

  /** From now on nobody can begin a room; those that run may be joined until they end. */
  refuseNewRooms(): void {
    this.#draining = true
  }

  /** Ends every room: all participants get a `verto.bye`. No room can be joined after it. */
  async endAll(cause: HangupCause): Promise<void> {
    this.#closing = true
    await this.#inEveryRoom('Ending the room failed', async (host) => {
      await host.run(() => host.end(cause))
      await host.closed()
    })
  }

  /**
   * The first part of handing rooms over to the server's next life: recordings, streams and playbacks end, as if
   * somebody had stopped them, and no room begins any more.
   */
  async stopObjects(): Promise<void> {
    this.#closing = true
    await this.#inEveryRoom('Stopping what runs in the room failed', (host) =>
      host.run(() => host.stopObjects()),
    )
  }

  /** The second part, when no client has a socket any more: the rooms are let go of, and nobody is told. */
  async suspendAll(): Promise<void> {
    this.#closing = true
    await this.#inEveryRoom('Letting go of the room failed', async (host) => {
      await host.run(() => host.suspend())
      await host.closed()
    })
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

  async #inEveryRoom(failure: string, act: (host: RoomHost) => Promise<void>): Promise<void> {
    const all = [...this.#hosts.values()].map((host) =>
      act(host).catch((error: unknown) => host.logger.error({ err: error }, failure)),
    )
    await Promise.all(all)
  }

  #createHost(key: string, roomSessionId: string, settings: RoomSettings): RoomHost {
    const { engine, createCore, clock, logger, grace, outputs } = this.#deps
    const { previews, quality, fps } = settings
    const previewUrl = previews ? this.#deps.previewUrl(roomSessionId) : null
    const core = createCore({ roomSessionId, settings, previewUrl, nowMs: clock.nowMs() })
    const mediaOptions: RoomMediaOptions = { ...canvases[quality], fps, previews }
    const host: RoomHost = new RoomHost({
      key,
      core,
      engine,
      mediaOptions,
      clock,
      logger,
      grace,
      outputs,
      onParticipantGone: (participant, restorable) => {
        for (const observer of this.#observers) observer.onLeft?.(host, participant)
        const { session } = participant
        if (this.#participants.get(session) !== participant) return
        this.#participants.delete(session)
        // Whoever joins again does so as its token says.
        session.changeRole(null)
        session.remember(null)
        this.#departureListener(session, restorable)
      },
      onEvent: (of, event, recipients) => {
        for (const observer of this.#observers) observer.onEvent?.(of, event, recipients)
      },
      onConnected: (of, afterMs) => {
        for (const observer of this.#observers) observer.onConnected?.(of, afterMs)
      },
      onPreview: (of, webp) => {
        for (const observer of this.#observers) observer.onPreview?.(of, webp)
      },
      saved: () => this.#deps.records.saved(host),
      onSuspended: (suspended) => {
        if (this.#hosts.get(key) === suspended) this.#hosts.delete(key)
        for (const { session } of suspended.participants.values()) this.#participants.delete(session)
      },
      onEnded: (ended) => {
        if (this.#hosts.get(key) === ended) this.#hosts.delete(key)
        for (const observer of this.#observers) observer.onEnded?.(ended)
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
