import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Clock } from '../lib/Clock.ts'
import type {
  Page,
  PageRequest,
  RecordingRecord,
  Repositories,
  SessionRecord,
  Store,
} from '../store/index.ts'
import { endOfRecording, endOfSession, type Announcer } from './interruptedEvents.ts'
import type { RecordingCompletions } from './RecordingCompletions.ts'
import type { Interrupted } from './RoomDirectory.ts'

/** A recording of another server that is not complete after this time: that server is not about to do it. */
const abandonedMs = 3_600_000
const pageSize = 1000

export type RecoveryOptions = {
  store: Store
  ownerId: string
  clock: Clock
  logger: Logger
  completions: RecordingCompletions
  announcer: Announcer
  /** Sessions of another server are interrupted if it was not heard of for this long. */
  staleMs: number
  isRunning: (sessionId: string) => boolean
}

/**
 * Closes sessions that are in progress by the records but run nowhere, with their true end: when their server was
 * last heard of. Their members and streams end with them, their recordings are completed by what is in the files,
 * and rooms that were made by a token are deleted; who is told of such events is told of these, once. Should the
 * members come back, their session is opened again.
 */
export async function closeInterrupted(options: RecoveryOptions): Promise<Interrupted[]> {
  const { store, ownerId, clock, logger, staleMs, isRunning, announcer } = options
  const found = await store.sessions.interrupted(ownerId, clock.nowMs() - staleMs)
  const closed: Interrupted[] = []
  const recordings = new Map<string, { recording: RecordingRecord; roomId: string | null }>()
  for (const session of found) {
    if (isRunning(session.id)) continue
    const endedAtMs = Math.max(session.lastAliveAtMs, session.startedAtMs)
    for (const recording of await close(options, session, endedAtMs)) {
      recordings.set(recording.id, { recording, roomId: session.roomId })
    }
    closed.push({ session, roomId: session.roomId ?? randomUUID(), endedAtMs })
    logger.info({ roomSessionId: session.id, endedAtMs }, 'A session that was interrupted was closed')
  }
  const abandoned = await store.recordings.abandoned(ownerId, clock.nowMs() - abandonedMs)
  for (const recording of abandoned) {
    if (recordings.has(recording.id)) continue
    const session = await store.sessions.find(recording.projectId, recording.sessionId)
    recordings.set(recording.id, { recording, roomId: session?.roomId ?? null })
  }
  for (const { recording, roomId } of recordings.values()) complete(options, recording, roomId)
  announcer.wake()
  return closed
}

/** Gives the recordings that are still to be completed. */
async function close(
  { store, announcer }: RecoveryOptions,
  session: SessionRecord,
  endedAtMs: number,
): Promise<RecordingRecord[]> {
  const { id: sessionId, projectId, roomId } = session
  return store.transaction(async (to) => {
    const members = await all((page) =>
      // Of the audience nobody is told.
      to.members.list(projectId, sessionId, page, { types: ['member', 'screen', 'device'] }),
    )
    const streams = await all((page) => to.sessionStreams.list(projectId, sessionId, page))
    const events = endOfSession(session, {
      members: members.filter(({ leftAtMs }) => leftAtMs === null),
      streams: streams.filter(({ status }) => status === 'streaming'),
      endedAtMs,
    })
    await to.sessions.close(sessionId, endedAtMs)
    await to.events.append(events)
    await announcer.write(to, events)
    if (roomId !== null) await to.rooms.deleteAutoCreated(projectId, roomId)
    const unfinished: RecordingRecord[] = []
    for (const recording of await to.recordings.unfinished(sessionId)) {
      const finishedAtMs = recording.finishedAtMs ?? endedAtMs
      await to.recordings.update(projectId, recording.id, { finishedAtMs })
      unfinished.push({ ...recording, finishedAtMs })
    }
    return unfinished
  })
}

function complete(
  { completions, announcer }: RecoveryOptions,
  recording: RecordingRecord,
  roomId: string | null,
): void {
  // One that had been stopped was told of then.
  const isTold = recording.status === 'processing'
  const tell = async (to: Repositories, completed: RecordingRecord): Promise<void> => {
    const events = [endOfRecording(completed, roomId)]
    await to.events.append(events)
    await announcer.write(to, events)
  }
  completions.add(recording.id, () => Promise.resolve(recording), isTold ? undefined : tell)
}

/** Oldest first. */
async function all<T>(list: (page: PageRequest) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = []
  let pageToken: string | undefined
  do {
    const page = await list({ pageSize, pageToken })
    items.push(...page.items)
    pageToken = page.nextToken ?? undefined
  } while (pageToken !== undefined)
  return items.reverse()
}
