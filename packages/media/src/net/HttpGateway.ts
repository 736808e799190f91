import {
  createServer,
  request as requestHttp,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http'
import { request as requestHttps } from 'node:https'
import type { AddressInfo } from 'node:net'

import { MediaError } from '../MediaError.ts'
import type { AddressPolicy, CheckedUrl } from './AddressPolicy.ts'
import { connectionError, secureOptions } from './connectChecked.ts'
import { isPlaylist, maxPlaylistBytes, rewritePlaylist } from './playlist.ts'

/** To connect, and to answer with headers. */
const answerTimeoutMs = 5000
/** Between two pieces of a body. */
const idleTimeoutMs = 10_000
const maxHeaderBytes = 16_384
const maxRequests = 16
/** Different `https:` hosts that one player may use. */
const maxOrigins = 64

const forwardedRequestHeaders = ['range', 'authorization', 'accept', 'cookie', 'referer'] as const
const forwardedResponseHeaders = [
  'accept-ranges',
  'content-length',
  'content-range',
  'content-type',
  'set-cookie',
  'www-authenticate',
] as const

/**
 * An HTTP proxy on loopback for one player's FFmpeg, which so resolves no name and sees no certificate: every
 * request, those for the parts of a playlist and those after a redirect too, goes out from here, checked by the policy.
 *
 * FFmpeg speaks plain HTTP to it. What is `https:` outside goes by host names of the kind `https-1.invalid`
 * inside, in redirects and playlists as well; FFmpeg itself must be told not to open `https:`.
 */
export class HttpGateway {
  readonly #policy: AddressPolicy
  readonly #server: Server
  readonly #secureOrigins: string[] = []
  readonly #requests = new Set<ClientRequest>()
  /** Why the last request that failed did so, in words for users. */
  lastError: MediaError | null = null
  /** Whether the last file that was asked for can be read from any place. */
  hasRanges = false

  static async open(policy: AddressPolicy): Promise<HttpGateway> {
    const server = createServer({ maxHeaderSize: maxHeaderBytes })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', () => resolve())
    })
    return new HttpGateway(policy, server)
  }

  private constructor(policy: AddressPolicy, server: Server) {
    this.#policy = policy
    this.#server = server
    server.on('request', (request, response) => {
      this.#forward(request, response).catch((error: Error) => {
        const told = error instanceof MediaError ? error : connectionError('The server', error)
        this.#refuse(response, told.code === 'url_not_allowed' ? 403 : 502, told)
      })
    })
  }

  /** For FFmpeg's `http_proxy`. */
  get proxyUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** What FFmpeg is to open for a URL. Of an `https:` URL beyond the 64th host: the URL itself, which it refuses. */
  inside(url: URL): string {
    if (url.protocol !== 'https:') return url.href
    const host = this.#insideHost(url.host)
    if (host === null) return url.href
    const userinfo = url.username === '' ? '' : `${url.username}:${url.password}@`
    return `http://${userinfo}${host}${url.pathname}${url.search}`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
    for (const request of this.#requests) request.destroy()
    this.#requests.clear()
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {})
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      throw new MediaError(
        'player_failed',
        `A player only reads, it sends no ${request.method ?? ''} requests`,
      )
    }
    if (this.#requests.size >= maxRequests)
      throw new MediaError('player_failed', `More than ${maxRequests} requests at once`)
    const target = this.#policy.check(this.#outside(request.url ?? ''), 'play')
    const pinned = await this.#policy.pinned(target.hostname, target.port)
    if (response.destroyed) return
    const incoming = await this.#send(target, pinned, request, response)
    if (response.destroyed) return
    const status = incoming.statusCode ?? 502
    const headers: OutgoingHttpHeaders = Object.fromEntries(
      forwardedResponseHeaders.map((name) => [name, incoming.headers[name]] as const).filter(isGiven),
    )
    if (status === 200 || status === 206) {
      this.lastError = null
      this.hasRanges = status === 206 || /\bbytes\b/.test(incoming.headers['accept-ranges'] ?? '')
    }
    if (incoming.headers.location !== undefined && status >= 300 && status < 400) {
      headers.location = this.inside(this.#redirected(incoming.headers.location, target))
    }
    if (status >= 400) {
      const words = `${target.authority} answered ${status} ${incoming.statusMessage ?? ''}`.trim()
      this.lastError = new MediaError('player_failed', words)
    }
    const encoding = incoming.headers['content-encoding'] ?? 'identity'
    if (encoding !== 'identity') {
      throw new MediaError(
        'player_failed',
        `${target.authority} sends it compressed (${encoding}) although that was not asked for`,
      )
    }
    if (status === 200 && request.method === 'GET' && isPlaylist(target.url, headers['content-type'])) {
      const text = await readPlaylist(incoming, target.authority)
      const body = rewritePlaylist(text, target.url, (host) => this.#insideHost(host))
      delete headers['content-length']
      response.writeHead(status, headers).end(body)
      return
    }
    response.writeHead(status, headers)
    incoming.on('error', (error: Error) => {
      // Not if FFmpeg has hung up.
      if (!response.destroyed) this.lastError = connectionError(target.authority, error)
      response.destroy()
    })
    incoming.pipe(response)
  }

  #send(
    target: CheckedUrl,
    pinned: Awaited<ReturnType<AddressPolicy['pinned']>>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<IncomingMessage> {
    const headers: OutgoingHttpHeaders = {
      ...Object.fromEntries(
        forwardedRequestHeaders.map((name) => [name, request.headers[name]] as const).filter(isGiven),
      ),
      host: target.url.host,
      'user-agent': 'Roomful',
      'accept-encoding': 'identity',
    }
    const options = {
      ...pinned,
      method: request.method,
      path: target.url.pathname + target.url.search,
      headers,
      agent: false as const,
      maxHeaderSize: maxHeaderBytes,
    }
    return new Promise((resolve, reject) => {
      const sent = target.isSecure
        ? requestHttps({ ...options, ...secureOptions(target.hostname) })
        : requestHttp(options)
      this.#requests.add(sent)
      const late = (): void => {
        const words = `${target.authority} gave no answer within ${answerTimeoutMs / 1000} s`
        sent.destroy(new MediaError('player_failed', words))
      }
      const timer = setTimeout(late, answerTimeoutMs)
      sent.on('error', (error: Error & { code?: string }) => reject(responseError(target.authority, error)))
      sent.on('close', () => {
        clearTimeout(timer)
        this.#requests.delete(sent)
      })
      sent.on('response', (incoming) => {
        clearTimeout(timer)
        // While FFmpeg does not read, nothing comes: that is not the server's silence.
        incoming.setTimeout(idleTimeoutMs, () => {
          if (response.writableLength === 0) incoming.destroy()
        })
        resolve(incoming)
      })
      response.on('close', () => sent.destroy())
      sent.end()
    })
  }

  #redirected(location: string, from: CheckedUrl): URL {
    const url = URL.canParse(location, from.url.href) ? new URL(location, from.url) : null
    if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
      throw new MediaError(
        'url_not_allowed',
        `${from.authority} redirects to something that is neither http nor https`,
      )
    }
    return this.#policy.check(url.href, 'play').url
  }

  #insideHost(host: string): string | null {
    let index = this.#secureOrigins.indexOf(host.toLowerCase())
    if (index < 0) {
      if (this.#secureOrigins.length >= maxOrigins) return null
      index = this.#secureOrigins.push(host.toLowerCase()) - 1
    }
    return `https-${index + 1}.invalid`
  }

  #outside(text: string): string {
    const secure = /^http:\/\/https-(\d+)\.invalid(?::80)?(\/.*)?$/.exec(text)
    if (secure === null) return text
    return `https://${this.#secureOrigins[Number(secure[1]) - 1] ?? ''}${secure[2] ?? '/'}`
  }

  #refuse(response: ServerResponse, status: number, error: MediaError): void {
    this.lastError = error
    if (response.headersSent || response.destroyed) {
      response.destroy()
      return
    }
    response.writeHead(status, { 'content-type': 'text/plain', 'content-length': 0 }).end()
  }
}

function isGiven(header: readonly [string, unknown]): boolean {
  return header[1] !== undefined
}

async function readPlaylist(incoming: IncomingMessage, authority: string): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxPlaylistBytes) {
      throw new MediaError(
        'player_failed',
        `The playlist of ${authority} is larger than ${maxPlaylistBytes / 1_000_000} MB`,
      )
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function responseError(authority: string, error: Error & { code?: string }): MediaError {
  if (error instanceof MediaError) return error
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    const words = `${authority} sends more than ${maxHeaderBytes / 1024} KiB of headers`
    return new MediaError('player_failed', words, { cause: error })
  }
  if (error.code?.startsWith('HPE_') === true)
    return new MediaError('player_failed', `${authority} does not speak HTTP`, { cause: error })
  return connectionError(authority, error)
}
