import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { loadConfig } from '../../src/config/index.ts'
import { StoredCredentials } from '../../src/auth/StoredCredentials.ts'
import { buildHttpApp } from '../../src/rest/app.ts'
import type { OpenApiDocument } from '../../src/rest/openapi.ts'
import type { SessionRecord, Store, StreamRecord } from '../../src/store/index.ts'
import { testSession } from '../../src/store/testRecords.ts'
import { openRecordingStorage } from '../../src/storage/index.ts'
import { ConfiguredSecret } from '../../src/auth/TokenSecrets.ts'
import { RoomTokens } from '../../src/service/index.ts'
import { ManualClock } from '../support/ManualClock.ts'
import { AnswerChecker } from './AnswerChecker.ts'

export const publicUrl = 'https://rooms.example.com'

/** What is read of answers; the checker has seen to it that they are as documented. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- Tests read answers of every form.
export type Body = any
export type Answer = { status: number; body: Body; headers: Record<string, unknown>; raw: Buffer }

/** With the name of the room. */
export type StreamCall = ['add' | 'remove', string, StreamRecord]

export type RequestOptions = {
  body?: unknown
  headers?: Record<string, string>
  /** Of another caller than the project's key; null: none. */
  authorization?: string | null
}

/** A project with a key of its own: what one test does is invisible to every other. */
export class TestProject {
  readonly id: string
  readonly api: RestApi
  readonly authorization: string

  constructor(api: RestApi, id: string, apiToken: string) {
    this.api = api
    this.id = id
    this.authorization = basic(id, apiToken)
  }

  /** Keeps a session of a room, as a server does whose room has begun. */
  async openSession(fields: Partial<SessionRecord> = {}): Promise<SessionRecord> {
    const session = testSession({ projectId: this.id, ...fields })
    await this.api.store.sessions.open(session)
    return session
  }

  get(path: string, options?: RequestOptions): Promise<Answer> {
    return this.request('GET', path, options)
  }

  post(path: string, body?: unknown, options?: RequestOptions): Promise<Answer> {
    return this.request('POST', path, { body, ...options })
  }

  put(path: string, body?: unknown, options?: RequestOptions): Promise<Answer> {
    return this.request('PUT', path, { body, ...options })
  }

  delete(path: string, options?: RequestOptions): Promise<Answer> {
    return this.request('DELETE', path, options)
  }

  /** `path` is below `/api/video`, or a whole URL of the server. */
  request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const { authorization = this.authorization } = options
    return this.api.request(method, path, { ...options, authorization })
  }
}

/** The REST API over a store, without a network and without rooms. Every answer is checked against the document. */
export class RestApi implements AsyncDisposable {
  readonly store: Store
  readonly clock: ManualClock
  readonly dataDir: string
  /** What the running rooms were told of standing streams. */
  readonly streamCalls: StreamCall[] = []
  readonly app: FastifyInstance
  readonly document: OpenApiDocument
  readonly #checker: AnswerChecker

  private constructor(options: { app: FastifyInstance; document: OpenApiDocument } & Parts) {
    this.app = options.app
    this.document = options.document
    this.store = options.store
    this.clock = options.clock
    this.dataDir = options.dataDir
    this.streamCalls = options.streamCalls
    this.#checker = new AnswerChecker(options.document)
  }

  static async open(openStore: (dataDir: string) => Promise<Store>): Promise<RestApi> {
    const dataDir = mkdtempSync(join(tmpdir(), 'roomful-rest-'))
    const config = loadConfig({ ROOMFUL_DATA_DIR: dataDir, ROOMFUL_TOKEN_SECRET: 'x'.repeat(40) })
    const logger = pino({ level: 'silent' })
    const parts: Parts = {
      store: await openStore(dataDir),
      clock: new ManualClock(),
      dataDir,
      streamCalls: [],
    }
    const app = await buildHttpApp({
      config: { ...config, webDir: join(dataDir, 'none'), sdkDir: join(dataDir, 'none') },
      store: parts.store,
      recordings: openRecordingStorage({ config, publicUrl: () => publicUrl, clock: parts.clock }),
      tokens: new RoomTokens({
        // One for all projects: which secret signs is not what these tests are about.
        secrets: { of: () => new ConfiguredSecret(config).of(config.projectId) },
        projectId: config.projectId,
        webSocketUrl: () => 'wss://rooms.example.com',
      }),
      credentials: new StoredCredentials({
        configured: config,
        apiKeys: parts.store.apiKeys,
        clock: parts.clock,
        logger,
      }),
      clock: parts.clock,
      logger,
      isReady: () => true,
      publicUrl: () => publicUrl,
      rooms: {
        addStandingStream: async (room, stream) => void parts.streamCalls.push(['add', room.name, stream]),
        removeStandingStream: async (room, stream) =>
          void parts.streamCalls.push(['remove', room.name, stream]),
        previewUrl: ({ id }) => `${publicUrl}/previews/${id}.webp`,
      },
    })
    const { body } = await app.inject('/openapi.json')
    return new RestApi({ app, document: JSON.parse(body) as OpenApiDocument, ...parts })
  }

  async newProject({ scopes = ['video'], id = randomUUID() as string } = {}): Promise<TestProject> {
    await this.store.projects.ensure({ id, name: 'of a test', createdAtMs: this.clock.nowMs() })
    const apiToken = randomBytes(16).toString('hex')
    await this.store.apiKeys.create({
      id: randomUUID(),
      projectId: id,
      name: 'of a test',
      prefix: apiToken.slice(0, 6),
      tokenHash: createHash('sha256').update(apiToken).digest('hex'),
      scopes,
      createdAtMs: this.clock.nowMs(),
      lastUsedAtMs: null,
      revokedAtMs: null,
    })
    return new TestProject(this, id, apiToken)
  }

  async request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const { body, headers = {}, authorization } = options
    const url = path.startsWith(publicUrl) ? path.slice(publicUrl.length) : `/api/video${path}`
    const response = await this.app.inject({
      method: method as 'GET',
      url,
      headers: {
        ...(authorization && { authorization }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const isJson = String(response.headers['content-type']).startsWith('application/json')
    const answer: Answer = {
      status: response.statusCode,
      body: isJson && response.body !== '' ? JSON.parse(response.body) : response.body,
      headers: response.headers,
      raw: response.rawPayload,
    }
    this.#checker.check(method, url, answer)
    return answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close()
    await this.store.close()
    rmSync(this.dataDir, { recursive: true, force: true })
  }
}

type Parts = {
  store: Store
  clock: ManualClock
  dataDir: string
  streamCalls: StreamCall[]
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}
