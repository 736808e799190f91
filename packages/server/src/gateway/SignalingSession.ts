import { randomBytes, randomUUID } from 'node:crypto'
import type { Authorization, RoomTokenClaims, ServerVertoMessage } from '@roomful/protocol'
import type { Clock } from '../lib/Clock.ts'
import { SerialQueue } from '../lib/SerialQueue.ts'
import type { Joiner, Role } from '../room/types.ts'
import {
  toIdentity,
  withName,
  withRole,
  type Identity,
  type ParticipantSession,
  type Restorable,
  type RoomEvent,
} from '../service/index.ts'
import type { AuthorizationStates } from './AuthorizationStates.ts'
import { encodeAuthorizationState, encodeRoomEvent, encodeVerto, type FrameContext } from './frames.ts'

/** Requests of one client that may wait for their turn. */
const queueLimit = 1000

/** The socket of a session, as far as the session needs it. */
export interface SessionConnection {
  send(text: string): void
}

export type SignalingSessionOptions = {
  claims: RoomTokenClaims
  agent: string
  clock: Clock
  frameContext: FrameContext
  states: AuthorizationStates
  /** The client named a living session without proof that it is its own: its invites are refused. */
  forged: boolean
  /** What the client proved to have been before. */
  restorable: Restorable | null
}

/** One client, over all its sockets. */
export class SignalingSession implements ParticipantSession {
  readonly protocol: string
  readonly forged: boolean
  readonly claims: RoomTokenClaims
  /** Keeps a client's requests in order, also over a change of sockets. */
  readonly queue = new SerialQueue(queueLimit)
  agent: string
  connection: SessionConnection | null = null
  /** Until the client has joined. */
  restorable: Restorable | null
  readonly #options: SignalingSessionOptions
  /** By the token. */
  readonly #ownIdentity: Identity
  #identity: Identity
  #member: Restorable | null

  constructor(options: SignalingSessionOptions) {
    // The stock client keeps the protocol over a reconnect only if the part after the first underscore is the
    // signature, so no part may hold an underscore itself.
    const signature = randomBytes(16).toString('hex')
    const { claims, restorable } = options
    const identity = toIdentity(claims, signature)
    this.#ownIdentity = restorable === null ? identity : withName(identity, restorable.snapshot.name)
    this.#identity =
      restorable === null ? this.#ownIdentity : withRole(this.#ownIdentity, restorable.snapshot)
    this.restorable = restorable
    this.#member = restorable
    // One server may serve several projects.
    this.#options = { ...options, frameContext: { ...options.frameContext, projectId: claims.sub } }
    this.protocol = `signalwire_${signature}_${randomUUID()}_${claims.sub}`
    this.claims = claims
    this.agent = options.agent
    this.forged = options.forged
  }

  get authorization(): Authorization {
    return this.#identity.authorization
  }

  get joiner(): Joiner {
    return this.#identity.joiner
  }

  get connected(): boolean {
    return this.connection !== null
  }

  changeRole(role: Role | null): void {
    this.#identity = role === null ? this.#ownIdentity : withRole(this.#ownIdentity, role)
  }

  remember(member: Restorable | null): void {
    this.restorable = null
    this.#member = member
  }

  sendEvent(event: RoomEvent): void {
    if (this.connection === null) return
    this.connection.send(encodeRoomEvent(event, this.#options.frameContext))
  }

  sendVerto(message: ServerVertoMessage): void {
    this.connection?.send(this.encodeVerto(message))
  }

  sendAuthorizationState(): void {
    const { states, clock, frameContext } = this.#options
    const state = states.sign(this.protocol, this.claims, this.#member)
    this.connection?.send(encodeAuthorizationState(state, this.protocol, clock.nowMs(), frameContext))
  }

  encodeVerto(message: ServerVertoMessage): string {
    return encodeVerto(message, this.protocol, this.#options.clock.nowMs(), this.#options.frameContext)
  }
}
