import { isDeepStrictEqual } from 'node:util'
import { RoomError, type RoomSessionId, type RoomTokenClaims } from '@roomful/protocol'
import type { Logger } from 'pino'
import type { Cancel, Clock } from '../lib/Clock.ts'
import { withTimeout } from '../lib/withTimeout.ts'
import type { RoomCore, RoomSettings } from '../room/types.ts'
import type { Participant } from '../service/Participant.ts'
import type { RoomEvent } from '../service/ParticipantSession.ts'
import type { Restorable } from '../service/restoring.ts'
import type { RoomHost } from '../service/RoomHost.ts'
import type { OpenedRoom, RoomRecords } from '../service/RoomRecords.ts'
import type { SessionEventRecord, Store } from '../store/index.ts'
import { DatabaseHealth } from './DatabaseHealth.ts'
import { toEventRecord } from './eventRecords.ts'
import type { Announcer } from './interruptedEvents.ts'
import { OutputRecords } from './OutputRecords.ts'
import type { RecordingKeeper } from './recordingFiles.ts'
import { closeInterrupted } from './recovery.ts'
import { RecordingCompletions } from './RecordingCompletions.ts'
import { RoomDirectory } from './RoomDirectory.ts'
import { newSession } from './toRecords.ts'
import { WriteQueue, type Write } from './WriteQueue.ts'

/** How often a server says that its sessions go on: how exactly the end of one is known that a crash ended. */
export const heartbeatMs = 5000
/** A server that was not heard of for this long runs no sessions any more. */
const staleMs = 30_000
/** For a request whose answer waits for the database; clients wait 10 s. */
const savedTimeoutMs = 4000
/** For a join, which goes on without; the room's other commands wait as long. */
const savedSoonTimeoutMs = 500
/** At shutdown, for what is still to be written. */
const closeTimeoutMs = 5000
/** Owner of nothing. */
const nobody = ''
/** Events of one session that are kept; its begin and its end always are. */
const maxEvents = 10_000

export type SessionRecordsOptions = {
  store: Store
  clock: Clock
  logger: Logger
  /** Names this server over its restarts, among all that use the database. */
  ownerId: string
  /** Of rooms that come into being by being joined. */
  roomDefaults: Pick<RoomSettings, 'quality' | 'fps' | 'maxMembers'>
  /** How long after a crash whoever joins a room goes on with the session that was interrupted there. */
  resumeMs: number
  recordings: RecordingKeeper
  /** Is told of the end of what was interrupted, at the next start. */
  announcer: Announcer
}

type Session = {
  readonly id: RoomSessionId
  readonly queue: WriteQueue
  /** Somebody has joined: before that there is nothing to keep. */
  begun: boolean
  running: boolean
  eventsLeft: number
}

/** Writes down what happens in rooms, behind their backs and in order; finds it again after a crash. */
export class SessionRecords implements RoomRecords {
  /** Takes down recordings and streams. */
  readonly outputs: OutputRecords
  readonly #options: SessionRecordsOptions
  readonly #directory: RoomDirectory
  readonly #health: DatabaseHealth
  readonly #sessions = new Map<RoomSessionId, Session>()
  readonly #completions: RecordingCompletions
  #cancelHeartbeat: Cancel | null = null
  #cancelRecheck: Cancel = () => {}

  private constructor(options: SessionRecordsOptions) {
    this.#options = options
    this.#directory = new RoomDirectory(options)
    this.#health = new DatabaseHealth(options.store, options.logger)
    this.#completions = new RecordingCompletions({ ...options, keeper: options.recordings })
    this.outputs = new OutputRecords({
      ...options,
      completions: this.#completions,
      write: (sessionId, write) => {
        const session = this.#session(sessionId)
        this.#write(session, write)
        if (!session.running) this.#forgetWhenWritten(session)
        return session.queue.settled()
      },
    })
  }

  /** Closes what the last life of this server left open, then is ready. */
  static async start(options: SessionRecordsOptions): Promise<SessionRecords> {
    const records = new SessionRecords(options)
    await records.#closeInterrupted(options.ownerId)
    if (options.store.kind === 'postgres') {
      // The last life may have had another name, e.g. that of its container: then only time tells.
      const recheckMs = staleMs + heartbeatMs
      records.#cancelRecheck = options.clock.setTimeout(() => {
        records
          .#closeInterrupted(nobody)
          .catch((error: unknown) => options.logger.error({ err: error }, 'Closing old sessions failed'))
      }, recheckMs)
    }
    return records
  }

  /** Sessions with writes that wait, e.g. because the database is away. */
  get pendingWrites(): number {
    let count = 0
    for (const { queue } of this.#sessions.values()) count += queue.size
    return count
  }

  get databaseIsAway(): boolean {
    return this.#health.isAway
  }

  open(claims: RoomTokenClaims, restorable: Restorable | null): Promise<OpenedRoom> {
    return this.#directory.open(claims, restorable)
  }

  async saved(room: RoomHost): Promise<void> {
    const unavailable = new RoomError(
      'store_unavailable',
      'The change is in force, but it could not be saved: it is lost if the server ends before it can be',
    )
    const { clock } = this.#options
    const settled = this.#session(room.core.roomSessionId).queue.settled()
    if (!(await withTimeout(clock, settled, savedTimeoutMs, () => unavailable))) throw unavailable
  }

  async savedSoon(room: RoomHost): Promise<void> {
    if (this.#health.isAway) return
    const { clock, logger } = this.#options
    const settled = this.#session(room.core.roomSessionId).queue.settled()
    await withTimeout(clock, settled, savedSoonTimeoutMs, () => new Error('The database is slow')).catch(
      (error: unknown) => logger.warn({ err: error }, 'Somebody joined before that was saved'),
    )
  }

  onJoined({ core, clock }: RoomHost, { memberId, parent }: Participant): void {
    const session = this.#session(core.roomSessionId)
    this.#begin(session, core.settings, clock.nowMs())
    const type = core.typeOf(memberId) ?? 'member'
    const name = core.snapshotOf(memberId)?.name ?? nameIn(core.view().members, memberId)
    const member = {
      id: memberId,
      projectId: core.settings.projectId,
      sessionId: session.id,
      name,
      type,
      parentId: parent?.memberId ?? null,
      joinedAtMs: clock.nowMs(),
      leftAtMs: null,
    }
    this.#write(session, ({ members }) => members.join(member))
  }

  onLeft({ core, clock }: RoomHost, { memberId }: Participant): void {
    const leftAtMs = clock.nowMs()
    const session = this.#session(core.roomSessionId)
    this.#write(session, ({ members }) => members.leave(session.id, memberId, leftAtMs))
  }

  onEvent({ core }: RoomHost, event: RoomEvent): void {
    const session = this.#session(core.roomSessionId)
    if (!session.begun) return
    if (event.type === 'video.room.updated')
      this.#saveFlags(session, core, event as RoomEvent<'video.room.updated'>)
    if (event.type === 'video.member.joined') {
      // Perhaps somebody of the audience, who was promoted.
      const { id, name, type } = (event as RoomEvent<'video.member.joined'>).params.member
      this.#write(session, ({ members }) => members.update(session.id, id, { name, type }))
    }
    this.#append(session, toEventRecord(core.settings, session.id, event))
  }

  onEnded({ core, clock }: RoomHost): void {
    const session = this.#session(core.roomSessionId)
    const endedAtMs = clock.nowMs()
    const room = this.#directory.roomOf(core.settings)
    if (!session.begun) return this.#forgetWhenWritten(session)
    this.#write(session, async ({ sessions, rooms }) => {
      await sessions.close(session.id, endedAtMs)
      if (room?.autoCreated === true) await rooms.deleteAutoCreated(room.projectId, room.id)
    })
    session.running = false
    session.begun = false
    this.#forgetWhenWritten(session)
    if (![...this.#sessions.values()].some(({ running }) => running)) this.#stopHeartbeat()
  }

  /**
   * Writes what is left and completes recordings, as far as that is possible in 5 s; the next start does the rest. No
   * room may be running any more: sessions that have not ended are for the next start to close or go on with.
   */
  async close(): Promise<void> {
    this.#stopHeartbeat()
    this.#cancelRecheck()
    const { clock } = this.#options
    const queues = [...this.#sessions.values()].map(({ queue }) => queue)
    const settled = Promise.all([...queues.map((queue) => queue.settled()), this.#completions.settled()])
    const written = settled.then(() => this.#noteLastMoment())
    await withTimeout(clock, written, closeTimeoutMs, () => new Error('late')).catch(() => {})
    for (const queue of queues) queue.abandon()
  }

  /** Until now sessions ran that are left to the next start: that is their end if nobody comes back. */
  async #noteLastMoment(): Promise<void> {
    if (![...this.#sessions.values()].some(({ running }) => running)) return
    const { store, ownerId, clock } = this.#options
    await store.sessions.alive({ ownerId }, clock.nowMs())
  }

  #session(id: RoomSessionId): Session {
    const known = this.#sessions.get(id)
    if (known !== undefined) return known
    const { store, clock, logger } = this.#options
    const queue = new WriteQueue({
      store,
      clock,
      health: this.#health,
      logger: logger.child({ roomSessionId: id }),
    })
    const session: Session = { id, queue, begun: false, running: false, eventsLeft: maxEvents }
    this.#sessions.set(id, session)
    return session
  }

  #begin(session: Session, settings: RoomSettings, nowMs: number): void {
    if (session.begun) return
    session.begun = true
    session.running = true
    session.eventsLeft = maxEvents
    this.#startHeartbeat()
    this.#directory.begun(settings)
    const room = this.#directory.roomOf(settings)
    if (room === undefined) return
    const { resumes } = settings
    const flags = {
      locked: resumes?.locked ?? false,
      hideVideoMuted: resumes?.hideVideoMuted ?? false,
      currentLayout: resumes?.layoutName ?? settings.layout,
      prioritizeHandraise: resumes?.prioritizeHandraise ?? settings.prioritizeHandraise,
      meta: resumes?.meta ?? settings.meta,
    }
    const { ownerId } = this.#options
    const record = newSession(room, { id: session.id, flags, ownerId, nowMs })
    this.#write(session, async ({ rooms, sessions }) => {
      const stored = await rooms.findJoinable(room.projectId, room.name)
      if (stored === null && room.autoCreated) await rooms.create(room)
      // It may have been deleted since it was looked up, or another one of its name been made.
      const roomId = stored?.id ?? (room.autoCreated ? room.id : null)
      await sessions.open({ ...record, roomId })
      if (stored !== null && !isDeepStrictEqual(stored.meta, flags.meta)) {
        await rooms.setMeta(room.projectId, stored.id, flags.meta, nowMs)
      }
    })
  }

  #saveFlags(
    session: Session,
    core: RoomCore,
    { params, timestampMs: nowMs }: RoomEvent<'video.room.updated'>,
  ): void {
    const { layoutName, ...flags } = core.lasting()
    const { projectId, roomId } = core.settings
    const isOfRoom = params.room.updated.includes('meta')
    this.#write(session, async ({ sessions, rooms }) => {
      await sessions.setFlags(session.id, { ...flags, currentLayout: layoutName }, nowMs)
      if (isOfRoom) await rooms.setMeta(projectId, roomId, flags.meta, nowMs)
    })
  }

  #append(session: Session, event: SessionEventRecord | null): void {
    if (event === null) return
    const isKept = event.name === 'room.started' || event.name === 'room.ended'
    if (session.eventsLeft <= 0 && !isKept) return
    session.eventsLeft -= 1
    this.#write(session, ({ events }) => events.append([event]), !isKept)
  }

  #write(session: Session, write: Write, droppable = false): void {
    const nowMs = this.#options.clock.nowMs()
    session.queue.push(
      async (to) => {
        await write(to)
        await to.sessions.alive({ id: session.id }, nowMs)
      },
      { droppable },
    )
  }

  /** A session that is over is kept only until the database has it. */
  #forgetWhenWritten(session: Session): void {
    void session.queue.settled().then(() => {
      if (!session.running && session.queue.size === 0 && this.#sessions.get(session.id) === session) {
        this.#sessions.delete(session.id)
      }
    })
  }

  #startHeartbeat(): void {
    this.#cancelHeartbeat ??= this.#options.clock.setTimeout(() => this.#beat(), heartbeatMs)
  }

  #stopHeartbeat(): void {
    this.#cancelHeartbeat?.()
    this.#cancelHeartbeat = null
  }

  #beat(): void {
    const { store, ownerId, clock } = this.#options
    store.sessions
      .alive({ ownerId }, clock.nowMs())
      .catch((error: unknown) => this.#health.check(error))
      .finally(() => {
        if (this.#cancelHeartbeat !== null) {
          this.#cancelHeartbeat = clock.setTimeout(() => this.#beat(), heartbeatMs)
        }
      })
  }

  async #closeInterrupted(ownerId: string): Promise<void> {
    const { store, clock, logger, announcer } = this.#options
    const interrupted = await closeInterrupted({
      ...{ store, ownerId, clock, logger, announcer, staleMs },
      completions: this.#completions,
      isRunning: (id) => this.#sessions.get(id)?.running === true,
    })
    this.#directory.remember(interrupted)
  }
}

function nameIn(members: readonly { id: string; name: string }[], memberId: string): string {
  return members.find(({ id }) => id === memberId)?.name ?? ''
}
