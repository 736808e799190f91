import { randomUUID } from 'node:crypto'
import { eventChannelOf } from '../room/eventChannel.ts'
import type {
  RecordingRecord,
  Repositories,
  SessionEventRecord,
  SessionMemberRecord,
  SessionRecord,
  SessionStreamRecord,
} from '../store/index.ts'

/** Who is told of the events that a recovery makes up for. */
export type Announcer = {
  /** Writes what is to be sent, within the transaction that the events belong to. */
  write(
    to: Pick<Repositories, 'webhooks' | 'webhookDeliveries'>,
    events: readonly SessionEventRecord[],
  ): Promise<void>
  /** The transaction is through. */
  wake(): void
}

const toSeconds = (ms: number): number => ms / 1000

/**
 * What the room of an interrupted session would have said at its end: that its members left, its streams and it
 * itself ended. Less is known than the room knew; `interrupted` says so.
 */
export function endOfSession(
  session: SessionRecord,
  {
    members,
    streams,
    endedAtMs,
  }: { members: readonly SessionMemberRecord[]; streams: readonly SessionStreamRecord[]; endedAtMs: number },
): SessionEventRecord[] {
  const of = inSession(session.projectId, session.id, session.roomId)
  return [
    ...streams.map(({ id, startedAtMs }) =>
      of.event('stream.ended', endedAtMs, {
        stream: { id, ...of.inRoom, state: 'completed', ...span(startedAtMs, endedAtMs) },
      }),
    ),
    ...members.map(({ id, name, type, parentId }) =>
      of.event(
        'member.left',
        endedAtMs,
        { member: { id, ...of.inRoom, name, type, parent_id: parentId } },
        { memberId: id },
      ),
    ),
    of.event('room.ended', endedAtMs, roomViews(session, of.inRoom)),
  ]
}

/** The same of a recording, once its file was looked at. */
export function endOfRecording(recording: RecordingRecord, roomId: string | null): SessionEventRecord {
  const { id, projectId, sessionId, startedAtMs, durationMs, error } = recording
  const endedAtMs = recording.finishedAtMs ?? startedAtMs
  const of = inSession(projectId, sessionId, roomId)
  const view = {
    ...{ id, ...of.inRoom, state: 'completed', ...span(startedAtMs, endedAtMs) },
    ...{ duration: toSeconds(durationMs ?? 0), ...(error !== null && { error }) },
  }
  return of.event('recording.ended', endedAtMs, { recording: view }, { recordingId: id })
}

function inSession(projectId: string, sessionId: string, roomId: string | null) {
  const inRoom = { room_id: roomId, room_session_id: sessionId }
  const event = (
    name: string,
    createdAtMs: number,
    payload: Record<string, unknown>,
    about: { recordingId?: string; memberId?: string } = {},
  ): SessionEventRecord => ({
    ...{ id: randomUUID(), projectId, roomId, sessionId, recordingId: null, memberId: null, ...about },
    ...{ level: 'warn', name, createdAtMs, payload: { ...inRoom, ...payload, interrupted: true } },
  })
  return { inRoom, event }
}

function span(startedAtMs: number, endedAtMs: number): Record<string, number> {
  const duration = toSeconds(Math.max(0, endedAtMs - startedAtMs))
  return { started_at: toSeconds(startedAtMs), ended_at: toSeconds(endedAtMs), duration }
}

function roomViews(
  { id, projectId, name, displayName, locked, currentLayout, meta }: SessionRecord,
  inRoom: object,
): Record<string, unknown> {
  const view = {
    ...{
      id,
      ...inRoom,
      project_id: projectId,
      event_channel: eventChannelOf(id),
      name,
      display_name: displayName,
    },
    ...{ locked, layout_name: currentLayout, meta, members: [] },
  }
  return { room: view, room_session: view }
}
