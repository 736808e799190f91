import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Clock } from '../lib/Clock.ts'
import type { RecordingRecord, SessionEventRecord, SessionRecord, Store } from '../store/index.ts'
import { completeRecording, type RecordingKeeper } from './recordingFiles.ts'
import type { Interrupted } from './RoomDirectory.ts'

/** A recording of another server that is not complete after this time: that server is not about to do it. */
const abandonedMs = 3_600_000

export type RecoveryOptions = {
  store: Store
  ownerId: string
  clock: Clock
  logger: Logger
  keeper: RecordingKeeper
  /** Sessions of another server are interrupted if it was not heard of for this long. */
  staleMs: number
  isRunning: (sessionId: string) => boolean
}

/**
 * Closes sessions that are in progress by the records but run nowhere, with their true end: when their server was
 * last heard of. Their members and streams end with them, their recordings are completed by what is in the files,
 * and rooms that were made by a token are deleted. Should the members come back, their session is opened again.
 */
export async function closeInterrupted(options: RecoveryOptions): Promise<Interrupted[]> {
  const { store, ownerId, clock, logger, staleMs, isRunning } = options
  const found = await store.sessions.interrupted(ownerId, clock.nowMs() - staleMs)
  const closed: Interrupted[] = []
  const recordings = new Map<string, RecordingRecord>()
  for (const session of found) {
    if (isRunning(session.id)) continue
    const endedAtMs = Math.max(session.lastAliveAtMs, session.startedAtMs)
    await close(options, session, endedAtMs)
    closed.push({ session, roomId: session.roomId ?? randomUUID(), endedAtMs })
    logger.info({ roomSessionId: session.id, endedAtMs }, 'A session that a crash had interrupted was closed')
    for (const recording of await store.recordings.unfinished(session.id)) {
      const finishedAtMs = recording.finishedAtMs ?? endedAtMs
      await store.recordings.update(recording.projectId, recording.id, { finishedAtMs })
      recordings.set(recording.id, { ...recording, finishedAtMs })
    }
  }
  const abandoned = await store.recordings.abandoned(ownerId, clock.nowMs() - abandonedMs)
  for (const recording of abandoned) recordings.set(recording.id, recording)
  // A file of many gigabytes may take a while to be looked through or moved: nobody is to wait for it.
  for (const recording of recordings.values()) {
    completeRecording(recording, { store, clock, keeper: options.keeper }).catch((error: unknown) =>
      logger.error({ err: error, recordingId: recording.id }, 'Completing a recording failed'),
    )
  }
  return closed
}

async function close({ store }: RecoveryOptions, session: SessionRecord, endedAtMs: number): Promise<void> {
  const { id: sessionId, projectId, roomId } = session
  const event: SessionEventRecord = {
    ...{ id: randomUUID(), projectId, roomId, sessionId, recordingId: null, memberId: null },
    ...{ level: 'warn', name: 'room.ended', createdAtMs: endedAtMs },
    payload: interruptedPayload(session, roomId),
  }
  await store.transaction(async (to) => {
    await to.sessions.close(sessionId, endedAtMs)
    await to.events.append([event])
    if (roomId !== null) await to.rooms.deleteAutoCreated(projectId, roomId)
  })
}

/** What `room.ended` says of a session whose server died: what is known without the room. */
export function interruptedPayload(
  { id, projectId, name, displayName, locked, currentLayout, meta }: SessionRecord,
  roomId: string | null,
): Record<string, unknown> {
  const inRoom = { room_id: roomId, room_session_id: id }
  const session = {
    ...{ id, ...inRoom, project_id: projectId, event_channel: `room.${id}`, name, display_name: displayName },
    ...{ locked, layout_name: currentLayout, meta, members: [] },
  }
  return { ...inRoom, room: session, room_session: session, interrupted: true }
}
