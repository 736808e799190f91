import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const entry = fileURLToPath(new URL('./serverProcess.ts', import.meta.url))
const startTimeoutMs = 40_000

/** What an operation is refused with when the server was killed under it. */
export class ServerKilled extends Error {}

/** A server in a process of its own, without media. */
export class CrashingServer {
  readonly url: string
  readonly webSocketUrl: string
  readonly #child: ChildProcess
  readonly #exited: Promise<void>
  readonly #killed: Promise<never>
  #onKill: (error: Error) => void = () => {}
  killedAtMs: number | null = null

  private constructor(
    child: ChildProcess,
    exited: Promise<void>,
    urls: { url: string; webSocketUrl: string },
  ) {
    this.#child = child
    this.#exited = exited
    this.url = urls.url
    this.webSocketUrl = urls.webSocketUrl
    this.#killed = new Promise((_resolve, reject) => (this.#onKill = reject))
    this.#killed.catch(() => {})
  }

  static async start(options: { dataDir: string; databaseUrl: string | undefined }): Promise<CrashingServer> {
    const { ROOMFUL_DATABASE_URL: _ignored, ...env } = process.env
    const child = fork(entry, [JSON.stringify(options)], {
      env,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let errors = ''
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    const timeout = setTimeout(() => child.kill('SIGKILL'), startTimeoutMs)
    const urls = await new Promise<{ url: string; webSocketUrl: string }>((resolve, reject) => {
      child.once('message', (message) => resolve(message as { url: string; webSocketUrl: string }))
      child.once('exit', () => reject(new Error(`The server did not start: ${errors}`)))
    }).finally(() => clearTimeout(timeout))
    return new CrashingServer(child, exited, urls)
  }

  /** The outcome of something that the server does; rejects with `ServerKilled` if it was killed instead. */
  during<T>(operation: Promise<T>): Promise<T> {
    return Promise.race([operation, this.#killed])
  }

  kill(): void {
    if (this.killedAtMs !== null) return
    this.#child.kill('SIGKILL')
    this.killedAtMs = Date.now()
    this.#onKill(new ServerKilled('The server was killed'))
  }

  async exited(): Promise<void> {
    await this.#exited
  }
}
