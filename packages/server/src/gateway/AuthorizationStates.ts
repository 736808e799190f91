import { createHmac, timingSafeEqual } from 'node:crypto'
import type { RoomTokenClaims } from '@roomful/protocol'
import { z } from 'zod'
import { restorableSchema, type Restorable } from '../service/index.ts'

const version = 'v2'

const contentSchema = z.object({
  /** The session's. */
  protocol: z.string(),
  /** Of the server process that made the state. */
  nodeId: z.string(),
  project: z.string(),
  room: z.string(),
  /** `jti` of the token. */
  tokenId: z.string(),
  member: restorableSchema.nullable(),
})
export type StateContent = Omit<z.infer<typeof contentSchema>, 'member'> & { member: Restorable | null }

/**
 * Makes and checks `authorization_state`: a string that proves that whoever names a session's `protocol` has been
 * its client, and says what it was in its room, should the server have forgotten. Signed, not encrypted: it
 * tells the client nothing that the client does not know.
 */
export class AuthorizationStates {
  readonly #key: Buffer
  readonly #nodeId: string

  /** `nodeId`: another one for each start of the server. */
  constructor(secret: string, nodeId: string) {
    this.#key = createHmac('sha256', secret).update('authorization_state').digest()
    this.#nodeId = nodeId
  }

  sign(protocol: string, claims: RoomTokenClaims, member: Restorable | null): string {
    const content: StateContent = {
      protocol,
      nodeId: this.#nodeId,
      project: claims.sub,
      room: claims.r,
      tokenId: claims.jti,
      member,
    }
    const body = `${version}.${Buffer.from(JSON.stringify(content)).toString('base64url')}`
    return `${body}.${this.#mac(body)}`
  }

  /** What a state says; undefined if it is not one of ours, was tampered with, or is of another version. */
  read(state: string): StateContent | undefined {
    const end = state.lastIndexOf('.')
    const body = state.slice(0, Math.max(end, 0))
    const given = Buffer.from(state.slice(end + 1))
    const expected = Buffer.from(this.#mac(body))
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    if (!body.startsWith(`${version}.`)) return undefined
    const json = Buffer.from(body.slice(version.length + 1), 'base64url').toString()
    return contentSchema.safeParse(JSON.parse(json)).data
  }

  /** Whether a server that is not this one, or this one before it was started anew, made the state. */
  isOfEarlierLife({ nodeId }: StateContent): boolean {
    return nodeId !== this.#nodeId
  }

  #mac(body: string): string {
    return createHmac('sha256', this.#key).update(body).digest('base64url')
  }
}
