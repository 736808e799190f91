import type {
  Authorization,
  RoomTokenClaims,
  ServerEvents,
  ServerEventType,
  ServerVertoMessage,
} from '@roomful/protocol'
import type { Joiner } from '../room/types.ts'

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
  readonly authorization: Authorization
  readonly joiner: Joiner
  /** Whether there is a socket now. Without one everything that is sent is dropped. */
  readonly connected: boolean
  sendEvent(event: RoomEvent): void
  sendVerto(message: ServerVertoMessage): void
  /** Sends the state that lets a client take up the session again; due after each change of a call. */
  sendAuthorizationState(): void
}
