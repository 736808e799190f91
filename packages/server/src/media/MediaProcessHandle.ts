import { fork, type ChildProcess } from 'node:child_process'
import { createRequire } from 'node:module'
import type {
  FromMediaProcess,
  MediaCommands,
  MediaMethod,
  MediaProcessConfig,
  RoomMediaEvent,
} from '@roomful/media'
import { RoomError, type ErrorCode } from '@roomful/protocol'
import type { MediaLogger } from './MediaProcessPool.ts'

const entry = createRequire(import.meta.url).resolve('@roomful/media/main')

/** An answer waits for ICE gathering on the machine's own addresses, well under a second; the rest is quicker. */
const requestTimeoutMs = 8000
/** A process that does not end when asked is ended. */
const stopTimeoutMs = 4000
/** How often a process is asked whether it lives, and how long it may take: a stuck one is killed. */
const pingIntervalMs = 2000
const pingTimeoutMs = 6000

type Pending = {
  resolve: (result: unknown) => void
  reject: (error: RoomError) => void
  timer: NodeJS.Timeout
}

const mediaErrorCodes: Readonly<Record<string, ErrorCode>> = {
  invalid_sdp: 'invalid_sdp',
  leg_not_found: 'call_not_found',
  output_failed: 'conflict',
  player_failed: 'conflict',
  url_not_allowed: 'invalid_params',
}

/** One running media process: requests, replies and its end. */
export class MediaProcessHandle {
  readonly #child: ChildProcess
  readonly #logger: MediaLogger
  readonly #pending = new Map<number, Pending>()
  readonly #onRoomEvent: (roomId: string, event: RoomMediaEvent) => void
  readonly #onExit: () => void
  #nextId = 1
  #pingTimer: NodeJS.Timeout | undefined
  #ended = false

  private constructor(
    child: ChildProcess,
    logger: MediaLogger,
    onRoomEvent: (roomId: string, event: RoomMediaEvent) => void,
    onExit: () => void,
  ) {
    this.#child = child
    this.#logger = logger
    this.#onRoomEvent = onRoomEvent
    this.#onExit = onExit
    child.on('message', (message) => this.#receive(message as FromMediaProcess))
    // `error` covers a failed start and a broken channel; `exit` follows where there was a process.
    child.on('error', (error) => {
      this.#logger.error({ error: error.message, pid: child.pid }, 'Media process error')
      if (child.pid === undefined) this.#end('could not be started')
    })
    child.once('exit', (code, signal) => this.#end(signal ?? `exit code ${code}`))
  }

  /** Resolves once the process answers; rejects with `media_unavailable`. `onExit` is called exactly once. */
  static async start(
    config: MediaProcessConfig,
    logger: MediaLogger,
    onRoomEvent: (roomId: string, event: RoomMediaEvent) => void,
    onExit: () => void,
  ): Promise<MediaProcessHandle> {
    const child = fork(entry, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const handle = new MediaProcessHandle(child, logger, onRoomEvent, onExit)
    try {
      await handle.request('start', { config })
    } catch (error) {
      child.kill('SIGKILL')
      throw error
    }
    handle.#watch()
    return handle
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get alive(): boolean {
    return !this.#ended
  }

  /** Rejects with a `RoomError`: the refusal of the process, or `media_unavailable` if it is gone or silent. */
  request<M extends MediaMethod>(
    method: M,
    params: MediaCommands[M]['params'],
    timeoutMs = requestTimeoutMs,
  ): Promise<MediaCommands[M]['result']> {
    if (this.#ended) return Promise.reject(new RoomError('media_unavailable', 'The media process has ended'))
    const id = this.#nextId++
    return new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id)
        reject(
          new RoomError('media_unavailable', `The media process did not answer ${method} in ${timeoutMs} ms`),
        )
      }, timeoutMs)
      this.#pending.set(id, { resolve, reject, timer })
      this.#child.send({ kind: 'request', id, method, params }, (error) => {
        if (error !== null) this.#settle(id)?.reject(new RoomError('media_unavailable', error.message))
      })
    }) as Promise<MediaCommands[M]['result']>
  }

  /** Ends the process: asked first unless `abruptly`, killed if it does not go. Resolves when it is gone. */
  async stop({ abruptly = false } = {}): Promise<void> {
    if (this.#ended) return
    clearTimeout(this.#pingTimer)
    const exited = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()))
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), stopTimeoutMs)
    if (abruptly) this.#child.kill('SIGKILL')
    else this.request('stop', {}, stopTimeoutMs).catch(() => {})
    await exited
    clearTimeout(timer)
  }

  /** A native call that never returns is as bad as a crash, and heals the same way. */
  #watch(): void {
    this.#pingTimer = setTimeout(() => {
      this.request('ping', {}, pingTimeoutMs).then(
        () => this.#watch(),
        () => {
          if (this.#ended) return
          this.#logger.error({ pid: this.pid }, 'A media process is stuck; killing it')
          this.#child.kill('SIGKILL')
        },
      )
    }, pingIntervalMs)
  }

  #receive(message: FromMediaProcess): void {
    switch (message.kind) {
      case 'reply': {
        const pending = this.#settle(message.id)
        if (pending === undefined) return
        if (message.ok) pending.resolve(message.result)
        else
          pending.reject(
            new RoomError(mediaErrorCodes[message.error.code] ?? 'internal', message.error.message),
          )
        return
      }
      case 'event':
        this.#onRoomEvent(message.roomId, message.event)
        return
      case 'log':
        this.#log(message.level, message.message, message.fields)
    }
  }

  #log(level: string, message: string, fields: Record<string, unknown> = {}): void {
    const bound = { pid: this.pid, ...fields }
    if (level === 'error' || level === 'fatal') this.#logger.error(bound, message)
    else if (level === 'warn') this.#logger.warn(bound, message)
    else if (level === 'info') this.#logger.info(bound, message)
    else this.#logger.debug(bound, message)
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    if (pending === undefined) return undefined
    this.#pending.delete(id)
    clearTimeout(pending.timer)
    return pending
  }

  #end(why: string): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#pingTimer)
    for (const id of [...this.#pending.keys()]) {
      this.#settle(id)?.reject(new RoomError('media_unavailable', `The media process ended (${why})`))
    }
    this.#onExit()
  }
}
