import { createServer, get, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { readFileSync } from 'node:fs'
import { connect, type AddressInfo, type Server } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { AddressPolicy } from './AddressPolicy.ts'
import { HttpGateway } from './HttpGateway.ts'
import { rewritePlaylist } from './playlist.ts'
import { RtmpTunnel } from './RtmpTunnel.ts'

const fixture = (name: string): string => readFileSync(new URL(`./testing/${name}`, import.meta.url), 'utf8')
const playlistType = 'application/vnd.apple.mpegurl'

const answers: Record<string, RequestListener> = {
  '/file': (request, response) => {
    response.setHeader('content-type', 'video/mp4')
    response.writeHead(request.headers.range === undefined ? 200 : 206).end(request.headers.range ?? 'all')
  },
  '/to-file': (_request, response) => response.writeHead(302, { location: '/file' }).end('moved'),
  '/to-metadata': (_request, response) =>
    response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
  '/to-inside': (_request, response) => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
  '/to-file-url': (_request, response) => response.writeHead(301, { location: 'file:///etc/passwd' }).end(),
  '/missing': (_request, response) => response.writeHead(404).end('no'),
  '/gzip': (_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(1_000_000))),
  '/headers': (request) => {
    const { socket } = request
    socket.write('HTTP/1.1 200 OK\r\n')
    for (let i = 0; i < 3000; i++) socket.write(`x-header-${i}: ${'a'.repeat(20)}\r\n`)
  },
  '/no-http': (request) => request.socket.end('ICY 200 OK\r\n\r\n'),
  '/list.m3u8': (_request, response) => {
    response.setHeader('content-type', playlistType)
    response.end('#EXTM3U\n#EXTINF:2,\na.ts\n#EXTINF:2,\nhttps://cdn.test/b.ts\n')
  },
  '/endless.m3u8': (_request, response) => {
    const line = Buffer.from(`#EXTINF:2,\nsegment.ts\n`.repeat(3000))
    const write = (): void => {
      while (!response.destroyed && response.write(line));
    }
    response.on('drain', write)
    write()
  },
}

let server: Server & { closeAllConnections(): void }
let secure: Server & { closeAllConnections(): void }
const gateways: HttpGateway[] = []

const portOf = (each: Server): number => (each.address() as AddressInfo).port
const answer: RequestListener = (request, response) => {
  const found = answers[request.url ?? '']
  if (found === undefined) response.writeHead(500).end()
  else found(request, response)
}

beforeAll(async () => {
  server = createServer(answer)
  secure = createSecureServer({ key: fixture('localhost.key.pem'), cert: fixture('localhost.pem') }, answer)
  for (const each of [server, secure]) {
    await new Promise<void>((resolve) => each.listen(0, '127.0.0.1', () => resolve()))
  }
})
afterAll(() => {
  for (const each of [server, secure]) {
    each.close()
    each.closeAllConnections()
  }
})
afterEach(() => {
  for (const gateway of gateways.splice(0)) gateway.close()
})

async function openGateway(allowedHosts?: string[]): Promise<HttpGateway> {
  const listed = allowedHosts ?? [`127.0.0.1:${portOf(server)}`, `localhost:${portOf(server)}`]
  const gateway = await HttpGateway.open(new AddressPolicy({ allowedHosts: listed }))
  gateways.push(gateway)
  return gateway
}

type Answer = { status: number; headers: IncomingMessage['headers']; body: string }

/** As FFmpeg does: a request with the whole URL to the proxy. */
function ask(gateway: HttpGateway, url: string, headers: Record<string, string> = {}): Promise<Answer> {
  const proxy = new URL(gateway.proxyUrl)
  return new Promise((resolve, reject) => {
    const request = get({ host: proxy.hostname, port: proxy.port, path: url, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const body = Buffer.concat(chunks).toString()
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
      })
    })
    request.on('error', reject)
  })
}

describe('HttpGateway', () => {
  test('gives out what is allowed, in parts as well', async () => {
    const gateway = await openGateway()
    const url = `http://127.0.0.1:${portOf(server)}/file`
    expect(await ask(gateway, url)).toMatchObject({ status: 200, body: 'all' })
    expect(gateway.hasRanges).toBe(false)
    expect(await ask(gateway, url, { range: 'bytes=5-' })).toMatchObject({ status: 206, body: 'bytes=5-' })
    expect(gateway.hasRanges).toBe(true)
    expect(gateway.lastError).toBeNull()
  })

  test.each(['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]'])(
    'refuses %s if it is not listed',
    async (host) => {
      const gateway = await openGateway([])
      expect(await ask(gateway, `http://${host}:${portOf(server)}/file`)).toMatchObject({
        status: 403,
        body: '',
      })
      expect(gateway.lastError).toMatchObject({ code: 'url_not_allowed' })
      expect(gateway.lastError?.message).toContain('loopback')
    },
  )

  test('hands redirects on, but none to the inside or to another protocol', async () => {
    const gateway = await openGateway()
    const base = `http://127.0.0.1:${portOf(server)}`
    const redirect = await ask(gateway, `${base}/to-file`)
    expect(redirect).toMatchObject({ status: 302, headers: { location: `${base}/file` } })
    for (const path of ['/to-metadata', '/to-inside', '/to-file-url']) {
      const refused = await ask(gateway, base + path)
      expect(refused.status).toBe(403)
      expect(refused.headers.location).toBeUndefined()
      expect(gateway.lastError).toMatchObject({ code: 'url_not_allowed' })
    }
  })

  test.each([
    ['/missing', 404, 'answered 404 Not Found'],
    ['/gzip', 502, 'compressed (gzip)'],
    ['/headers', 502, 'more than 16 KiB of headers'],
    ['/no-http', 502, 'does not speak HTTP'],
    ['/endless.m3u8', 502, 'larger than 10 MB'],
  ])('%s: %i, %s', async (path, status, words) => {
    const gateway = await openGateway()
    expect((await ask(gateway, `http://127.0.0.1:${portOf(server)}${path}`)).status).toBe(status)
    expect(gateway.lastError?.message).toContain(words)
    expect(gateway.lastError?.message).toContain(`127.0.0.1:${portOf(server)}`)
  })

  test('a certificate that nobody vouches for is refused with its cause', async () => {
    const gateway = await openGateway(['localhost'])
    const url = new URL(`https://localhost:${portOf(secure)}/file`)
    const inside = gateway.inside(url)
    expect(inside).toBe('http://https-1.invalid/file')
    expect((await ask(gateway, inside)).status).toBe(502)
    expect(gateway.lastError?.message).toMatch(
      /certificate that cannot be trusted: its authority is not known/,
    )
  })

  test('https: in a playlist becomes a host of the gateway, and keeps its address check', async () => {
    const gateway = await openGateway()
    const { status, body } = await ask(gateway, `http://127.0.0.1:${portOf(server)}/list.m3u8`)
    expect(status).toBe(200)
    expect(body).toBe('#EXTM3U\n#EXTINF:2,\na.ts\n#EXTINF:2,\nhttp://https-1.invalid/b.ts\n')
    const inside = gateway.inside(new URL('https://127.0.0.1/x'))
    expect((await ask(gateway, inside)).status).toBe(403)
  })

  test('is no proxy for connections, and sends nothing', async () => {
    const gateway = await openGateway()
    const { port } = new URL(gateway.proxyUrl)
    const socket = connect(Number(port), '127.0.0.1')
    const answered = await new Promise<string>((resolve) => {
      let text = ''
      socket.on('data', (chunk) => (text += chunk.toString()))
      socket.on('close', () => resolve(text))
      socket.on('error', () => {})
      socket.write(`CONNECT 127.0.0.1:${portOf(server)} HTTP/1.1\r\n\r\n`)
    })
    expect(answered).not.toContain('200')
  })
})

test('rewritePlaylist leaves what is relative or plain, and takes quoted attributes', () => {
  const inside = (host: string): string => `${host}.inside`
  const text = [
    'https://a.test:8443/x?u=https://b.test/',
    '#EXT-X-KEY:METHOD=AES-128,URI="https://k.test/key"',
    'http://plain.test/a',
    '//same.test/b',
    'rel/https://no.test/c',
    'HTTPS://Upper.test/d',
  ].join('\n')
  expect(rewritePlaylist(text, new URL('https://base.test/l.m3u8'), inside).split('\n')).toEqual([
    'http://a.test:8443.inside/x?u=https://b.test/',
    '#EXT-X-KEY:METHOD=AES-128,URI="http://k.test.inside/key"',
    'http://plain.test/a',
    'http://same.test.inside/b',
    'rel/https://no.test/c',
    'http://Upper.test.inside/d',
  ])
  expect(rewritePlaylist('//same.test/b', new URL('http://base.test/l.m3u8'), inside)).toBe('//same.test/b')
})

describe('RtmpTunnel', () => {
  /** What comes back through the tunnel for a request of our own. */
  const through = (tunnel: RtmpTunnel): Promise<string> =>
    new Promise((resolve) => {
      const { port } = new URL(tunnel.url)
      const socket = connect(Number(port), '127.0.0.1')
      let text = ''
      socket.on('data', (chunk) => (text += chunk.toString()))
      socket.on('error', () => {})
      socket.on('close', () => resolve(text))
      socket.write('GET /file HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    })

  test('leads to the server, which is told its own name', async () => {
    const port = portOf(server)
    const policy = new AddressPolicy({ allowedHosts: ['localhost'] })
    const tunnel = await RtmpTunnel.open({
      url: `rtmp://localhost:${port}/app/key?a=b`,
      use: 'stream',
      policy,
    })
    try {
      expect(tunnel.options).toEqual({ rtmp_tcurl: `rtmp://localhost:${port}/app` })
      expect(tunnel.url).toMatch(/^rtmp:\/\/127\.0\.0\.1:\d+\/app\/key\?a=b$/)
      expect(await through(tunnel)).toContain('200 OK')
      expect(tunnel.sentBytes).toBeGreaterThan(30)
      expect(tunnel.lastError).toBeNull()
    } finally {
      tunnel.close()
    }
  })

  test('does not lead to the inside, nor to a server without a certificate', async () => {
    const closed = new AddressPolicy({ allowedHosts: [] })
    await expect(
      RtmpTunnel.open({ url: 'rtmp://10.0.0.1/a/b', use: 'play', policy: closed }),
    ).rejects.toThrow('private')
    const refused = await RtmpTunnel.open({
      url: `rtmp://localhost:${portOf(server)}/a/b`,
      use: 'play',
      policy: closed,
    })
    const open = new AddressPolicy({ allowedHosts: ['localhost'] })
    const untrusted = await RtmpTunnel.open({
      url: `rtmps://localhost:${portOf(secure)}/a/b`,
      use: 'stream',
      policy: open,
      failure: 'output_failed',
    })
    try {
      expect(await through(refused)).toBe('')
      expect(refused.lastError).toMatchObject({ code: 'url_not_allowed' })
      expect(await through(untrusted)).toBe('')
      expect(untrusted.lastError).toMatchObject({ code: 'output_failed' })
      expect(untrusted.lastError?.message).toContain('certificate')
    } finally {
      refused.close()
      untrusted.close()
    }
  })
})
