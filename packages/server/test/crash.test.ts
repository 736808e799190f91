import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStore } from '../src/store/index.ts'
import { CrashingServer, ServerKilled } from './support/crash/CrashingServer.ts'
import { Random } from './support/crash/Random.ts'
import { RestActor } from './support/crash/RestActor.ts'
import { RestClient } from './support/crash/RestClient.ts'
import { RoomActor } from './support/crash/RoomActor.ts'
import { startPostgres, type PostgresServer } from './support/postgres.ts'

/** Kills of the server, of each store. */
const rounds = Number(process.env['ROOMFUL_CRASH_ROUNDS'] ?? 4)
const operations = 200
const actorsOfEachKind = 4
const testTimeoutMs = 60_000 + rounds * 20_000

const root = mkdtempSync(join(tmpdir(), 'roomful-crash-'))
const logger = pino({ level: 'silent' })

let postgres: PostgresServer
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(async () => {
  await postgres[Symbol.asyncDispose]()
  rmSync(root, { recursive: true })
})

describe.each([['sqlite'], ['postgres']])('a server with %s', (kind) => {
  it(
    `has all that it had acknowledged when it is killed during ${operations} operations, ${rounds} times`,
    async () => {
      const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
      process.stdout.write(`FUZZ_SEED=${seed}\n`)
      const random = new Random(seed)
      const dataDir = mkdtempSync(join(root, `${kind}-`))
      const databaseUrl = kind === 'postgres' ? postgres.url : undefined
      const start = () => CrashingServer.start({ dataDir, databaseUrl })
      const restActors = Array.from(
        { length: actorsOfEachKind },
        (_, i) => new RestActor(`rest-${i}`, new Random(seed + i)),
      )
      const roomActors = Array.from(
        { length: actorsOfEachKind },
        (_, i) => new RoomActor(`room-${i}`, i % 2 === 0, new Random(seed + 100 + i)),
      )
      const actors = [...restActors, ...roomActors]

      let server = await start()
      try {
        for (let round = 0; round < rounds; round++) {
          const killAt = random.between(actors.length, operations)
          let begun = 0
          const acting = actors.map(async (actor) => {
            while (server.killedAtMs === null) {
              begun += 1
              const done = actor.step(server)
              // While this one and those of the others are under way.
              if (begun >= killAt) setImmediate(() => server.kill())
              await done.catch((error: unknown) => {
                if (server.killedAtMs === null) throw error
                if (!(error instanceof ServerKilled) && !isOfConnection(error)) throw error
              })
            }
          })
          await Promise.all(acting)
          await server.exited()
          const killedAtMs = server.killedAtMs ?? 0
          for (const actor of roomActors) actor.cutOff()

          server = await start()
          const running = await new RestClient(server).get('/room_sessions?status=in-progress')
          expect(running['data']).toEqual([])
          const store = await openStore({ dataDir, databaseUrl, logger })
          try {
            for (const actor of restActors) await actor.verify(server)
            for (const actor of roomActors) await actor.verify(server, store, killedAtMs)
          } finally {
            await store.close()
          }
        }
      } finally {
        server.kill()
        await server.exited()
        for (const actor of roomActors) actor.cutOff()
      }
    },
    testTimeoutMs,
  )
})

/** What a socket or request says whose server was killed just before. */
function isOfConnection(error: unknown): boolean {
  const text = error instanceof Error ? `${error.message} ${String(error.cause)}` : ''
  return /fetch failed|socket|ECONN|terminated|other side closed|WebSocket/i.test(text)
}
