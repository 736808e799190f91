import type { RoomTokenClaims } from '@roomful/protocol'
import type { Clock } from '../lib/Clock.ts'
import type { AuthorizationStates } from './AuthorizationStates.ts'
import type { FrameContext } from './frames.ts'
import { SignalingSession } from './SignalingSession.ts'

export type OpenRequest = {
  claims: RoomTokenClaims
  agent: string
  /** What a client that comes back names. */
  protocol?: string | undefined
  state?: string | undefined
}

/** The living sessions, by their `protocol`. */
export class SessionRegistry {
  readonly #sessions = new Map<string, SignalingSession>()
  readonly #states: AuthorizationStates
  readonly #clock: Clock
  readonly #frameContext: FrameContext

  constructor(deps: { states: AuthorizationStates; clock: Clock; frameContext: FrameContext }) {
    this.#states = deps.states
    this.#clock = deps.clock
    this.#frameContext = deps.frameContext
  }

  get size(): number {
    return this.#sessions.size
  }

  /**
   * The session that the client names, if it proves to be its own and is of the same room; else a new one.
   * Refusing an unknown protocol would send the stock client into an endless loop of connects.
   */
  open({ claims, agent, protocol, state }: OpenRequest): SignalingSession {
    const known = protocol === undefined ? undefined : this.#sessions.get(protocol)
    let forged = false
    if (known !== undefined && known.claims.sub === claims.sub && known.claims.r === claims.r) {
      if (state !== undefined && this.#states.matches(state, known.protocol)) {
        known.agent = agent
        return known
      }
      forged = state !== undefined
    }
    const session = new SignalingSession({
      claims,
      agent,
      clock: this.#clock,
      frameContext: this.#frameContext,
      states: this.#states,
      forged,
    })
    this.#sessions.set(session.protocol, session)
    return session
  }

  delete(session: SignalingSession): void {
    this.#sessions.delete(session.protocol)
  }
}
