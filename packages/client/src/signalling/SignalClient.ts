import type { Authorization, ConnectResult } from '@roomful/protocol'
import { RoomSessionError, toRoomSessionError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { TypedEmitter } from '../TypedEmitter.ts'
import { version } from '../version.ts'
import type { ReconnectPolicy } from './ReconnectPolicy.ts'
import { RequestTracker } from './RequestTracker.ts'
import type { SessionStore } from './SessionStore.ts'
import { TokenRefresher } from './TokenRefresher.ts'
import { Watchdog } from './Watchdog.ts'
import { WebSocketTransport } from './WebSocketTransport.ts'

export type SignalClientOptions = {
  url: string
  token: string
  store: SessionStore
  policy: ReconnectPolicy
  logger: Logger
  /** Gives a new token when the present one is about to expire. */
  onRefreshToken?: () => Promise<string> | string
  /** Default 10,000. */
  requestTimeoutMs?: number
  /** Default 15,000; counts from the first ping of the server. */
  pingTimeoutMs?: number
}

export type SignalEvents = {
  /** A `signalwire.event` of the server. */
  event: [type: string, params: unknown, nodeId: string | undefined]
  /** The connection broke; the next attempts are under way. */
  reconnecting: []
  /** Connected again. `sameSession`: the server still knows the session, and so its calls. */
  reconnected: [sameSession: boolean]
  /** The end: the server refused the reconnect, or all attempts failed. Not fired after `close()`. */
  ended: [error: RoomSessionError]
}

type Incoming = { id?: unknown; method?: unknown; params?: unknown; result?: unknown; error?: unknown }

/** Methods that do something again when they are carried out again. They are not sent twice. */
const onceOnly = /^video\.message$|\.(start|remove|promote|demote|seek_relative)$/

/** What the server replies to `signalwire.connect` when it does not take the token. */
const refusedTokenCodes = ['-32002', '-32003', '401', '403']

/** The session with the server: connect, requests, events, pings, and all that over broken sockets. */
export class SignalClient extends TypedEmitter<SignalEvents> {
  readonly #options: SignalClientOptions
  readonly #tracker = new RequestTracker()
  readonly #abort = new AbortController()
  readonly #watchdog: Watchdog
  readonly #refresher: TokenRefresher
  #token: string
  #transport: WebSocketTransport | undefined
  #state: 'new' | 'open' | 'down' | 'closed' = 'new'
  /** The server asked for silence: it will close this socket. */
  #draining = false
  #result: ConnectResult | undefined
  #retryNow: (() => void) | undefined

  constructor(options: SignalClientOptions) {
    super()
    this.#options = options
    this.#token = options.token
    this.#watchdog = new Watchdog(options.pingTimeoutMs ?? 15_000, () =>
      this.#drop('no ping from the server'),
    )
    this.#refresher = new TokenRefresher(options.logger, options.onRefreshToken, (token) =>
      this.#reauthenticate(token),
    )
  }

  /** Reply of the last `signalwire.connect`. */
  get connection(): ConnectResult | undefined {
    return this.#result
  }

  /** Takes over what the server allows from now on, e.g. after a promotion. */
  replaceAuthorization(authorization: Authorization): void {
    if (!this.#result) return
    this.#result = { ...this.#result, authorization }
    this.#refresher.schedule(authorization)
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** Connects and authenticates. Tried twice before it rejects, unless the server refuses the token. */
  async connect(): Promise<ConnectResult> {
    if (this.#state !== 'new')
      throw new RoomSessionError('already_joined', 'The session is connected already.')
    for (let attempt = 0; ; attempt++) {
      try {
        const result = await this.#open()
        globalThis.addEventListener?.('online', this.#onOnline)
        return result
      } catch (error) {
        const failure = toRoomSessionError(error, 'connection_failed')
        if (attempt > 0 || failure.code !== 'connection_failed' || this.#abort.signal.aborted) throw failure
        this.#options.logger.warn(failure.message)
        await this.#wait(500)
      }
    }
  }

  /**
   * Sends a request and resolves with its innermost result. Rejects with the server's code when it
   * refuses, with `request_timeout`, or with `connection_lost`. While the connection is being restored the
   * request waits.
   */
  request(
    method: string,
    params: Record<string, unknown>,
    options: { timeoutMs?: number } = {},
  ): Promise<unknown> {
    if (this.#state === 'closed') return Promise.reject(this.#closedError())
    const id = crypto.randomUUID()
    const frame = JSON.stringify({ jsonrpc: '2.0', id, method, params })
    const timeoutMs = options.timeoutMs ?? this.#options.requestTimeoutMs ?? 10_000
    const send = this.isOpen && !this.#draining ? this.#send : undefined
    return this.#tracker.track({ id, method, frame, timeoutMs, resend: !onceOnly.test(method) }, send)
  }

  /** Resolves when the connection is open; rejects when the session ended or after `timeoutMs`. */
  whenOpen(timeoutMs: number): Promise<void> {
    if (this.isOpen) return Promise.resolve()
    if (this.#state === 'closed') return Promise.reject(this.#closedError())
    return new Promise((resolve, reject) => {
      const settle = (error?: RoomSessionError) => {
        clearTimeout(timer)
        this.off('reconnected', onOpen).off('ended', settle)
        this.#abort.signal.removeEventListener('abort', onAbort)
        if (error) reject(error)
        else resolve()
      }
      const onOpen = () => settle()
      const onAbort = () => settle(this.#closedError())
      const timer = setTimeout(() => {
        settle(
          new RoomSessionError(
            'request_timeout',
            `No connection to the server within ${timeoutMs / 1000} s.`,
          ),
        )
      }, timeoutMs)
      this.on('reconnected', onOpen).on('ended', settle)
      this.#abort.signal.addEventListener('abort', onAbort)
    })
  }

  /** Ends the session: nothing is sent or received any more, what waits rejects with `aborted`. */
  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    globalThis.removeEventListener?.('online', this.#onOnline)
    this.#abort.abort()
    this.#watchdog.stop()
    this.#refresher.stop()
    this.#transport?.close()
    this.#tracker.rejectAll(this.#closedError())
  }

  async #open(): Promise<ConnectResult> {
    const handlers = {
      onFrame: (text: string) => this.#onFrame(text),
      onClose: (reason: string) => this.#onClose(reason),
    }
    const { url, logger, store } = this.#options
    const transport = await WebSocketTransport.open(url, handlers, this.#abort.signal)
    this.#transport = transport
    this.#draining = false
    try {
      const result = await this.#authenticate()
      this.#acceptConnection(result)
      this.#state = 'open'
      logger.info('connected')
      return result
    } catch (error) {
      transport.close()
      // A stored session that the server rejects must not be in the way of a new one.
      if (error instanceof RoomSessionError && error.code === 'authentication_failed') store.clear()
      throw error
    }
  }

  async #authenticate(): Promise<ConnectResult> {
    const { store } = this.#options
    const protocol = store.get('protocol')
    try {
      return await this.#sendConnect({
        protocol,
        authorization_state: protocol && store.get('authorizationState'),
      })
    } catch (error) {
      const refused = error instanceof RoomSessionError && error.code === 'authentication_failed'
      if (!refused || !protocol || !/validation failed/i.test(error.message)) throw error
      store.clear()
      return this.#sendConnect({})
    }
  }

  async #sendConnect(session: { protocol?: string; authorization_state?: string }): Promise<ConnectResult> {
    const id = crypto.randomUUID()
    const params = {
      version: { major: 3, minor: 0, revision: 0 },
      event_acks: true,
      agent: `roomful/${version}`,
      authentication: { jwt_token: this.#token },
      ...session,
    }
    const frame = JSON.stringify({ jsonrpc: '2.0', id, method: 'signalwire.connect', params })
    const timeoutMs = this.#options.requestTimeoutMs ?? 10_000
    try {
      const request = { id, method: 'signalwire.connect', frame, timeoutMs, resend: false }
      return checkConnectResult(await this.#tracker.track(request, this.#send))
    } catch (error) {
      if (!(error instanceof RoomSessionError)) throw error
      if (error.code === 'request_timeout' || error.code === 'connection_lost') {
        throw new RoomSessionError('connection_failed', error.message, { cause: error })
      }
      if (!refusedTokenCodes.includes(error.code)) throw error
      throw new RoomSessionError('authentication_failed', error.message, { cause: error.cause })
    }
  }

  async #reauthenticate(token: string): Promise<void> {
    this.#token = token
    const project = this.#result?.authorization.project_id
    const result = await this.request('signalwire.reauthenticate', {
      authentication: { project, jwt_token: token },
    })
    this.#acceptConnection(checkConnectResult(result))
  }

  #acceptConnection(result: ConnectResult): void {
    this.#result = result
    this.#options.store.set('protocol', result.protocol)
    this.#refresher.schedule(result.authorization)
  }

  #onFrame(text: string): void {
    this.#options.logger.trace('received', text)
    let frame: Incoming
    try {
      frame = JSON.parse(text) as Incoming
    } catch {
      return this.#options.logger.warn('The server sent a frame that is not JSON.')
    }
    if (typeof frame !== 'object' || frame === null) return
    if (typeof frame.method !== 'string') {
      if (!this.#tracker.settle(frame)) this.#options.logger.debug('A reply belongs to no request.', frame.id)
      return
    }
    this.#onServerRequest(frame.method, frame.id, frame.params)
  }

  #onServerRequest(method: string, id: unknown, params: unknown): void {
    const reply = (result: object) => this.#send(JSON.stringify({ jsonrpc: '2.0', id, result }))
    if (method === 'signalwire.ping') {
      this.#watchdog.feed()
      return reply({ timestamp: (params as { timestamp?: number } | undefined)?.timestamp })
    }
    if (method === 'signalwire.disconnect') {
      this.#draining = true
      return reply({})
    }
    if (method !== 'signalwire.event') {
      const error = { code: -32601, message: `The client has no method ${method}.` }
      return this.#send(JSON.stringify({ jsonrpc: '2.0', id, error }))
    }
    reply({})
    const frame = params as { event_type?: unknown; params?: unknown; node_id?: string } | undefined
    if (typeof frame?.event_type !== 'string') return
    if (frame.event_type === 'signalwire.authorization.state') {
      const state = (frame.params as { authorization_state?: unknown } | undefined)?.authorization_state
      if (typeof state === 'string') this.#options.store.set('authorizationState', state)
      return
    }
    this.emit('event', frame.event_type, frame.params, frame.node_id)
  }

  /** Ends a connection that looks alive but is not. */
  #drop(reason: string): void {
    this.#transport?.close()
    this.#onClose(reason)
  }

  #onClose(reason: string): void {
    this.#watchdog.stop()
    this.#tracker.connectionLost()
    // Before the session is open (or between two attempts) the loop that connects sees the failure itself.
    if (this.#state !== 'open') return
    this.#state = 'down'
    this.#options.logger.warn(`Connection lost: ${reason}. Reconnecting.`)
    this.emit('reconnecting')
    void this.#reconnect()
  }

  async #reconnect(): Promise<void> {
    const lostAtMs = performance.now()
    for (let attempt = 0; this.#state === 'down'; attempt++) {
      const elapsedMs = performance.now() - lostAtMs
      const delayMs = this.#options.policy.nextDelayMs(attempt, elapsedMs)
      if (delayMs === undefined) {
        const message = `${attempt} attempts to reconnect within ${Math.round(elapsedMs / 1000)} s failed.`
        return this.#end(new RoomSessionError('connection_lost', message))
      }
      await this.#wait(delayMs)
      if (this.#abort.signal.aborted) return
      const protocol = this.#result?.protocol
      try {
        const { protocol: newProtocol } = await this.#open()
        this.#tracker.flush(this.#send)
        return this.emit('reconnected', newProtocol === protocol)
      } catch (error) {
        const failure = toRoomSessionError(error, 'connection_failed')
        if (failure.code === 'aborted') return
        if (failure.code !== 'connection_failed') return this.#end(failure)
        this.#options.logger.warn(failure.message)
      }
    }
  }

  #end(error: RoomSessionError): void {
    this.#options.logger.error(`The session ended: ${error.message}`)
    this.close()
    this.emit('ended', error)
  }

  /** Waits, but not longer than until the network is back. */
  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#abort.signal.removeEventListener('abort', done)
        this.#retryNow = undefined
        resolve()
      }
      const timer = setTimeout(done, delayMs)
      this.#retryNow = done
      this.#abort.signal.addEventListener('abort', done)
    })
  }

  readonly #onOnline = () => this.#retryNow?.()

  readonly #send = (frame: string) => {
    this.#options.logger.trace('sent', redact(frame))
    this.#transport?.send(frame)
  }

  #closedError(): RoomSessionError {
    return new RoomSessionError('aborted', 'The session with the server has ended.')
  }

  protected override onHandlerError(event: keyof SignalEvents, error: unknown): void {
    this.#options.logger.error(`Handling "${event}" failed.`, error)
  }
}

const redact = (frame: string) => frame.replace(/"jwt_token":"[^"]*"/, '"jwt_token":"…"')

function checkConnectResult(result: unknown): ConnectResult {
  const { protocol, ice_servers, authorization } = (result ?? {}) as Partial<ConnectResult>
  if (typeof authorization !== 'object' || authorization === null) {
    throw new RoomSessionError('protocol_error', 'The reply to signalwire.connect has no authorization.')
  }
  return { ...(result as ConnectResult), protocol: protocol ?? '', ice_servers: ice_servers ?? [] }
}
