import { fork, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

import { playerLimits } from './limits.ts'
import { isFromPlayer, type FromPlayer, type ToPlayer } from './playerMessages.ts'

const entry = fileURLToPath(new URL('./playerMain.ts', import.meta.url))
/** Its share of JavaScript; FFmpeg's memory is watched from outside. */
const maxHeapMb = 96
const watchIntervalMs = 250
/** The rest of the environment is none of its business. */
const inheritedVariables = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'TZ'] as const

export type PlayerProcessLimits = {
  /** Resident memory, which is looked at four times a second. */
  maxRssBytes: number
  /** Without a message; one comes every second. */
  maxSilenceMs: number
}

const defaultLimits: PlayerProcessLimits = { maxRssBytes: playerLimits.maxRssBytes, maxSilenceMs: 15_000 }

export type PlayerProcessEvents = {
  onMessage(message: FromPlayer): void
  onMedia(chunk: Buffer): void
  /** Once, whatever ended it. `why`: in words, unless it was `kill`. */
  onExit(why: string): void
}

/** The process of one player, which is ended when it takes too much or says nothing. */
export class PlayerProcess {
  readonly #child: ChildProcess
  readonly #events: PlayerProcessEvents
  readonly #limits: PlayerProcessLimits
  readonly #watchTimer: NodeJS.Timeout
  readonly exited: Promise<void>
  #heardAtMs = performance.now()
  #why: string | null = null
  #hasExited = false

  /** @param module What it runs. Default: the player. */
  constructor(events: PlayerProcessEvents, limits = defaultLimits, module = entry) {
    this.#events = events
    this.#limits = limits
    const env: NodeJS.ProcessEnv = {}
    for (const name of inheritedVariables) if (process.env[name] !== undefined) env[name] = process.env[name]
    this.#child = fork(module, [], {
      env,
      execArgv: [`--max-old-space-size=${maxHeapMb}`],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc', 'pipe'],
    })
    this.#child.on('message', (message) => this.#onMessage(message))
    this.exited = new Promise((resolve) => {
      const onExit = (why: string): void => {
        if (this.#hasExited) return
        this.#hasExited = true
        clearInterval(this.#watchTimer)
        resolve()
        events.onExit(this.#why ?? why)
      }
      this.#child.once('exit', (code, signal) =>
        onExit(`its process ended (${signal ?? `exit code ${code}`})`),
      )
      this.#child.on('error', (error) => {
        if (this.#child.pid === undefined) onExit(`its process cannot be started (${error.message})`)
      })
    })
    const media = this.#child.stdio[4] as Readable | null | undefined
    media?.on('data', (chunk: Buffer) => events.onMedia(chunk))
    media?.on('error', () => {})
    this.#watchTimer = setInterval(() => this.#watch(), watchIntervalMs)
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  send(message: ToPlayer): void {
    // It may be ending: its exit is told anyway.
    if (this.#child.connected) this.#child.send(message, () => {})
  }

  /** At once: a player has nothing to save. */
  kill(why = 'it was closed'): void {
    this.#why ??= why
    clearInterval(this.#watchTimer)
    this.#child.kill('SIGKILL')
  }

  #onMessage(message: unknown): void {
    this.#heardAtMs = performance.now()
    if (this.#why !== null) return
    if (isFromPlayer(message)) this.#events.onMessage(message)
    else this.kill('its process sent what no player sends')
  }

  #watch(): void {
    const { maxRssBytes, maxSilenceMs } = this.#limits
    if (rssOf(this.#child.pid) > maxRssBytes) {
      this.kill(`it needs more than ${maxRssBytes / 2 ** 20} MiB of memory`)
    } else if (performance.now() - this.#heardAtMs > maxSilenceMs) {
      this.kill(`its process was stuck for ${maxSilenceMs / 1000} s`)
    }
  }
}

/** 0 where that cannot be told. */
function rssOf(pid: number | undefined): number {
  if (pid === undefined) return 0
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024
  } catch {
    // No such file system, or the process is gone.
    return 0
  }
}
