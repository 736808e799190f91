import { randomUUID } from 'node:crypto'
import type {
  RecordingRecord,
  RoomRecord,
  SessionEventRecord,
  SessionMemberRecord,
  SessionRecord,
} from './records.ts'

/** Records for tests, with everything that a test does not care about. */

export const testProjectId = '00000000-0000-4000-8000-00000000000a'

const properties = {
  displayName: 'Lobby',
  maxMembers: 20,
  quality: '720p',
  fps: 25,
  joinFromMs: null,
  joinUntilMs: null,
  removeAtMs: null,
  removeAfterSeconds: null,
  layout: 'grid-responsive',
  meta: {},
  recordOnStart: false,
  toneOnEntryAndExit: true,
  roomJoinVideoOff: false,
  userJoinVideoOff: false,
  enableRoomPreviews: false,
  prioritizeHandraise: false,
  syncAudioVideo: null,
} as const

export function testRoom(room: Partial<RoomRecord> = {}): RoomRecord {
  const id = room.id ?? randomUUID()
  return {
    ...properties,
    id,
    projectId: testProjectId,
    name: `room-${id.slice(0, 8)}`,
    description: null,
    autoCreated: false,
    conference: null,
    createdAtMs: 1000,
    updatedAtMs: 1000,
    ...room,
  }
}

export function testSession(session: Partial<SessionRecord> = {}): SessionRecord {
  return {
    ...properties,
    id: randomUUID(),
    projectId: testProjectId,
    roomId: null,
    name: 'lobby',
    isConference: false,
    locked: false,
    currentLayout: 'grid-responsive',
    hideVideoMuted: false,
    status: 'in-progress',
    startedAtMs: 1000,
    endedAtMs: null,
    ownerId: 'server-a',
    lastAliveAtMs: 1000,
    createdAtMs: 1000,
    updatedAtMs: 1000,
    discardedAtMs: null,
    ...session,
  }
}

export function testMember(
  sessionId: string,
  member: Partial<SessionMemberRecord> = {},
): SessionMemberRecord {
  return {
    id: randomUUID(),
    projectId: testProjectId,
    sessionId,
    name: 'Ada',
    type: 'member',
    parentId: null,
    joinedAtMs: 2000,
    leftAtMs: null,
    ...member,
  }
}

export function testEvent(sessionId: string, event: Partial<SessionEventRecord> = {}): SessionEventRecord {
  return {
    id: randomUUID(),
    projectId: testProjectId,
    roomId: null,
    sessionId,
    recordingId: null,
    memberId: null,
    level: 'info',
    name: 'member.joined',
    payload: { member: { name: 'Ada' } },
    createdAtMs: 2000,
    ...event,
  }
}

export function testRecording(sessionId: string, recording: Partial<RecordingRecord> = {}): RecordingRecord {
  const id = recording.id ?? randomUUID()
  return {
    id,
    projectId: testProjectId,
    sessionId,
    status: 'recording',
    startedAtMs: 2000,
    finishedAtMs: null,
    durationMs: null,
    sizeBytes: null,
    format: 'video/mp4',
    path: `/recordings/${id}.mp4`,
    error: null,
    createdAtMs: 2000,
    updatedAtMs: 2000,
    ...recording,
  }
}
