import { randomUUID } from 'node:crypto'
import { RoomError, roomTokenClaimsSchema, type RoomTokenClaims } from '@roomful/protocol'
import { decodeJwt, jwtVerify, SignJWT } from 'jose'
import type { TokenSecrets } from '../auth/TokenSecrets.ts'

const algorithm = 'HS512'
/** Any other type makes the stock client forget its call when the page is reloaded. */
const tokenType = 'VRT'

export type RoomTokensOptions = {
  secrets: TokenSecrets
  /** Whose tokens are made when nobody says. */
  projectId: string
  /** Where browsers open their WebSocket; goes into the header of every token. */
  webSocketUrl: () => string
}

/** What a new token says, apart from what every token gets by itself. */
export type NewRoomToken = Omit<RoomTokenClaims, 'iat' | 'jti' | 'sub'>

/** Makes and checks room tokens. They do not expire: their time limits are claims that the room looks at. */
export class RoomTokens {
  readonly #secrets: TokenSecrets
  readonly #projectId: string
  readonly #webSocketUrl: () => string

  constructor({ secrets, projectId, webSocketUrl }: RoomTokensOptions) {
    this.#secrets = secrets
    this.#projectId = projectId
    this.#webSocketUrl = webSocketUrl
  }

  async mint(claims: NewRoomToken, projectId = this.#projectId): Promise<string> {
    const [secret] = await this.#secrets.of(projectId)
    if (secret === undefined) throw new RoomError('unauthorized', `There is no project ${projectId}`)
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: algorithm, typ: tokenType, ch: this.#webSocketUrl() })
      .setIssuedAt()
      .setJti(randomUUID())
      .setSubject(projectId)
      .sign(toKey(secret))
  }

  /** The claims of a token of this server, or undefined if it is not one. */
  async verify(token: string): Promise<RoomTokenClaims | undefined> {
    const subject = subjectOf(token)
    if (subject === undefined) return undefined
    for (const secret of await this.#secrets.of(subject)) {
      try {
        const { payload } = await jwtVerify(token, toKey(secret), {
          algorithms: [algorithm],
          typ: tokenType,
          subject,
        })
        return roomTokenClaimsSchema.parse(payload)
      } catch {
        // Signed with another secret, or by somebody else.
      }
    }
    return undefined
  }
}

const toKey = (secret: string): Uint8Array => new TextEncoder().encode(secret)

/** What a token says of its project, before anything is proved. */
function subjectOf(token: string): string | undefined {
  try {
    return decodeJwt(token).sub
  } catch {
    return undefined
  }
}

/** `ws(s)://` for the server's `http(s)://` URL. */
export function toWebSocketUrl(publicUrl: string): string {
  return publicUrl.replace(/^http/, 'ws')
}
