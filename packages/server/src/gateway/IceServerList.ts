import { createHmac } from 'node:crypto'
import type { IceServer } from '@roomful/protocol'
import type { TurnConfig } from '../config/index.ts'
import type { Clock } from '../lib/Clock.ts'

/** The STUN and TURN servers that a client is told of when it connects. */
export class IceServerList {
  readonly #servers: IceServer[]
  readonly #turn: TurnConfig | undefined
  readonly #clock: Clock

  constructor(servers: IceServer[], turn: TurnConfig | undefined, clock: Clock) {
    this.#servers = servers
    this.#turn = turn
    this.#clock = clock
  }

  /**
   * With credentials made for this client, where the TURN server shares a secret with us. That server counts
   * allocations by the part behind the colon: clients do not share a quota.
   */
  for(clientId: string): IceServer[] {
    if (this.#turn === undefined) return this.#servers
    const { urls, credentials } = this.#turn
    if (credentials.type === 'fixed') {
      const { username, credential } = credentials
      return [...this.#servers, { urls, username, credential }]
    }
    const expirySeconds = Math.floor(this.#clock.nowMs() / 1000) + credentials.ttlSeconds
    const username = `${expirySeconds}:${clientId}`
    const credential = createHmac('sha1', credentials.secret).update(username).digest('base64')
    return [...this.#servers, { urls, username, credential }]
  }
}
