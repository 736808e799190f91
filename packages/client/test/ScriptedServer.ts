import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'

export type Frame = Record<string, unknown> & {
  id?: unknown
  method?: string
  params?: Record<string, unknown>
}

/** What a test answers to a request: a result, or undefined for no reply at all. */
export type Responder = (params: Record<string, unknown>, connection: Connection) => unknown

let nextId = 1

/** One socket of a client. */
export class Connection {
  readonly #socket: WebSocket

  constructor(socket: WebSocket) {
    this.#socket = socket
  }

  sendText(text: string): void {
    this.#socket.send(text)
  }

  request(method: string, params: unknown): string {
    const id = `s${nextId++}`
    this.sendText(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    return id
  }

  event(type: string, params: unknown): void {
    this.request('signalwire.event', {
      event_type: type,
      event_channel: 'c',
      timestamp: 1,
      node_id: 'node1',
      params,
    })
  }

  verto(method: string, params: unknown): void {
    this.event('webrtc.message', { jsonrpc: '2.0', id: nextId++, method, params })
  }

  terminate(): void {
    this.#socket.terminate()
  }
}

/** A server that speaks the wire protocol as a test tells it to, on a real socket. */
export class ScriptedServer {
  readonly received: Frame[] = []
  readonly connections: Connection[] = []
  readonly responders: Record<string, Responder> = {
    'signalwire.connect': () => connectResult(),
    'video.message': () => ({ code: '200', result: {} }),
  }
  readonly #http: Server
  readonly #sockets: WebSocketServer

  private constructor(serve: (request: IncomingMessage, response: ServerResponse) => void) {
    this.#http = createServer(serve)
    this.#sockets = new WebSocketServer({ server: this.#http })
    this.#sockets.on('connection', (socket) => {
      const connection = new Connection(socket)
      this.connections.push(connection)
      socket.on('message', (data) => {
        void this.#onFrame(JSON.parse((data as Buffer).toString()) as Frame, connection)
      })
    })
  }

  static async start(
    serve?: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<ScriptedServer> {
    const server = new ScriptedServer(serve ?? ((_, response) => response.writeHead(404).end()))
    await new Promise<void>((resolve) => server.#http.listen(0, '127.0.0.1', resolve))
    return server
  }

  get address(): string {
    return `127.0.0.1:${(this.#http.address() as AddressInfo).port}`
  }

  get url(): string {
    return `ws://${this.address}`
  }

  /** The newest connection. */
  get connection(): Connection {
    const connection = this.connections.at(-1)
    if (!connection) throw new Error('No client has connected yet.')
    return connection
  }

  /** Requests of one method that came so far; Verto methods are looked for inside `video.message`. */
  requests(method: string): Record<string, unknown>[] {
    return this.received.flatMap((frame) => {
      if (frame.method === method) return [frame.params ?? {}]
      const inner = frame.params?.message as Frame | undefined
      return inner?.method === method ? [inner.params ?? {}] : []
    })
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate()
    this.#sockets.close()
    this.#http.closeAllConnections()
    await new Promise((resolve) => this.#http.close(resolve))
  }

  async #onFrame(frame: Frame, connection: Connection): Promise<void> {
    this.received.push(frame)
    if (!frame.method) return
    const inner = frame.params?.message as Frame | undefined
    const respond = (inner?.method && this.responders[inner.method]) || this.responders[frame.method]
    const result = respond
      ? await respond(inner?.params ?? frame.params ?? {}, connection)
      : { code: '200', message: 'OK' }
    if (result === undefined) return
    const body = result instanceof Refusal ? { error: result.error } : { result }
    connection.sendText(JSON.stringify({ jsonrpc: '2.0', id: frame.id, ...body }))
  }
}

/** A reply with a JSON-RPC error. */
export class Refusal {
  readonly error: { code: number; message: string }

  constructor(code: number, message: string) {
    this.error = { code, message }
  }
}

export function connectResult(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    identity: 'i',
    protocol: 'signalwire_a_b_c',
    ice_servers: [],
    authorization: {
      type: 'video',
      project_id: 'p',
      join_as: 'member',
      audio_allowed: 'both',
      video_allowed: 'both',
      room: { name: 'room1', scopes: ['room.self.audio_mute'] },
    },
    ...changes,
  }
}

/** A room token as the server makes them; the signature is of no matter to the client. */
export function roomToken(host: string, room = 'room1'): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return [part({ typ: 'VRT', alg: 'HS512', ch: host }), part({ r: room, ja: 'member' }), 'sig'].join('.')
}
