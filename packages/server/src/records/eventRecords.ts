import { randomUUID } from 'node:crypto'
import type { RoomSettings } from '../room/types.ts'
import type { RoomEvent } from '../service/ParticipantSession.ts'
import type { SessionEventRecord } from '../store/index.ts'

/** Told to one person only, too many to keep, or to be had from others that are kept. */
const leftOut: ReadonlySet<string> = new Set([
  'video.room.subscribed',
  'video.room.audience_count',
  'video.member.talking',
  'video.member.promoted',
  'video.member.demoted',
  'video.layout.changed',
])

/** The record of an event; null: it is not kept. */
export function toEventRecord(
  { projectId, roomId }: Pick<RoomSettings, 'projectId' | 'roomId'>,
  sessionId: string,
  { type, params, timestampMs }: RoomEvent,
): SessionEventRecord | null {
  if (leftOut.has(type)) return null
  const { member, member_id, recording } = params as {
    member?: { id: string }
    member_id?: string
    recording?: { id: string }
  }
  return {
    id: randomUUID(),
    projectId,
    roomId,
    sessionId,
    recordingId: recording?.id ?? null,
    memberId: member?.id ?? member_id ?? null,
    level: 'info',
    name: type.slice('video.'.length),
    payload: withoutSecrets(params),
    createdAtMs: timestampMs,
  }
}

/** For what leaves the room: digits may be a PIN, and the path of a stream's URL its key. */
export function withoutSecrets(params: object): Record<string, unknown> {
  const { digits, stream, ...rest } = params as Record<string, unknown>
  return {
    ...rest,
    ...(typeof digits === 'string' && { digits: digits.length }),
    ...(stream !== undefined && { stream: { ...(stream as object), url: undefined } }),
  }
}
