export type Credentials = { projectId: string; apiToken: string }

const requestTimeoutMs = 10_000

/** Gets room tokens from a server: over REST with credentials, else from the page's token endpoint. */
export class TokenClient {
  readonly #url: string
  readonly #credentials: Credentials | undefined

  /** `url`: of the server, e.g. `http://127.0.0.1:8080`. */
  constructor(url: string, credentials?: Credentials) {
    this.#url = url
    this.#credentials = credentials
  }

  /** `more`: further fields of the request, e.g. `{ join_as: 'audience' }`; they need credentials. */
  async token(roomName: string, userName: string, more: Record<string, unknown> = {}): Promise<string> {
    const credentials = this.#credentials
    if (credentials === undefined && Object.keys(more).length > 0) {
      throw new TypeError(`Without credentials a token is an ordinary member's: ${Object.keys(more).join()}`)
    }
    const path = credentials === undefined ? '/demo/token' : '/api/video/room_tokens'
    const headers: Record<string, string> = { 'content-type': 'application/json' }
    if (credentials !== undefined) {
      const pair = `${credentials.projectId}:${credentials.apiToken}`
      headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`
    }
    const response = await fetch(new URL(path, this.#url), {
      method: 'POST',
      headers,
      body: JSON.stringify({ ...more, room_name: roomName, user_name: userName }),
      signal: AbortSignal.timeout(requestTimeoutMs),
    })
    if (!response.ok) {
      const hint =
        response.status === 404 && credentials === undefined
          ? '; this server makes tokens only for those with credentials'
          : ''
      throw new Error(`${path} answered ${response.status} ${await response.text()}${hint}`)
    }
    const { token } = (await response.json()) as { token?: unknown }
    if (typeof token !== 'string') throw new Error(`${path} answered without a token`)
    return token
  }
}
