import { randomUUID } from 'node:crypto'
import { WebSocket } from 'ws'
import type { ConnectResult, EventFrameParams } from '@roomful/protocol'

const requestTimeoutMs = 10_000

type Frame = {
  id?: string | number
  method?: string
  params?: Record<string, unknown>
  result?: unknown
  error?: { code: number | string; message: string }
}

/** What a `video.*` or Verto request came back with, if it was not a success. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused'
  readonly code: string

  constructor(method: string, code: number | string, message: string) {
    super(`${method} was refused: ${code} ${message}`)
    this.code = String(code)
  }
}

export type SignalingEvents = {
  /** A `video.*` event. */
  onEvent(type: string, params: Record<string, unknown>): void
  /** A Verto message of the server: `verto.answer`, `verto.bye`, `verto.attach`. */
  onVerto(method: string, params: Record<string, unknown>): void
  /** The socket closed without being asked to. */
  onClosed(code: number): void
}

/** The WebSocket side of a simulated member: speaks the protocol as a browser does, and acknowledges everything. */
export class SignalingClient {
  readonly #socket: WebSocket
  readonly #events: SignalingEvents
  readonly #pending = new Map<
    string,
    { method: string; settle: (frame: Frame) => void; fail: (e: Error) => void }
  >()
  #closing = false

  private constructor(socket: WebSocket, events: SignalingEvents) {
    this.#socket = socket
    this.#events = events
    socket.on('message', (data) => this.#receive(JSON.parse((data as Buffer).toString()) as Frame))
    socket.on('error', () => {})
    socket.on('close', (code) => this.#closed(code))
  }

  static async open(url: string, events: SignalingEvents): Promise<SignalingClient> {
    const socket = new WebSocket(url, { handshakeTimeout: requestTimeoutMs })
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', reject)
    })
    return new SignalingClient(socket, events)
  }

  async connect(token: string): Promise<ConnectResult> {
    const result = await this.request('signalwire.connect', {
      version: { major: 3, minor: 0, revision: 0 },
      event_acks: true,
      agent: 'roomful-load-test/0.1.0',
      authentication: { jwt_token: token },
    })
    return result as ConnectResult
  }

  /** Resolves with the `result`; rejects with `RequestRefused` for an error or a `code` that is not 2xx. */
  async request(method: string, params: Record<string, unknown>): Promise<unknown> {
    if (this.#socket.readyState !== WebSocket.OPEN)
      throw new Error(`${method} was not sent: the socket is closed`)
    const id = randomUUID()
    const frame = await new Promise<Frame>((settle, fail) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id)
        fail(new Error(`${method} was not answered in ${requestTimeoutMs} ms`))
      }, requestTimeoutMs)
      this.#pending.set(id, {
        method,
        settle: (reply) => (clearTimeout(timer), settle(reply)),
        fail: (error) => (clearTimeout(timer), fail(error)),
      })
      this.#send({ id, method, params })
    })
    if (frame.error !== undefined) throw new RequestRefused(method, frame.error.code, frame.error.message)
    const body = frame.result as { code?: string | number; message?: string } | undefined
    if (body?.code !== undefined && !/^2\d\d$/.test(String(body.code))) {
      throw new RequestRefused(method, body.code, body.message ?? '')
    }
    return frame.result
  }

  /** Sends a Verto request and resolves with its inner result. */
  async verto(method: string, params: Record<string, unknown>): Promise<Record<string, unknown>> {
    const outer = (await this.request('video.message', {
      callID: (params['dialogParams'] as { callID: string }).callID,
      subscribe: ['video.room.subscribed'],
      message: { jsonrpc: '2.0', id: randomUUID(), method, params },
    })) as { result?: { result?: Record<string, unknown>; error?: { code: number; message: string } } }
    const inner = outer.result
    if (inner?.error !== undefined) throw new RequestRefused(method, inner.error.code, inner.error.message)
    return inner?.result ?? {}
  }

  close(): void {
    this.#closing = true
    this.#socket.close()
  }

  /** Cuts the connection as a vanished browser does. */
  terminate(): void {
    this.#closing = true
    this.#socket.terminate()
  }

  #receive(frame: Frame): void {
    if (frame.method === undefined) {
      const pending = this.#pending.get(String(frame.id))
      this.#pending.delete(String(frame.id))
      pending?.settle(frame)
      return
    }
    if (frame.method === 'signalwire.ping') {
      this.#send({ id: frame.id, result: { timestamp: frame.params?.['timestamp'] } })
      return
    }
    this.#send({ id: frame.id, result: {} })
    if (frame.method === 'signalwire.event') this.#event(frame.params as unknown as EventFrameParams)
  }

  #event(event: EventFrameParams): void {
    const params = event.params as Record<string, unknown>
    if (event.event_type !== 'webrtc.message') {
      this.#events.onEvent(event.event_type, params)
      return
    }
    const { id, method } = params as { id: number; method: string }
    this.#events.onVerto(method, params['params'] as Record<string, unknown>)
    if (method === 'verto.answer' || method === 'verto.bye') {
      const message = { jsonrpc: '2.0', id, result: { method } }
      this.request('video.message', { node_id: event.node_id, message }).catch(() => {})
    }
  }

  #send(frame: Frame): void {
    if (this.#socket.readyState === WebSocket.OPEN)
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', ...frame }))
  }

  #closed(code: number): void {
    for (const { method, fail } of this.#pending.values())
      fail(new Error(`The socket closed (${code}) before ${method} was answered`))
    this.#pending.clear()
    if (!this.#closing) this.#events.onClosed(code)
  }
}
