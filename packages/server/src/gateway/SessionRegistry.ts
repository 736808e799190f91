import type { RoomTokenClaims } from '@roomful/protocol'
import type { Clock } from '../lib/Clock.ts'
import type { Restorable } from '../service/index.ts'
import type { AuthorizationStates, StateContent } from './AuthorizationStates.ts'
import type { FrameContext } from './frames.ts'
import { SignalingSession } from './SignalingSession.ts'

export type OpenRequest = {
  claims: RoomTokenClaims
  agent: string
  /** What a client that comes back names. */
  protocol?: string | undefined
  state?: string | undefined
}

/** How long a client whose grace time is over may come back as what it was; and how many such there may be. */
const vanishedTtlMs = 10 * 60_000
const maxVanished = 10_000

type Vanished = { project: string; room: string; member: Restorable; untilMs: number }

/** The living sessions, by their `protocol`, and those whose clients vanished. */
export class SessionRegistry {
  readonly #sessions = new Map<string, SignalingSession>()
  /** Oldest first. */
  readonly #vanished = new Map<string, Vanished>()
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
  open(request: OpenRequest): SignalingSession {
    const { claims, agent, protocol, state } = request
    const content = state === undefined ? undefined : this.#states.read(state)
    const proves = content !== undefined && content.protocol === protocol
    const known = protocol === undefined ? undefined : this.#sessions.get(protocol)
    const isSameRoom = known !== undefined && known.claims.sub === claims.sub && known.claims.r === claims.r
    if (isSameRoom && proves) {
      known.agent = agent
      return known
    }
    const session = new SignalingSession({
      claims,
      agent,
      clock: this.#clock,
      frameContext: this.#frameContext,
      states: this.#states,
      // Of a session that is over, or was another server's, an honest client may bring any state.
      forged: isSameRoom && state !== undefined,
      restorable: proves && known === undefined ? this.#restorable(claims, content) : null,
    })
    this.#sessions.set(session.protocol, session)
    return session
  }

  /** `restorable`: what its client may come back as. */
  delete(session: SignalingSession, restorable: Restorable | null = null): void {
    this.#sessions.delete(session.protocol)
    if (restorable === null) return
    this.#forgetOldest()
    const { claims } = session
    const untilMs = this.#clock.nowMs() + vanishedTtlMs
    this.#vanished.set(session.protocol, { project: claims.sub, room: claims.r, member: restorable, untilMs })
  }

  /** What the owner of a session that is over is to be again: not for those who left or were removed. */
  #restorable(claims: RoomTokenClaims, content: StateContent): Restorable | null {
    const vanished = this.#vanished.get(content.protocol)
    if (vanished !== undefined) {
      this.#vanished.delete(content.protocol)
      const { project, room, member, untilMs } = vanished
      return project === claims.sub && room === claims.r && this.#clock.nowMs() < untilMs ? member : null
    }
    // Nothing but the state itself is known of an earlier life: it counts with the token it was made for only.
    const isItsToken =
      content.project === claims.sub && content.room === claims.r && content.tokenId === claims.jti
    return isItsToken && this.#states.isOfEarlierLife(content) ? content.member : null
  }

  #forgetOldest(): void {
    const nowMs = this.#clock.nowMs()
    for (const [protocol, { untilMs }] of this.#vanished) {
      if (untilMs > nowMs && this.#vanished.size < maxVanished) return
      this.#vanished.delete(protocol)
    }
  }
}
