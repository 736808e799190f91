import { createReadStream, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { extname, join } from 'node:path'

const types: Readonly<Record<string, string>> = {
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
  '.mp3': 'audio/mpeg',
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.ts': 'video/mp2t',
}

/** An HTTP server on loopback that gives out the files of a folder, ranges of them too, and scripted answers. */
export class ClipServer {
  readonly #server: Server & { closeAllConnections(): void }
  readonly #scheme: string
  readonly requests: string[] = []

  static async start(
    folder: string,
    scripted: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {},
    secure?: { key: string; cert: string },
  ): Promise<ClipServer> {
    // eslint-disable-next-line prefer-const
    let server: ClipServer
    const listener: RequestListener = (request, response) => {
      const path = request.url ?? '/'
      server.requests.push(path)
      const script = scripted[path.split('?')[0]!]
      if (script) script(request, response)
      else giveFile(join(folder, path.slice(1)), request, response)
    }
    const http = secure ? createSecureServer(secure, listener) : createServer(listener)
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', () => resolve()))
    server = new ClipServer(http, secure ? 'https' : 'http')
    return server
  }

  private constructor(server: Server & { closeAllConnections(): void }, scheme: string) {
    this.#server = server
    this.#scheme = scheme
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  url(path: string, host = '127.0.0.1'): string {
    return `${this.#scheme}://${host}:${this.port}/${path}`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

function giveFile(path: string, request: IncomingMessage, response: ServerResponse): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size
  if (size === undefined) {
    response.writeHead(404).end()
    return
  }
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  const start = range ? Number(range[1]) : 0
  const end = range?.[2] ? Math.min(Number(range[2]), size - 1) : size - 1
  const headers = {
    'accept-ranges': 'bytes',
    'content-type': types[extname(path)] ?? 'application/octet-stream',
    'content-length': end - start + 1,
    ...(range && { 'content-range': `bytes ${start}-${end}/${size}` }),
  }
  response.writeHead(range ? 206 : 200, headers)
  const file = createReadStream(path, { start, end })
  file.pipe(response)
  response.on('close', () => file.destroy())
}
