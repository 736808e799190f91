import type {
  Authorization,
  RoomTokenClaims,
  ServerEvents,
  ServerEventType,
  ServerVertoMessage,
} from '@roomful/protocol'
import type { Joiner, Role } from '../room/types.ts'
import type { Restorable } from './restoring.ts'

/** One event of a room, made once and handed to every session that is to have it. */
export type RoomEvent<T extends ServerEventType = ServerEventType> = {
  type: T
  params: ServerEvents[T]
  /** The room session the event belongs to. */
  channel: string
  timestampMs: number
}

/** How a session lost its socket: its client closed it (a killed tab does too), or it just went silent. */
export type DetachReason = 'closed' | 'silent'

/** A signalling session as the service sees it; the gateway has it. It outlives its sockets. */
export interface ParticipantSession {
  /** Unique; the client hands it back when it reconnects. */
  readonly protocol: string
  /** Name and version of the client. */
  readonly agent: string
  readonly claims: RoomTokenClaims
  /** Of the role that the client has, or was told to take up. */
  readonly authorization: Authorization
  readonly joiner: Joiner
  /** What its client proved to have been before; null after it joined again, and if it joins for the first time. */
  readonly restorable: Restorable | null
  /** Whether there is a socket now. Without one everything that is sent is dropped. */
  readonly connected: boolean
  sendEvent(event: RoomEvent): void
  sendVerto(message: ServerVertoMessage): void
  /** Gives the client another role; null: the one of its token. */
  changeRole(role: Role | null): void
  /** What the client is from now on, for the state that it is sent and the day when it comes back. */
  remember(member: Restorable | null): void
  /** Sends the state that lets a client take up the session again; due after each change of a call. */
  sendAuthorizationState(): void
}
