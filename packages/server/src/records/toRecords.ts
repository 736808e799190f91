import { randomUUID } from 'node:crypto'
import type { RoomTokenClaims } from '@roomful/protocol'
import type { RoomSettings } from '../room/types.ts'
import type { RoomRecord, SessionFlags, SessionRecord } from '../store/index.ts'

/** What a room is that a token makes by naming it. */
export function autoCreatedRoom(
  claims: RoomTokenClaims,
  defaults: Pick<RoomSettings, 'quality' | 'fps' | 'maxMembers'>,
  nowMs: number,
): RoomRecord {
  return {
    id: randomUUID(),
    projectId: claims.sub,
    name: claims.r,
    displayName: claims.room_display_name ?? claims.r,
    description: null,
    ...defaults,
    joinFromMs: null,
    joinUntilMs: null,
    removeAtMs: null,
    removeAfterSeconds: null,
    layout: 'grid-responsive',
    meta: claims.rmta ?? {},
    recordOnStart: false,
    toneOnEntryAndExit: true,
    roomJoinVideoOff: false,
    userJoinVideoOff: false,
    enableRoomPreviews: claims.erp ?? false,
    prioritizeHandraise: false,
    syncAudioVideo: claims.sync_audio_video ?? null,
    autoCreated: true,
    conference: null,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  }
}

/** The room that an auto-created one was, by the record of its session. */
export function roomOfSession(session: SessionRecord, id: string): RoomRecord {
  const { name, displayName, maxMembers, quality, fps, layout, meta, projectId, createdAtMs } = session
  const { joinFromMs, joinUntilMs, removeAtMs, removeAfterSeconds, recordOnStart } = session
  const { toneOnEntryAndExit, roomJoinVideoOff, userJoinVideoOff, enableRoomPreviews } = session
  return {
    ...{ id, projectId, name, displayName, description: null, maxMembers, quality, fps, layout, meta },
    ...{ joinFromMs, joinUntilMs, removeAtMs, removeAfterSeconds, recordOnStart, toneOnEntryAndExit },
    ...{ roomJoinVideoOff, userJoinVideoOff, enableRoomPreviews },
    prioritizeHandraise: session.prioritizeHandraise,
    syncAudioVideo: session.syncAudioVideo,
    autoCreated: true,
    conference: null,
    createdAtMs,
    updatedAtMs: createdAtMs,
  }
}

/** A session of a room that begins. */
export function newSession(
  room: RoomRecord,
  { id, flags, ownerId, nowMs }: { id: string; flags: SessionFlags; ownerId: string; nowMs: number },
): SessionRecord {
  // What a session has as well; the rest is the room's own.
  const { description, autoCreated, conference, ...properties } = room
  return {
    ...properties,
    ...flags,
    id,
    roomId: room.id,
    isConference: conference !== null,
    status: 'in-progress',
    startedAtMs: nowMs,
    endedAtMs: null,
    ownerId,
    lastAliveAtMs: nowMs,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    discardedAtMs: null,
  }
}
