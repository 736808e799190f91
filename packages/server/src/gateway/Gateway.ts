import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { RoomError, rpcErrorCodes, type IceServer, type RpcRequest } from '@roomful/protocol'
import type { Logger } from 'pino'
import { WebSocketServer } from 'ws'
import type { ApiCredentials } from '../auth/ApiCredentials.ts'
import type { TurnConfig } from '../config/index.ts'
import type { Clock } from '../lib/Clock.ts'
import { QueueFullError } from '../lib/SerialQueue.ts'
import { isRoomMethod } from '../room/index.ts'
import type { DetachReason, RoomService, RoomTokens } from '../service/index.ts'
import { AuthorizationStates } from './AuthorizationStates.ts'
import {
  connectResult,
  handleConnect,
  handleReauthenticate,
  projectConnectResult,
  type ConnectDependencies,
} from './connect.ts'
import { closeCodes, Connection } from './Connection.ts'
import { IceServerList } from './IceServerList.ts'
import { handleProjectRequest } from './project/projectRequest.ts'
import { ProjectSession } from './project/ProjectSession.ts'
import type { RequestReply } from './RequestReply.ts'
import { SessionRegistry } from './SessionRegistry.ts'
import { SignalingSession } from './SignalingSession.ts'
import { handleSupersededMessage, handleVideoMessage } from './videoMessage.ts'

/** Largest frame taken; a browser's offer has about 10 kB. A larger one closes the socket with code 1009. */
export const maxFrameBytes = 256 * 1024
const maxConnections = 20_000
/** At shutdown: for clients to answer their goodbye, then to close their sockets. */
const goodbyeMs = 1500
const closeMs = 1000

export type GatewayOptions = {
  service: RoomService
  tokens: RoomTokens
  credentials: ApiCredentials
  secret: string
  nodeId: string
  projectId: string
  iceServers: IceServer[]
  turn: TurnConfig | undefined
  clock: Clock
  logger: Logger
}

/** WebSockets at the root path: authentication, JSON-RPC, and sessions that outlive their sockets. */
export class Gateway {
  readonly #service: RoomService
  readonly #options: GatewayOptions
  readonly #sessions: SessionRegistry
  readonly #connectDeps: ConnectDependencies
  readonly #connections = new Set<Connection>()
  readonly #projectSessions = new Set<ProjectSession>()
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxFrameBytes,
    perMessageDeflate: false,
  })
  #closing = false
  #onEmpty: () => void = () => {}

  constructor(options: GatewayOptions) {
    this.#options = options
    this.#service = options.service
    this.#sessions = new SessionRegistry({
      states: new AuthorizationStates(options.secret, options.nodeId),
      clock: options.clock,
      frameContext: { nodeId: options.nodeId, projectId: options.projectId },
    })
    const iceServers = new IceServerList(options.iceServers, options.turn, options.clock)
    this.#connectDeps = {
      tokens: options.tokens,
      credentials: options.credentials,
      sessions: this.#sessions,
      iceServers,
    }
    options.service.observe({
      onEvent: (room, event, recipients) => {
        // What is told to one member is about how that member stands.
        if (recipients.to === 'member') return
        for (const session of this.#projectSessions) {
          if (session.projectId === room.core.settings.projectId) session.offer(event)
        }
      },
    })
    options.service.onDeparture((session, restorable) => {
      if (!session.connected) this.#sessions.delete(session as SignalingSession, restorable)
    })
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  get sessionCount(): number {
    return this.#sessions.size
  }

  /** Takes the WebSocket upgrades of an HTTP server. */
  attach(server: Server): void {
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
  }

  /**
   * Ends every socket: clients that were told goodbye have a moment to answer, with `comesBack` they are told that
   * the server will be there again. May be called twice.
   */
  async close({ comesBack = false } = {}): Promise<void> {
    this.#closing = true
    if (!comesBack) await this.#emptyWithin(goodbyeMs)
    for (const connection of this.#connections) {
      if (comesBack) connection.close(closeCodes.serviceRestart, 'The server is being restarted')
      else connection.close(closeCodes.goingAway, 'The server is shutting down')
    }
    await this.#emptyWithin(closeMs)
    for (const connection of this.#connections) connection.terminate()
    await this.#emptyWithin(closeMs)
    this.#sockets.close()
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', (error) => this.#options.logger.debug({ err: error }, 'Upgrade failed'))
    if (request.url?.split('?', 1)[0] !== '/') return refuseUpgrade(socket, '404 Not Found')
    if (this.#closing || this.#connections.size >= maxConnections) {
      return refuseUpgrade(socket, '503 Service Unavailable')
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const connection = new Connection(webSocket, {
        clock: this.#options.clock,
        logger: this.#options.logger,
        handlers: {
          onRequest: (from, rpcRequest, reply) => this.#onRequest(from, rpcRequest, reply),
          onClose: (from, reason) => this.#onClose(from, reason),
        },
      })
      this.#connections.add(connection)
    })
  }

  #onRequest(connection: Connection, request: RpcRequest, reply: RequestReply): void {
    const { session } = connection
    if (connection.superseded) {
      handleSupersededMessage(this.#options.nodeId, request.params, reply)
      return
    }
    if (session === null) {
      this.#connect(connection, request, reply).catch((error: unknown) => this.#crash(error, request, reply))
      return
    }
    session.queue
      .run(() => this.#dispatch(session, request, reply))
      .catch((error: unknown) => this.#crash(error, request, reply))
  }

  async #connect(connection: Connection, request: RpcRequest, reply: RequestReply): Promise<void> {
    if (request.method !== 'signalwire.connect' || connection.authenticating) {
      reply.fail({ code: rpcErrorCodes.invalidRequest, message: 'signalwire.connect must come first' })
      return
    }
    connection.authenticating = true
    try {
      const session = await handleConnect(this.#connectDeps, request.params, reply)
      if (session === undefined) return
      if (!this.#connections.has(connection)) {
        // Closed while its token was looked at.
        if (session instanceof SignalingSession) this.#forgetIfIdle(session)
        return
      }
      if (!(session instanceof SignalingSession)) {
        this.#attachProject(connection, session.projectId, reply)
        return
      }
      this.#attachSession(connection, session)
      reply.send(connectResult(session, this.#connectDeps.iceServers))
      session.sendAuthorizationState()
      this.#service.attached(session)
    } finally {
      connection.authenticating = false
    }
  }

  #attachProject(connection: Connection, projectId: string, reply: RequestReply): void {
    const { nodeId } = this.#options
    const session = new ProjectSession(projectId, connection, { nodeId, projectId })
    this.#projectSessions.add(session)
    connection.open(session)
    reply.send(projectConnectResult(session))
  }

  /** The newest socket has the session; an older one is told that its calls are over. */
  #attachSession(connection: Connection, session: SignalingSession): void {
    const older = session.connection
    if (older instanceof Connection) {
      const goodbyes = this.#service.callIdsOf(session).map((callID) =>
        session.encodeVerto({
          method: 'verto.bye',
          params: { callID, cause: 'NORMAL_CLEARING', causeCode: 16 },
        }),
      )
      older.supersede(goodbyes)
    }
    session.connection = connection
    connection.open(session)
  }

  async #dispatch(
    session: SignalingSession | ProjectSession,
    request: RpcRequest,
    reply: RequestReply,
  ): Promise<void> {
    const { method, params = {} } = request
    if (session instanceof ProjectSession) {
      await handleProjectRequest(this.#service, session, request, reply)
    } else if (method === 'video.message') {
      await handleVideoMessage(this.#service, this.#options.nodeId, session, params, reply)
    } else if (isRoomMethod(method)) {
      await this.#service.rpc(session, method, params, reply)
    } else if (method === 'signalwire.reauthenticate') {
      await handleReauthenticate(this.#connectDeps, session, params, reply)
    } else if (method === 'signalwire.connect') {
      reply.fail({ code: rpcErrorCodes.invalidRequest, message: 'This socket is connected already' })
    } else {
      reply.fail({ code: rpcErrorCodes.methodNotFound, message: `Unknown method ${method}` })
    }
    if (reply.later !== null) {
      this.#awaitReply(reply.later, request, reply)
      return
    }
    if (!reply.settled) throw new Error(`${method} was not answered`)
  }

  /** Outside of the session's queue. */
  #awaitReply(later: Promise<void>, request: RpcRequest, reply: RequestReply): void {
    later
      .then(() => {
        if (!reply.settled) throw new Error(`${request.method} was not answered`)
      })
      .catch((error: unknown) => this.#crash(error, request, reply))
  }

  #crash(error: unknown, request: RpcRequest, reply: RequestReply): void {
    if (error instanceof RoomError) {
      reply.refuse(error)
      return
    }
    if (error instanceof QueueFullError) {
      reply.refuse(new RoomError('conflict', 'Too many requests are waiting'))
      return
    }
    this.#options.logger.error({ err: error, method: request.method }, 'A request failed')
    reply.refuse(new RoomError('internal'))
  }

  #onClose(connection: Connection, reason: DetachReason): void {
    this.#connections.delete(connection)
    const { session } = connection
    if (session instanceof ProjectSession) {
      this.#projectSessions.delete(session)
    } else if (session !== null && session.connection === connection) {
      session.connection = null
      this.#service.detached(session, reason)
      this.#forgetIfIdle(session)
    }
    if (this.#connections.size === 0) this.#onEmpty()
  }

  /** Without a socket and a room there is nothing to come back to. */
  #forgetIfIdle(session: SignalingSession): void {
    if (!session.connected && this.#service.participantOf(session) === undefined)
      this.#sessions.delete(session)
  }

  #emptyWithin(timeoutMs: number): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const cancel = this.#options.clock.setTimeout(resolve, timeoutMs)
      this.#onEmpty = () => {
        cancel()
        resolve()
      }
    })
  }
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
