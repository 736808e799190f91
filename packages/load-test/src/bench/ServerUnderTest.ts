import { fork, type ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { childrenOf } from './processUsage.ts'
import { TokenClient } from '../TokenClient.ts'

const startTimeoutMs = 30_000
const stopTimeoutMs = 12_000
const credentials = { projectId: 'bench-project', apiToken: 'bench-api-token' }

export type ServerUnderTestOptions = {
  /** Flags for the server's Node and with it for its media process, e.g. `--cpu-prof`. */
  execArgv?: string[]
}

/** A server with one media process, on loopback, in processes of its own. */
export class ServerUnderTest {
  readonly url: string
  readonly webSocketUrl: string
  readonly tokens: TokenClient
  readonly pid: number
  readonly mediaPid: number
  readonly #child: ChildProcess
  readonly #dataDir: string

  private constructor(child: ChildProcess, url: string, dataDir: string) {
    this.#child = child
    this.#dataDir = dataDir
    this.url = url
    this.webSocketUrl = url.replace(/^http/, 'ws')
    this.tokens = new TokenClient(url, credentials)
    this.pid = child.pid ?? 0
    const [mediaPid, ...others] = childrenOf(this.pid)
    if (mediaPid === undefined || others.length > 0) {
      throw new Error(`The server should have one media process, not ${others.length + (mediaPid ? 1 : 0)}`)
    }
    this.mediaPid = mediaPid
  }

  static async start({ execArgv = [] }: ServerUnderTestOptions = {}): Promise<ServerUnderTest> {
    const dataDir = mkdtempSync(join(tmpdir(), 'roomful-bench-'))
    const child = fork(fileURLToPath(new URL('./serverProcess.ts', import.meta.url)), {
      execArgv,
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      env: {
        ...process.env,
        PORT: '0',
        HOST: '127.0.0.1',
        ROOMFUL_RTC_HOST: '127.0.0.1',
        ROOMFUL_RTC_PORT: String(await freeUdpPort()),
        ROOMFUL_MEDIA_PROCESSES: '1',
        ROOMFUL_DATA_DIR: dataDir,
        ROOMFUL_LOG_LEVEL: process.env['ROOMFUL_LOG_LEVEL'] ?? 'error',
        ROOMFUL_PROJECT_ID: credentials.projectId,
        ROOMFUL_API_TOKEN: credentials.apiToken,
        ROOMFUL_PUBLIC_URL: '',
      },
    })
    try {
      return new ServerUnderTest(child, await readyUrl(child), dataDir)
    } catch (error) {
      child.kill('SIGKILL')
      rmSync(dataDir, { recursive: true, force: true })
      throw error
    }
  }

  /** Processes whose cost is the server's. */
  get pids(): number[] {
    return [this.pid, this.mediaPid]
  }

  /** May be called twice. */
  async close(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()))
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), stopTimeoutMs)
      this.#child.kill('SIGTERM')
      await exited
      clearTimeout(timer)
    }
    rmSync(this.#dataDir, { recursive: true, force: true })
  }
}

/** Waits for the line that says where the server is; what it says besides is dropped. */
function readyUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`The server was not ready in ${startTimeoutMs} ms`)),
      startTimeoutMs,
    )
    const settle = (act: () => void): void => {
      clearTimeout(timer)
      act()
    }
    child.once('exit', (code, signal) =>
      settle(() => reject(new Error(`The server ended with ${signal ?? code}`))),
    )
    if (child.stdout === null) throw new TypeError('The server has no standard output to read')
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /^Roomful is ready: (\S+)$/.exec(line)?.[1]
      if (url !== undefined) settle(() => resolve(url))
    })
  })
}

/** A UDP port that nobody has at the moment. */
function freeUdpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    socket.once('error', reject)
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address()
      socket.close(() => resolve(port))
    })
  })
}
