import { spawn, spawnSync, type ChildProcess, type SpawnSyncOptions } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freePort } from '@roomful/media/testing/freePorts'
import { needProgram } from '../../../../e2e/support/programs.ts'
import { waitFor } from './waitFor.ts'

export type PostgresServer = {
  /** Of a database that is there and empty. */
  url: string
  /** A further empty database. */
  createDatabase(name: string): Promise<string>
  /** Ends it at once, as a crash of its machine would; `start` brings it back. */
  kill(): Promise<void>
  start(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts are slow while other tests have the processor. */
const startTimeoutMs = 40_000

/** A Postgres of the test's own, on a free port of loopback, with its own directory. */
export async function startPostgres(): Promise<PostgresServer> {
  const root = mkdtempSync(join(tmpdir(), 'roomful-postgres-'))
  const owner = ownerOfServer()
  if (owner !== undefined) chownSync(root, owner.uid, owner.gid)
  chmodSync(root, 0o700)
  const data = join(root, 'data')
  const options: SpawnSyncOptions = {
    ...owner,
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' },
  }
  const init = spawnSync(
    needProgram('initdb'),
    ['--pgdata', data, '--username', 'roomful', '--auth', 'trust', '--encoding', 'UTF8', '--no-sync'],
    { ...options, encoding: 'utf8' },
  )
  if (init.status !== 0) throw new Error(`initdb failed: ${String(init.stderr)}${String(init.stdout)}`)
  const port = await freePort()
  const urlOf = (database: string): string => `postgres://roomful@127.0.0.1:${port}/${database}`

  let child: ChildProcess | undefined
  const start = async (): Promise<void> => {
    const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${root}`, 'shared_buffers=16MB']
    const log: string[] = []
    const started = spawn(
      needProgram('postgres'),
      ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
      { ...owner, cwd: root, env: options.env, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    child = started
    started.stderr.on('data', (chunk: Buffer) => log.push(chunk.toString()))
    await waitFor(
      async () => {
        if (started.exitCode !== null) throw new Error(`postgres ended: ${log.join('')}`)
        return answers(urlOf('postgres'))
      },
      'Postgres to answer',
      startTimeoutMs,
    )
  }
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child?.once('exit', resolve))
    child.kill(signal)
    await ended
  }
  const createDatabase = async (name: string): Promise<string> => {
    await query(urlOf('postgres'), `create database ${name}`)
    return urlOf(name)
  }

  try {
    await start()
    return {
      url: await createDatabase('roomful'),
      createDatabase,
      kill: () => stop('SIGQUIT'),
      start,
      async [Symbol.asyncDispose]() {
        await stop('SIGQUIT')
        rmSync(root, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await stop('SIGQUIT')
    rmSync(root, { recursive: true, force: true })
    throw error
  }
}

/** Postgres refuses to run as root: then it is its own user, or nobody. */
function ownerOfServer(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const user of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number.parseInt(spawnSync('id', [flag, user], { encoding: 'utf8' }).stdout, 10),
    )
    if (uid !== undefined && gid !== undefined && uid > 0) return { uid, gid }
  }
  throw new Error('Postgres does not run as root, and there is neither a user postgres nor nobody')
}

async function answers(url: string): Promise<boolean> {
  try {
    await query(url, 'select 1')
    return true
  } catch {
    return false
  }
}

async function query(connectionString: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(text)
  } finally {
    await client.end().catch(() => {})
  }
}
