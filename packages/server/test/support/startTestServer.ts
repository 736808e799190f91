import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allPermissions } from '@roomful/protocol'
import { pino } from 'pino'
import { startServer, type RunningServer, type StartOptions } from '../../src/startServer.ts'
import type { NewRoomToken } from '../../src/service/index.ts'
import { FakeMediaEngine } from './FakeMediaEngine.ts'
import { ManualClock } from './ManualClock.ts'
import { TestClient, type JoinOptions } from './TestClient.ts'

export type TestServer = AsyncDisposable & {
  server: RunningServer
  media: FakeMediaEngine
  clock: ManualClock
  url: string
  token(claims?: Partial<NewRoomToken>): Promise<string>
  /** Somebody new in room `lobby`, or in the room of the claims. */
  join(claims?: Partial<NewRoomToken>, options?: JoinOptions): Promise<TestClient>
  /** A socket that is closed with the server. */
  open(): Promise<TestClient>
  /** Lets time pass, with clients that answer their pings. */
  pass(ms: number): Promise<void>
}

/** Shorter than the interval of pings. */
const stepMs = 5000

export const testSecret = 'a secret of tests, long enough to sign with, not for use anywhere else'

/** The whole server on a free port of loopback, with fake media and time that stands still. */
export async function startTestServer(options: StartOptions = {}): Promise<TestServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'roomful-test-'))
  const media = new FakeMediaEngine()
  const clock = new ManualClock()
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    dataDir,
    tokenSecret: testSecret,
    engine: media,
    clock,
    logger: pino({ level: 'silent' }),
    ...options,
  })
  const clients: TestClient[] = []
  const token = (claims: Partial<NewRoomToken> = {}): Promise<string> =>
    server.mintToken({ r: 'lobby', s: [...allPermissions], ja: 'member', ma: 'all', acr: true, ...claims })
  const open = async (): Promise<TestClient> => {
    const client = await TestClient.open(server.webSocketUrl)
    clients.push(client)
    return client
  }
  return {
    server,
    media,
    clock,
    url: server.webSocketUrl,
    token,
    open,
    async join(claims = {}, joinOptions = {}) {
      const client = await open()
      await client.connect(await token(claims), joinOptions)
      await client.joinRoom(joinOptions)
      return client
    },
    async pass(ms) {
      for (let leftMs = ms; leftMs > 0; leftMs -= stepMs) {
        await clock.advance(Math.min(stepMs, leftMs))
        // A ping is on the wire before the answer to the first frame, its answer before the second one.
        for (let trip = 0; trip < 2; trip++) {
          await Promise.all(
            clients.filter(({ isOpen, responsive }) => isOpen && responsive).map((c) => c.roundTrip()),
          )
        }
      }
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.kill()
      await server.close()
      rmSync(dataDir, { recursive: true })
    },
  }
}
