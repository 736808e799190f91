import { createReadStream, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { gzipSync } from 'node:zlib'

import { ClipServer } from './ClipServer.ts'
import { noise } from './noise.ts'

/**
 * A thread with an HTTP server of hostile answers, and of the files in the folder that it is given: it tells its port. In a
 * thread of its own, because what it sends without end would keep the room of a test from its ticks.
 */
const folder = workerData as string

type Script = (request: IncomingMessage, response: ServerResponse) => void

/** Writes `chunk` for as long as somebody reads. */
function endless(response: ServerResponse, chunk: Buffer): void {
  const write = (): void => {
    while (!response.destroyed && response.write(chunk));
  }
  response.on('drain', write)
  write()
}

function playlist(response: ServerResponse, segment: string, tag = '#EXT-X-VERSION:5'): void {
  response.writeHead(200, { 'content-type': 'application/vnd.apple.mpegurl' })
  response.end(`#EXTM3U\n#EXT-X-TARGETDURATION:2\n${tag}\n#EXTINF:2,\n${segment}\n#EXT-X-ENDLIST\n`)
}

const scripts: Record<string, Script> = {
  '/hangs': () => {},
  '/says-little': (_request, response) => {
    response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': 1_000_000 })
    response.write(Buffer.alloc(8))
  },
  '/headers': ({ socket }) => {
    socket.on('error', () => {})
    const write = (): void => {
      while (!socket.destroyed && socket.write(`x-more: ${'a'.repeat(1000)}\r\n`));
    }
    socket.write('HTTP/1.1 200 OK\r\n')
    socket.on('drain', write)
    write()
  },
  // An MP4 whose index has no end.
  '/index.mp4': (_request, response) => {
    response.writeHead(200, { 'content-type': 'video/mp4' })
    const box = Buffer.alloc(32)
    box.writeUInt32BE(16, 0)
    box.write('ftypisom', 4)
    box.writeUInt32BE(0xffffffff, 16)
    box.write('moov', 20)
    box.writeUInt32BE(0xfffffff0, 24)
    box.write('trak', 28)
    response.write(box)
    endless(response, Buffer.alloc(65_536, 1))
  },
  '/noise': (_request, response) => {
    response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': noise.length }).end(noise)
  },
  '/bomb': (_request, response) => {
    response.writeHead(200, { 'content-type': 'video/mp4', 'content-encoding': 'gzip' })
    response.end(gzipSync(Buffer.alloc(50_000_000)))
  },
  '/endless.m3u8': (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/vnd.apple.mpegurl' })
    response.write('#EXTM3U\n#EXT-X-TARGETDURATION:2\n')
    endless(response, Buffer.from('#EXTINF:2,\nsegment.ts\n'.repeat(3000)))
  },
  '/files.m3u8': (_request, response) => playlist(response, 'file:///etc/passwd'),
  '/inside.m3u8': (_request, response) => playlist(response, 'http://169.254.169.254/a.ts'),
  '/redirected.m3u8': (_request, response) => playlist(response, 'to-metadata'),
  '/map.m3u8': (_request, response) =>
    playlist(response, 'good.mp4', '#EXT-X-MAP:URI="http://169.254.169.254/init.mp4"'),
  '/key.m3u8': (_request, response) =>
    playlist(response, 'good.mp4', '#EXT-X-KEY:METHOD=AES-128,URI="http://169.254.169.254/key"'),
  '/variant.m3u8': (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/vnd.apple.mpegurl' })
    response.end('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100000\nhttp://169.254.169.254/list.m3u8\n')
  },
  '/to-metadata': (_request, response) => {
    response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end()
  },
  // Half of a good file, and then nothing.
  '/half.mp4': (request, response) => {
    const path = join(folder, 'good.mp4')
    const { size } = statSync(path)
    const start = Number(/bytes=(\d+)/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const headers = { 'content-length': size - start, 'content-range': `bytes ${start}-${size - 1}/${size}` }
    response.writeHead(206, { ...headers, 'content-type': 'video/mp4', 'accept-ranges': 'bytes' })
    if (start > size / 2) response.destroy()
    else
      createReadStream(path, { start, end: Math.floor(size / 2) }).on('data', (chunk) =>
        response.write(chunk),
      )
  },
}

const server = await ClipServer.start(folder, scripts)
parentPort!.postMessage(server.port)
