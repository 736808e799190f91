import type { MemberId, MemberType, Meta, ProjectId, RoomId, RoomSessionId } from '@roomful/protocol'
import type {
  ApiKeyRecord,
  ConferenceRecord,
  ConferenceTokenRecord,
  ProjectRecord,
  RecordingRecord,
  RoomRecord,
  SessionEventRecord,
  SessionFlags,
  SessionMemberRecord,
  SessionRecord,
  SessionStatus,
  SessionStreamRecord,
  StreamRecord,
  TokenSecretRecord,
  WebhookDeliveryRecord,
  WebhookRecord,
} from './records.ts'

export type * from './records.ts'

/** Which part of a list, newest first. */
export type PageRequest = {
  /** 1 to 1000. */
  pageSize: number
  /** From `Page.nextToken` or `Page.prevToken`; absent: the first page. See `isPageToken`. */
  pageToken?: string | undefined
}

/**
 * Part of a list, newest first. Its tokens name a record, not a number of records: nothing is skipped or seen
 * twice when records come or go meanwhile.
 */
export type Page<T> = {
  items: T[]
  /** Of the page with the next older records; null: this is the last one. */
  nextToken: string | null
  /** Of the page with the next newer records; null: this is the first one. */
  prevToken: string | null
}

/** Unix milliseconds. */
export type TimeWindow = {
  /** Rooms whose `joinFromMs` is at or after it. */
  startsAfterMs?: number | undefined
  /** Rooms whose `joinUntilMs` is at or before it. */
  endsBeforeMs?: number | undefined
}

export interface ProjectRepository {
  /** Makes it, or gives the one that is there. */
  ensure(project: ProjectRecord): Promise<ProjectRecord>
  find(id: ProjectId): Promise<ProjectRecord | null>
  /** Oldest first. */
  list(): Promise<ProjectRecord[]>
}

export interface ApiKeyRepository {
  create(key: ApiKeyRecord): Promise<void>
  /** By the SHA-256 of its token; revoked ones too. */
  findByHash(tokenHash: string): Promise<ApiKeyRecord | null>
  /** Of one project, oldest first, revoked ones too. */
  list(projectId: ProjectId): Promise<ApiKeyRecord[]>
  touch(id: string, usedAtMs: number): Promise<void>
  /** False: there is no such key that is still valid. */
  revoke(projectId: ProjectId, id: string, nowMs: number): Promise<boolean>
}

export interface TokenSecretRepository {
  /** Those that still verify, the one that signs first. */
  valid(projectId: ProjectId, nowMs: number): Promise<TokenSecretRecord[]>
  /** A new secret signs from now on; those before verify for `overlapMs` more. */
  rotate(secret: TokenSecretRecord, overlapMs: number): Promise<void>
  /** Removes those that expired before. */
  prune(nowMs: number): Promise<void>
}

/** `update` gives the record as it is then; null: there is none. */
export interface RoomRepository {
  /** Throws `StoreConflictError` if the name is taken, by a room or a conference. */
  create(room: RoomRecord): Promise<void>
  /** Rooms only: conferences have a repository of their own. */
  find(projectId: ProjectId, id: RoomId): Promise<RoomRecord | null>
  findByName(projectId: ProjectId, name: string): Promise<RoomRecord | null>
  /** By name, room or conference: what a token may name. */
  findJoinable(projectId: ProjectId, name: string): Promise<RoomRecord | null>
  list(projectId: ProjectId, page: PageRequest, filter?: TimeWindow): Promise<Page<RoomRecord>>
  /** Throws `StoreConflictError` if the new name is taken. */
  update(
    projectId: ProjectId,
    id: RoomId,
    patch: Partial<Omit<RoomRecord, 'id' | 'projectId' | 'createdAtMs'>>,
  ): Promise<RoomRecord | null>
  /** Of a room or a conference. */
  setMeta(projectId: ProjectId, id: RoomId, meta: Meta, nowMs: number): Promise<void>
  /** Deletes it if a token made it, and nobody has kept it since. */
  deleteAutoCreated(projectId: ProjectId, id: RoomId): Promise<void>
  /** Its sessions stay, without a room; its streams go. False: there is none. */
  delete(projectId: ProjectId, id: RoomId): Promise<boolean>
}

export interface ConferenceRepository {
  /** With its tokens, at once. Throws `StoreConflictError` if the name is taken. */
  create(conference: ConferenceRecord, tokens: ConferenceTokenRecord[]): Promise<void>
  find(projectId: ProjectId, id: RoomId): Promise<ConferenceRecord | null>
  list(projectId: ProjectId, page: PageRequest, filter?: TimeWindow): Promise<Page<ConferenceRecord>>
  update(
    projectId: ProjectId,
    id: RoomId,
    patch: Partial<Omit<ConferenceRecord, 'id' | 'projectId' | 'createdAtMs'>>,
  ): Promise<ConferenceRecord | null>
  /** Its sessions stay, its tokens and streams go. False: there is none. */
  delete(projectId: ProjectId, id: RoomId): Promise<boolean>
}

export interface ConferenceTokenRepository {
  find(projectId: ProjectId, id: string): Promise<ConferenceTokenRecord | null>
  /** By the `vpt_` string, of any project. */
  findByToken(token: string): Promise<ConferenceTokenRecord | null>
  list(projectId: ProjectId, conferenceId: RoomId, page: PageRequest): Promise<Page<ConferenceTokenRecord>>
  /** The old string is void at once. */
  reset(projectId: ProjectId, id: string, token: string, nowMs: number): Promise<ConferenceTokenRecord | null>
}

export type SessionFilter = {
  roomId?: RoomId | undefined
  /** The whole name. */
  roomName?: string | undefined
  /** A part of the name; upper and lower case differ. */
  roomNameMatches?: string | undefined
  status?: SessionStatus | undefined
  /** Default: those that were not discarded. */
  includeDiscarded?: boolean | undefined
  /** On `createdAtMs`: before, at or after (each inclusive at its lower end, exclusive at its upper end). */
  createdFromMs?: number | undefined
  createdBeforeMs?: number | undefined
}

export interface SessionRepository {
  /** One that was there before, as after a crash, is opened again: it keeps its start. */
  open(session: SessionRecord): Promise<void>
  find(projectId: ProjectId, id: RoomSessionId): Promise<SessionRecord | null>
  list(projectId: ProjectId, page: PageRequest, filter?: SessionFilter): Promise<Page<SessionRecord>>
  /** The running sessions of these rooms, by room id. */
  active(projectId: ProjectId, roomIds: readonly RoomId[]): Promise<Map<RoomId, SessionRecord>>
  setFlags(id: RoomSessionId, flags: Partial<SessionFlags>, nowMs: number): Promise<void>
  /** Says that this session, or every session of this server, ran at this time. */
  alive(which: { id: RoomSessionId } | { ownerId: string }, nowMs: number): Promise<void>
  /** Ends it, and whatever is still in it: members, streams. Ended ones stay as they are. */
  close(id: RoomSessionId, endedAtMs: number): Promise<void>
  /** In progress by the records, but of this owner's earlier life, or of one not heard of since `staleMs`. */
  interrupted(ownerId: string, staleMs: number): Promise<SessionRecord[]>
  /**
   * Removes at most `limit` records of sessions that ended before, oldest sessions first: their events, members and
   * streams, then they themselves. Those that still have a recording stay. Gives how many it removed; fewer than
   * `limit`: there are no more.
   */
  prune(endedBeforeMs: number, limit: number): Promise<number>
  /** Takes it out of the log. */
  discard(projectId: ProjectId, id: RoomSessionId, nowMs: number): Promise<boolean>
}

export interface SessionMemberRepository {
  /** One that was there before comes back: its end is taken away. */
  join(member: SessionMemberRecord): Promise<void>
  leave(sessionId: RoomSessionId, id: MemberId, leftAtMs: number): Promise<void>
  /** E.g. because somebody of the audience was promoted. */
  update(
    sessionId: RoomSessionId,
    id: MemberId,
    patch: Partial<Pick<SessionMemberRecord, 'name' | 'type'>>,
  ): Promise<void>
  list(
    projectId: ProjectId,
    sessionId: RoomSessionId,
    page: PageRequest,
    filter?: { types?: readonly MemberType[] | undefined },
  ): Promise<Page<SessionMemberRecord>>
}

export interface SessionEventRepository {
  append(events: readonly SessionEventRecord[]): Promise<void>
  list(
    projectId: ProjectId,
    filter: { sessionId: RoomSessionId } | { recordingId: string },
    page: PageRequest,
  ): Promise<Page<SessionEventRecord>>
}

export interface RecordingRepository {
  create(recording: RecordingRecord): Promise<void>
  find(projectId: ProjectId, id: string): Promise<RecordingRecord | null>
  list(
    projectId: ProjectId,
    page: PageRequest,
    filter?: { sessionId?: RoomSessionId | undefined },
  ): Promise<Page<RecordingRecord>>
  /** Those of a session that have not come to an end. */
  unfinished(sessionId: RoomSessionId): Promise<RecordingRecord[]>
  /**
   * Those whose session is over but that nobody has completed: of sessions of this owner, and of any if nothing was
   * heard of them since `staleMs`.
   */
  abandoned(ownerId: string, staleMs: number): Promise<RecordingRecord[]>
  update(
    projectId: ProjectId,
    id: string,
    patch: Partial<Omit<RecordingRecord, 'id' | 'projectId' | 'sessionId' | 'createdAtMs'>>,
  ): Promise<RecordingRecord | null>
  /** The record; its file is the caller's. Gives what was deleted. */
  delete(projectId: ProjectId, id: string): Promise<RecordingRecord | null>
}

export interface StreamRepository {
  create(stream: StreamRecord): Promise<void>
  find(projectId: ProjectId, id: string): Promise<StreamRecord | null>
  list(projectId: ProjectId, roomId: RoomId, page: PageRequest): Promise<Page<StreamRecord>>
  update(
    projectId: ProjectId,
    id: string,
    patch: { url: string; updatedAtMs: number },
  ): Promise<StreamRecord | null>
  /** Gives what was deleted. */
  delete(projectId: ProjectId, id: string): Promise<StreamRecord | null>
}

export interface SessionStreamRepository {
  start(stream: SessionStreamRecord): Promise<void>
  end(id: string, endedAtMs: number, error: string | null): Promise<void>
  list(projectId: ProjectId, sessionId: RoomSessionId, page: PageRequest): Promise<Page<SessionStreamRecord>>
}

export interface WebhookRepository {
  create(webhook: WebhookRecord): Promise<void>
  find(projectId: ProjectId, id: string): Promise<WebhookRecord | null>
  /** Oldest first. */
  list(projectId: ProjectId): Promise<WebhookRecord[]>
  update(
    projectId: ProjectId,
    id: string,
    patch: Partial<Pick<WebhookRecord, 'url' | 'secret' | 'events' | 'enabled' | 'updatedAtMs'>>,
  ): Promise<WebhookRecord | null>
  /** Its deliveries go with it. */
  delete(projectId: ProjectId, id: string): Promise<boolean>
}

/** What is still to be sent. Written with the event that it tells of, sent later. */
export interface WebhookDeliveryRepository {
  enqueue(deliveries: readonly WebhookDeliveryRecord[]): Promise<void>
  /**
   * Takes those that are due, oldest first: their `attempts` grow by one, and nobody else gets them before
   * `leaseMs` is over, e.g. because the taker died.
   */
  claim(nowMs: number, limit: number, leaseMs: number): Promise<WebhookDeliveryRecord[]>
  /** When the next one is due; null: there is none. */
  nextDueMs(): Promise<number | null>
  delivered(id: string, status: number, nowMs: number): Promise<void>
  /** `nextAttemptAtMs` null: given up. */
  failed(
    id: string,
    failure: { status: number | null; error: string; nextAttemptAtMs: number | null },
    nowMs: number,
  ): Promise<void>
  list(projectId: ProjectId, webhookId: string, page: PageRequest): Promise<Page<WebhookDeliveryRecord>>
  /** Removes those that came to an end before. */
  prune(beforeMs: number): Promise<void>
}

export type Repositories = {
  readonly projects: ProjectRepository
  readonly apiKeys: ApiKeyRepository
  readonly tokenSecrets: TokenSecretRepository
  readonly rooms: RoomRepository
  readonly conferences: ConferenceRepository
  readonly conferenceTokens: ConferenceTokenRepository
  readonly sessions: SessionRepository
  readonly members: SessionMemberRepository
  readonly events: SessionEventRepository
  readonly recordings: RecordingRepository
  readonly streams: StreamRepository
  readonly sessionStreams: SessionStreamRepository
  readonly webhooks: WebhookRepository
  readonly webhookDeliveries: WebhookDeliveryRepository
}

/**
 * What outlives the process. A write is durable when its promise resolves: it survives the sudden end of the
 * server. Everything that has a project is found only by that project.
 */
export interface Store extends Repositories {
  readonly kind: 'sqlite' | 'postgres'
  /** All or nothing. Only the repositories given to `run` take part. */
  transaction<T>(run: (repositories: Repositories) => Promise<T>): Promise<T>
  /** Rejects if the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}
