import { randomUUID } from 'node:crypto'
import { roomTokenClaimsSchema, type RoomTokenClaims } from '@roomful/protocol'
import { jwtVerify, SignJWT } from 'jose'

const algorithm = 'HS512'
/** Any other type makes the stock client forget its call when the page is reloaded. */
const tokenType = 'VRT'

export type RoomTokensOptions = {
  secret: string
  projectId: string
  /** Where browsers open their WebSocket; goes into the header of every token. */
  webSocketUrl: () => string
}

/** What a new token says, apart from what every token gets by itself. */
export type NewRoomToken = Omit<RoomTokenClaims, 'iat' | 'jti' | 'sub'>

/** Makes and checks room tokens. They do not expire: their time limits are claims that the room looks at. */
export class RoomTokens {
  readonly #key: Uint8Array
  readonly #projectId: string
  readonly #webSocketUrl: () => string

  constructor({ secret, projectId, webSocketUrl }: RoomTokensOptions) {
    this.#key = new TextEncoder().encode(secret)
    this.#projectId = projectId
    this.#webSocketUrl = webSocketUrl
  }

  mint(claims: NewRoomToken): Promise<string> {
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: algorithm, typ: tokenType, ch: this.#webSocketUrl() })
      .setIssuedAt()
      .setJti(randomUUID())
      .setSubject(this.#projectId)
      .sign(this.#key)
  }

  /** The claims of a token of this server, or undefined if it is not one. */
  async verify(token: string): Promise<RoomTokenClaims | undefined> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: [algorithm],
        typ: tokenType,
        subject: this.#projectId,
      })
      return roomTokenClaimsSchema.parse(payload)
    } catch {
      return undefined
    }
  }
}

/** `ws(s)://` for the server's `http(s)://` URL. */
export function toWebSocketUrl(publicUrl: string): string {
  return publicUrl.replace(/^http/, 'ws')
}
