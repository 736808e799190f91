import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

import { MediaError, type MediaErrorCode } from '../MediaError.ts'
import type { AddressPolicy, UrlUse } from './AddressPolicy.ts'
import { connectChecked, connectionError } from './connectChecked.ts'

/** FFmpeg opens one connection; logging in to a server takes a second and a third. */
const maxConnections = 4

export type RtmpTunnelOptions = {
  /** `rtmp://` or `rtmps://`. */
  url: string
  use: UrlUse
  policy: AddressPolicy
  /** Of the errors that are not `url_not_allowed`. Default `player_failed`. */
  failure?: MediaErrorCode
}

/**
 * A port on loopback that leads to one RTMP server, checked by the policy and, with `rtmps`, over TLS with a
 * verified certificate. FFmpeg speaks plain RTMP to it, so that it resolves no name and sees no certificate.
 */
export class RtmpTunnel {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** What FFmpeg is to open. */
  readonly url: string
  /** FFmpeg's options that go with `url`: what the server is told of where it was called. */
  readonly options: Readonly<Record<string, string>>
  /** `host:port` of the server. */
  readonly authority: string
  /** Why the connection to the server could not be made, or broke; null while it is well. */
  lastError: MediaError | null = null
  #remote: Socket | null = null
  #sentBefore = 0

  /** @throws MediaError if the URL may not be used. Connects to nothing yet. */
  static async open({ url, use, policy, failure = 'player_failed' }: RtmpTunnelOptions): Promise<RtmpTunnel> {
    const target = policy.check(url, use)
    if (!target.protocol.startsWith('rtmp')) {
      throw new MediaError('internal', `An RTMP tunnel does not take ${target.protocol} URLs`)
    }
    const server = createServer()
    server.maxConnections = maxConnections
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', () => resolve())
    })
    const tunnel = new RtmpTunnel(server, target.url, target.authority)
    server.on('connection', (local) => {
      void tunnel.#accept(local, policy, target, failure)
    })
    return tunnel
  }

  private constructor(server: Server, url: URL, authority: string) {
    this.#server = server
    this.authority = authority
    const { port } = server.address() as AddressInfo
    const userinfo = url.username === '' ? '' : `${url.username}:${url.password}@`
    this.url = `rtmp://${userinfo}127.0.0.1:${port}${url.pathname}${url.search}`
    this.options = { rtmp_tcurl: `${url.protocol}//${url.host}/${appOf(url.pathname)}` }
  }

  /** Bytes sent to the server, over all connections. */
  get sentBytes(): number {
    return this.#sentBefore + (this.#remote?.bytesWritten ?? 0)
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    this.#sockets.clear()
  }

  async #accept(
    local: Socket,
    policy: AddressPolicy,
    target: { hostname: string; port: number; isSecure: boolean },
    failure: MediaErrorCode,
  ): Promise<void> {
    this.#track(local)
    // Nothing is read before there is somebody to send it to.
    local.pause()
    let remote: Socket
    try {
      remote = await connectChecked(policy, target, { failure })
    } catch (error) {
      this.lastError =
        error instanceof MediaError ? error : connectionError(this.authority, error as Error, failure)
      local.destroy()
      return
    }
    if (local.destroyed) {
      remote.destroy()
      return
    }
    this.lastError = null
    this.#track(remote)
    remote.setNoDelay(true)
    remote.on('error', (error) => (this.lastError = connectionError(this.authority, error, failure)))
    this.#sentBefore = this.sentBytes
    this.#remote = remote
    remote.on('close', () => local.destroy())
    local.on('close', () => remote.destroy())
    local.pipe(remote)
    remote.pipe(local)
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
  }
}

/** As FFmpeg splits a path: the application, perhaps with its instance, then the stream's name. */
function appOf(pathname: string): string {
  const [app = '', second, third] = pathname.slice(1).split('/')
  return second !== undefined && third !== undefined && !second.includes(':') ? `${app}/${second}` : app
}
