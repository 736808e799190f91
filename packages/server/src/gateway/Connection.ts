import { rpcErrorCodes } from '@roomful/protocol'
import type { Logger } from 'pino'
import type { RawData, WebSocket } from 'ws'
import type { Cancel, Clock } from '../lib/Clock.ts'
import { TokenBucket } from '../lib/TokenBucket.ts'
import type { DetachReason } from '../service/index.ts'
import { encodeError, encodePing, parseFrame } from './frames.ts'
import type { ProjectSession } from './project/ProjectSession.ts'
import { RequestReply } from './RequestReply.ts'
import type { SessionConnection, SignalingSession } from './SignalingSession.ts'
import type { RpcRequest } from '@roomful/protocol'

/** The stock client reconnects when it sees no ping for 15 s. */
const pingIntervalMs = 10_000
const missedPingsAllowed = 2
/** From the opening of the socket to a successful `signalwire.connect`. */
const connectTimeoutMs = 10_000
/** How long a client that was taken over may take to say goodbye. */
const supersededCloseMs = 5000
/** A client that does not read: what it has not taken is lost when it comes back. */
const maxBufferedBytes = 4 * 1024 * 1024
const requestRate = { perSecond: 200, burst: 400 }
/** Clients acknowledge every event, so replies come as often as a room is lively. */
const replyCost = 0.1

/** RFC 6455 section 7.4. */
export const closeCodes = {
  goingAway: 1001,
  unsupportedData: 1003,
  policyViolation: 1008,
  /** Of the registry that RFC 6455 section 11.7 began. */
  serviceRestart: 1012,
} as const

export type ConnectionHandlers = {
  /** A request; `reply` must be used once, sooner or later. */
  onRequest(connection: Connection, request: RpcRequest, reply: RequestReply): void
  onClose(connection: Connection, reason: DetachReason): void
}

/** One WebSocket: frames, their limits, pings. */
export class Connection implements SessionConnection {
  /** The session that this socket serves, once connected. */
  session: SignalingSession | ProjectSession | null = null
  /** A newer socket serves the session now. */
  superseded = false
  /** A `signalwire.connect` is being looked at. */
  authenticating = false
  readonly #socket: WebSocket
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #handlers: ConnectionHandlers
  readonly #bucket: TokenBucket
  #cancelTimer: Cancel
  #missedPings = 0
  #closing = false
  #reason: DetachReason = 'closed'

  constructor(socket: WebSocket, deps: { clock: Clock; logger: Logger; handlers: ConnectionHandlers }) {
    this.#socket = socket
    this.#clock = deps.clock
    this.#logger = deps.logger
    this.#handlers = deps.handlers
    this.#bucket = new TokenBucket(deps.clock, requestRate)
    this.#cancelTimer = deps.clock.setTimeout(() => {
      this.close(closeCodes.policyViolation, 'signalwire.connect was expected within 10 s')
    }, connectTimeoutMs)
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary))
    // An oversized frame comes here too; `ws` then closes with 1009 by itself.
    socket.on('error', (error) => this.#logger.info({ err: error }, 'WebSocket error'))
    socket.once('close', () => {
      this.#cancelTimer()
      this.#handlers.onClose(this, this.#reason)
    })
  }

  send(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#socket.send(text)
    if (this.#socket.bufferedAmount > maxBufferedBytes) {
      this.#logger.warn(
        { bufferedBytes: this.#socket.bufferedAmount },
        'Client does not read; closing its socket',
      )
      this.#drop()
    }
  }

  /** The session is the client's: from now on it is pinged. */
  open(session: SignalingSession | ProjectSession): void {
    this.session = session
    this.#ping()
  }

  /** Another socket took the session over: `goodbyes` are sent, then the client has a moment to close. */
  supersede(goodbyes: readonly string[]): void {
    for (const text of goodbyes) this.send(text)
    this.superseded = true
    this.session = null
    this.#cancelTimer()
    this.#cancelTimer = this.#clock.setTimeout(() => {
      this.close(closeCodes.policyViolation, 'The session was taken over by another connection')
    }, supersededCloseMs)
  }

  /** `message`: at most 123 bytes. */
  close(code: number, message: string): void {
    this.#closing = true
    this.#socket.close(code, message)
  }

  terminate(): void {
    this.#closing = true
    this.#socket.terminate()
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#closing) return
    this.#missedPings = 0
    if (isBinary) {
      this.close(closeCodes.unsupportedData, 'Only text frames are taken')
      return
    }
    const frame = parseFrame(data.toString())
    if (!this.#bucket.take(frame.kind === 'reply' ? replyCost : 1)) {
      const id = frame.kind === 'request' ? frame.request.id : null
      const message = `Too many requests: ${requestRate.perSecond} a second are allowed`
      this.send(encodeError(id, { code: rpcErrorCodes.invalidRequest, message }))
      this.close(closeCodes.policyViolation, message)
      return
    }
    switch (frame.kind) {
      case 'reply':
        return
      case 'invalid':
        this.send(encodeError(frame.id, frame.error))
        return
      case 'request': {
        const reply = new RequestReply(frame.request.id, this.#clock, (text) => this.send(text))
        this.#handlers.onRequest(this, frame.request, reply)
      }
    }
  }

  #ping(): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#clock.setTimeout(() => {
      if (this.#missedPings >= missedPingsAllowed) {
        this.#logger.info('Client is silent; closing its socket')
        this.#drop()
        return
      }
      this.#missedPings += 1
      this.send(encodePing(this.#clock.nowMs()))
      this.#ping()
    }, pingIntervalMs)
  }

  /** Ends a socket whose other end seems to be gone, without waiting for it. */
  #drop(): void {
    this.#reason = 'silent'
    this.terminate()
  }
}
