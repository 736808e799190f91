import { fork, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { freePort, freePorts } from '@roomful/media/testing/freePorts'
import { childrenOf } from './processUsage.ts'
import { TokenClient } from '../TokenClient.ts'

const startTimeoutMs = 30_000
const stopTimeoutMs = 12_000
export const benchCredentials = { projectId: 'bench-project', apiToken: 'bench-api-token' } as const

export type ServerUnderTestOptions = {
  /** Flags for the server's Node and with it for its media process, e.g. `--cpu-prof`. */
  execArgv?: string[]
  /** Of the WebSocket and HTTP. Default: a free one. */
  port?: number
  /** Default: a free one. */
  rtcPort?: number
  /** Default: a temporary one, which is removed at the end. */
  dataDir?: string
  /** Further environment variables, e.g. `ROOMFUL_ROOM_QUALITY`. */
  env?: Record<string, string>
}

/** A server with one media process, on loopback, in processes of its own. */
export class ServerUnderTest {
  readonly url: string
  readonly webSocketUrl: string
  readonly tokens: TokenClient
  readonly pid: number
  readonly mediaPid: number
  readonly rtcPort: number
  readonly #child: ChildProcess
  /** To be removed. */
  readonly #temporaryDir: string | undefined

  private constructor(child: ChildProcess, url: string, rtcPort: number, temporaryDir: string | undefined) {
    this.#child = child
    this.rtcPort = rtcPort
    this.#temporaryDir = temporaryDir
    this.url = url
    this.webSocketUrl = url.replace(/^http/, 'ws')
    this.tokens = new TokenClient(url, benchCredentials)
    this.pid = child.pid ?? 0
    const [mediaPid, ...others] = childrenOf(this.pid)
    if (mediaPid === undefined || others.length > 0) {
      throw new Error(`The server should have one media process, not ${others.length + (mediaPid ? 1 : 0)}`)
    }
    this.mediaPid = mediaPid
  }

  static async start(options: ServerUnderTestOptions = {}): Promise<ServerUnderTest> {
    const { execArgv = [], port = await freePort(), rtcPort = await freePorts(2) } = options
    const temporaryDir =
      options.dataDir === undefined ? mkdtempSync(join(tmpdir(), 'roomful-bench-')) : undefined
    const child = fork(fileURLToPath(new URL('./serverProcess.ts', import.meta.url)), {
      execArgv,
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      env: {
        ...process.env,
        PORT: String(port),
        HOST: '127.0.0.1',
        ROOMFUL_RTC_HOST: '127.0.0.1',
        ROOMFUL_RTC_PORT: String(rtcPort),
        ROOMFUL_MEDIA_PROCESSES: '1',
        ROOMFUL_DATA_DIR: options.dataDir ?? temporaryDir,
        ROOMFUL_LOG_LEVEL: process.env['ROOMFUL_LOG_LEVEL'] ?? 'error',
        ROOMFUL_PROJECT_ID: benchCredentials.projectId,
        ROOMFUL_API_TOKEN: benchCredentials.apiToken,
        ROOMFUL_PUBLIC_URL: '',
        ...options.env,
      },
    })
    try {
      return new ServerUnderTest(child, await readyUrl(child), rtcPort, temporaryDir)
    } catch (error) {
      child.kill('SIGKILL')
      if (temporaryDir !== undefined) rmSync(temporaryDir, { recursive: true, force: true })
      throw error
    }
  }

  /** Processes whose cost is the server's. */
  get pids(): number[] {
    return [this.pid, this.mediaPid]
  }

  /** Ends it as a crash does; its media process is left to notice by itself. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** May be called twice. */
  async close(): Promise<void> {
    await this.#end('SIGTERM')
    if (this.#temporaryDir !== undefined) rmSync(this.#temporaryDir, { recursive: true, force: true })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()))
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), stopTimeoutMs)
    this.#child.kill(signal)
    await exited
    clearTimeout(timer)
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
