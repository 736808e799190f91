import { randomUUID } from 'node:crypto'
import { RoomError, type RoomTokenClaims } from '@roomful/protocol'
import type { Logger } from 'pino'
import type { Clock } from '../lib/Clock.ts'
import { withTimeout } from '../lib/withTimeout.ts'
import type { RoomSettings } from '../room/types.ts'
import type { OpenedRoom } from '../service/index.ts'
import type { Restorable } from '../service/restoring.ts'
import type { RoomRecord, SessionRecord, Store } from '../store/index.ts'
import { autoCreatedRoom, roomOfSession } from './toRecords.ts'

/** Of the looks into the database that precede a session. */
const lookupTimeoutMs = 3000
/** Standing orders that a session is given; the room takes the first ones of them. */
const maxStreams = 20

/** A session that a crash interrupted, and the room it was in. */
export type Interrupted = { session: SessionRecord; roomId: string; endedAtMs: number }

export type RoomDirectoryOptions = {
  store: Store
  clock: Clock
  logger: Logger
  /** Of rooms that come into being by being joined. */
  roomDefaults: Pick<RoomSettings, 'quality' | 'fps' | 'maxMembers'>
  /** How long after a crash whoever joins a room goes on with the session that was interrupted there. */
  resumeMs: number
}

/** Finds what a token names: the room, its settings, and the session that goes on there or begins. */
export class RoomDirectory {
  readonly #options: RoomDirectoryOptions
  /** By project and name of the room. */
  readonly #interrupted = new Map<string, Interrupted & { untilMs: number }>()
  /** By the settings that were made of them; the records need more than the room does. */
  readonly #rooms = new WeakMap<RoomSettings, RoomRecord>()

  constructor(options: RoomDirectoryOptions) {
    this.#options = options
  }

  /** To be called at start, with the sessions that the last life of the server left behind. */
  remember(interrupted: readonly Interrupted[]): void {
    const untilMs = this.#options.clock.nowMs() + this.#options.resumeMs
    for (const each of interrupted) {
      this.#interrupted.set(keyOf(each.session.projectId, each.session.name), { ...each, untilMs })
    }
  }

  /**
   * What a token names; throws `room_not_found` if there is no such room and the token may not make it. Nothing is
   * written before somebody has joined.
   */
  async open(claims: RoomTokenClaims, restorable: Restorable | null): Promise<OpenedRoom> {
    const { clock, logger } = this.#options
    try {
      return await withTimeout(
        clock,
        this.#open(claims, restorable),
        lookupTimeoutMs,
        () => new Error(`The database did not answer in ${lookupTimeoutMs / 1000} s`),
      )
    } catch (error) {
      if (error instanceof RoomError) throw error
      logger.error({ err: error }, 'A room cannot be opened')
      throw new RoomError('media_unavailable', 'Rooms cannot be opened at the moment; try again later', {
        cause: error,
      })
    }
  }

  /** The room that `open` gave the settings of. */
  roomOf(settings: RoomSettings): RoomRecord | undefined {
    return this.#rooms.get(settings)
  }

  /** Somebody has joined: nobody else is to go on with what was interrupted. */
  begun({ projectId, name }: RoomSettings): void {
    this.#interrupted.delete(keyOf(projectId, name))
  }

  async #open(claims: RoomTokenClaims, restorable: Restorable | null): Promise<OpenedRoom> {
    const { store } = this.#options
    const stored = await store.rooms.findJoinable(claims.sub, claims.r)
    const previous = await this.#previous(claims, restorable, stored)
    const room = stored ?? this.#missing(claims, restorable, previous)
    const streams =
      stored === null ? [] : (await store.streams.list(claims.sub, room.id, { pageSize: maxStreams })).items
    const begins = previous === null && claims.rmta !== undefined ? { ...room, meta: claims.rmta } : room
    // The oldest order first: it is the one that counts if there are too many.
    const orders = streams.reverse().map(({ id, url }) => ({ id, url }))
    const settings = toSettings(begins, orders, previous?.session ?? null)
    this.#rooms.set(settings, begins)
    return { roomSessionId: previous?.sessionId ?? randomUUID(), settings }
  }

  /** The session that goes on; null: a new one begins. */
  async #previous(
    claims: RoomTokenClaims,
    restorable: Restorable | null,
    stored: RoomRecord | null,
  ): Promise<{ session: SessionRecord | null; sessionId: string; roomId: string } | null> {
    const interrupted = this.#interruptedIn(claims)
    const known = restorable ?? interrupted
    // A room that was deleted and made anew is another one, whatever its name.
    if (known === null || (stored !== null && stored.id !== known.roomId)) return null
    if (known === interrupted) return { ...interrupted, sessionId: interrupted.session.id }
    const { roomSessionId: sessionId, roomId } = known as Restorable
    const session = await this.#options.store.sessions.find(claims.sub, sessionId)
    return { session, sessionId, roomId }
  }

  #interruptedIn(claims: RoomTokenClaims): Interrupted | null {
    const key = keyOf(claims.sub, claims.r)
    const found = this.#interrupted.get(key)
    if (found === undefined) return null
    if (found.untilMs > this.#options.clock.nowMs()) return found
    this.#interrupted.delete(key)
    return null
  }

  #missing(
    claims: RoomTokenClaims,
    restorable: Restorable | null,
    previous: { session: SessionRecord | null; roomId: string } | null,
  ): RoomRecord {
    // Whoever goes on with a session was in the room, so it did exist.
    if (!claims.acr && restorable === null && previous === null) {
      throw new RoomError('room_not_found', `There is no room "${claims.r}"`)
    }
    if (previous?.session) return roomOfSession(previous.session, previous.roomId)
    const { roomDefaults, clock } = this.#options
    const made = autoCreatedRoom(claims, roomDefaults, clock.nowMs())
    return previous === null ? made : { ...made, id: previous.roomId }
  }
}

function keyOf(projectId: string, name: string): string {
  return `${projectId} ${name}`
}

function toSettings(
  room: RoomRecord,
  streams: RoomSettings['streams'],
  resumed: SessionRecord | null,
): RoomSettings {
  const { projectId, name, displayName, maxMembers, quality, fps, layout, meta } = room
  const { joinFromMs, joinUntilMs, removeAtMs, removeAfterSeconds, recordOnStart } = room
  return {
    ...{ roomId: room.id, projectId, name, displayName, maxMembers, quality, fps, layout, meta },
    ...{ joinFromMs, joinUntilMs, removeAtMs, removeAfterSeconds, recordOnStart, streams },
    toneOnEntryAndExit: room.toneOnEntryAndExit,
    joinVideoMuted: room.roomJoinVideoOff || room.userJoinVideoOff,
    previews: room.enableRoomPreviews,
    prioritizeHandraise: room.prioritizeHandraise,
    ...(resumed !== null && {
      resumes: {
        layoutName: resumed.currentLayout,
        locked: resumed.locked,
        hideVideoMuted: resumed.hideVideoMuted,
        prioritizeHandraise: resumed.prioritizeHandraise,
        meta: resumed.meta,
      },
    }),
  }
}
