import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { createServer } from 'node:net'
import { readFileSync } from 'node:fs'
import { afterEach, expect, test, vi } from 'vitest'
import { AddressPolicy } from '../../net/index.ts'
import type { OutputEvent } from '../../outputTypes.ts'
import { freePort } from '../../testing/freePorts.ts'
import { fakeFormat, fakeUnits } from '../testing/fileUnits.ts'
import { RtmpServer, type RtmpServerOptions } from '../testing/RtmpServer.ts'
import { defaultStreamLimits, Stream, type StreamLimits } from './Stream.ts'

const key = 'secret-4711'
const quick: StreamLimits = {
  ...defaultStreamLimits,
  connectTimeoutMs: 2000,
  firstRetryMs: 50,
  maxRetryMs: 200,
}
const fixture = (name: string): Buffer => readFileSync(new URL(`../../net/testing/${name}`, import.meta.url))
const tls = { key: fixture('localhost.key.pem'), cert: fixture('localhost.pem') }
setDefaultCACertificates([...getCACertificates('default'), fixture('testAuthority.pem').toString()])
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function serve(options: RtmpServerOptions = {}): Promise<RtmpServer> {
  const server = await RtmpServer.start(options)
  closers.push(() => server.close())
  return server
}

const toLoopback = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }])

/** A stream on a clock of its own, which is that of its units. */
function stream(url: string, { limits = quick, allowedHosts = ['127.0.0.1', 'localhost'] } = {}) {
  const events: OutputEvent[] = []
  const clock = { nowMs: 0 }
  let keyframes = 0
  const output = new Stream(
    { url, policy: new AddressPolicy({ allowedHosts, resolve: toLoopback }), limits },
    {
      outputId: 'stream',
      onEvent: (event) => events.push(event),
      onOver: () => {},
      requestKeyframe: () => keyframes++,
      now: () => clock.nowMs,
    },
  )
  output.takeFormat(fakeFormat)
  closers.push(() => output.stop(clock.nowMs))
  const feed = (durationMs: number, pictureBytes?: number): void => {
    for (const { unit } of fakeUnits(clock.nowMs, clock.nowMs + durationMs, pictureBytes)) output.take(unit)
    clock.nowMs += durationMs
  }
  return { output, events, feed, clock, keyframes: () => keyframes }
}

const isVideo = ({ typeId }: { typeId: number }): boolean => typeId === 9
const isKey = ({ payload }: { payload: Buffer }): boolean => payload[0] === 0x17

test('sends configurations, then everything from a keyframe on, and says good-bye', async () => {
  const server = await serve()
  const { output, events, feed } = stream(`rtmp://127.0.0.1:${server.port}/live/${key}`)
  await output.start()
  feed(2000)
  output.stop(2000)
  feed(100)
  await vi.waitUntil(() => events.length > 0)
  expect(events).toEqual([
    {
      type: 'output.ended',
      outputId: 'stream',
      error: null,
      durationMs: expect.closeTo(2000, -2) as number,
      sizeBytes: expect.any(Number) as number,
    },
  ])
  await vi.waitUntil(() => server.commands.some(([name]) => name === 'deleteStream'))
  expect(server.commands.map(([name]) => name)).toEqual([
    'connect',
    'releaseStream',
    'FCPublish',
    'createStream',
    'publish',
    'FCUnpublish',
    'deleteStream',
  ])
  const publish = server.commands.find(([name]) => name === 'publish')
  expect(publish?.slice(3)).toEqual([key, 'live'])
  const [config, ...pictures] = server.received.filter(isVideo)
  expect(config!.payload.subarray(0, 6)).toEqual(Buffer.from([0x17, 0, 0, 0, 0, 1]))
  expect(pictures.length).toBe(50)
  expect(pictures[0]).toMatchObject({ timestampMs: 0, streamId: 7 })
  expect(isKey(pictures[0]!)).toBe(true)
  expect(pictures.map(({ timestampMs }) => timestampMs)).toEqual(pictures.map((_, index) => index * 40))
  const sounds = server.received.filter((message) => !isVideo(message))
  expect(sounds[0]!.payload).toEqual(Buffer.from([0xaf, 0, 0x11, 0x90]))
  expect(sounds[1]!.payload.subarray(0, 2)).toEqual(Buffer.from([0xaf, 1]))
})

test('speaks RTMPS to a server whose certificate is good', async () => {
  const server = await serve({ tls })
  const { output, feed } = stream(`rtmps://localhost:${server.port}/live/${key}`)
  await output.start()
  feed(1000)
  await vi.waitUntil(() => server.received.filter(isVideo).length >= 20)
  const connect = server.commands.find(([name]) => name === 'connect')
  expect(connect?.[2]).toMatchObject({ app: 'live', tcUrl: `rtmps://localhost:${server.port}/live` })
})

test('a server that is too slow misses whole GOPs, and time goes on', async () => {
  const server = await serve()
  const { output, feed } = stream(`rtmp://127.0.0.1:${server.port}/live/${key}`)
  await output.start()
  feed(1000)
  await vi.waitUntil(() => server.received.filter(isVideo).length >= 20)
  server.pause()
  // Far more than the sockets and the queue hold.
  for (let second = 0; second < 40; second++) feed(1000, 60_000)
  server.resume()
  // The rest is sent as fast as it is taken: it has caught up when new units arrive.
  const lastMs = () => server.received.filter(isVideo).at(-1)!.timestampMs
  await vi.waitUntil(
    () => {
      feed(1000)
      return lastMs() > 41_000
    },
    { timeout: 15_000, interval: 50 },
  )
  const pictures = server.received.filter(isVideo)
  const holes = pictures
    .slice(1)
    .filter((picture, index) => picture.timestampMs - pictures[index]!.timestampMs > 40)
  expect(holes.length).toBeGreaterThan(0)
  expect(holes.every(isKey)).toBe(true)
})

test('a server that goes away is tried again, begins with a keyframe, and is told of', async () => {
  const server = await serve()
  const { output, events, feed, keyframes } = stream(`rtmp://127.0.0.1:${server.port}/live/${key}`)
  await output.start()
  feed(1000)
  await vi.waitUntil(() => server.received.filter(isVideo).length >= 20)
  const asked = keyframes()
  server.disconnect()
  await vi.waitUntil(() => events.some((event) => event.type === 'output.state' && event.state === 'running'))
  expect(events[0]).toMatchObject({
    state: 'reconnecting',
    message: expect.stringContaining('closed the connection') as string,
  })
  expect(events.at(-1)).toEqual({ type: 'output.state', outputId: 'stream', state: 'running', message: null })
  expect(keyframes()).toBeGreaterThan(asked)
  const before = server.received.length
  feed(1000)
  await vi.waitUntil(() => server.received.slice(before).filter(isVideo).length > 10)
  const [config, first] = server.received.slice(before).filter(isVideo)
  expect(config!.payload[1]).toBe(0)
  expect(isKey(first!) && first!.timestampMs === 0).toBe(true)
  expect(JSON.stringify(events)).not.toContain(key)
})

test('attempts come ever more seldom, up to a limit', async () => {
  const server = await serve()
  const { port } = server
  const { output, events, feed } = stream(`rtmp://127.0.0.1:${port}/live/${key}`)
  await output.start()
  feed(1000)
  await server.close()
  closers.splice(0, 1)
  // In its place one that hangs up on everybody.
  const attemptsAtMs: number[] = []
  const rude = createServer((socket) => {
    attemptsAtMs.push(performance.now())
    socket.destroy()
  })
  closers.push(() => new Promise((resolve) => rude.close(resolve)))
  await new Promise<void>((resolve) => rude.listen(port, '127.0.0.1', resolve))
  await vi.waitUntil(() => attemptsAtMs.length >= 6, { timeout: 15_000 })
  // Whoever is late counts from there: a wait is never shorter.
  const waitsMs = attemptsAtMs.slice(1).map((atMs, index) => atMs - attemptsAtMs[index]!)
  expect(Math.max(...waitsMs.slice(0, 2))).toBeGreaterThan(quick.firstRetryMs)
  for (const waitMs of waitsMs.slice(2)) expect(waitMs).toBeGreaterThan(quick.maxRetryMs - 20)
  // The same trouble is told once.
  const told = events.map((event) => (event.type === 'output.state' ? event.message : event.error))
  for (const [index, message] of told.entries()) expect(message).not.toBe(told[index - 1])
  expect(events.at(-1)).toMatchObject({ type: 'output.state', state: 'reconnecting' })
})

test('a server that stays away is given up in the end', async () => {
  const server = await serve()
  const { output, events, feed, clock } = stream(`rtmp://127.0.0.1:${server.port}/live/${key}`)
  await output.start()
  feed(1000)
  await server.close()
  closers.splice(0, 1)
  await vi.waitUntil(() => JSON.stringify(events).includes('refused the connection'))
  clock.nowMs += defaultStreamLimits.giveUpAfterMs
  await vi.waitUntil(() => events.at(-1)?.type === 'output.ended')
  expect(events.at(-1)).toMatchObject({
    error: expect.stringContaining('given up after 60 minutes') as string,
  })
})

test('what cannot start says why, within its time and without the key', async () => {
  const mute = await serve({ isMute: true })
  const strict = await serve({
    publishStatus: { level: 'error', code: 'NetStream.Publish.BadName', description: `${key} is in use` },
  })
  const secure = await serve({ tls })
  const cases = [
    [`rtmp://127.0.0.1:${await freePort()}/live/${key}`, 'refused the connection'],
    [`rtmp://127.0.0.1:${mute.port}/live/${key}`, 'did not agree within'],
    [`rtmp://127.0.0.1:${strict.port}/live/${key}`, 'it refused: … is in use (NetStream.Publish.BadName)'],
    [`rtmps://other.example:${secure.port}/live/${key}`, 'it belongs to another host name'],
    [`rtmps://127.0.0.1:${strict.port}/live/${key}`, `127.0.0.1:${strict.port}`],
    [`rtmp://127.0.0.1:${strict.port}/live`, 'rtmp://host/application/key'],
  ] as const
  const messages = await Promise.all(
    cases.map(([url]) =>
      stream(url)
        .output.start()
        .then(
          () => 'started',
          (error: Error) => error.message,
        ),
    ),
  )
  for (const [index, [, words]] of cases.entries()) expect(messages[index]).toContain(words)
  expect(messages.join()).not.toContain(key)
})

test('a URL leads nowhere inside unless the operator says so', async () => {
  const server = await serve()
  const { output } = stream(`rtmp://127.0.0.1:${server.port}/live/${key}`, { allowedHosts: [] })
  await expect(output.start()).rejects.toMatchObject({ code: 'url_not_allowed' })
  await expect(stream('http://127.0.0.1/live/key').output.start()).rejects.toMatchObject({
    code: 'url_not_allowed',
  })
})

test('a stream that is stopped while its server is away ends', async () => {
  const server = await serve()
  const { output, events, feed } = stream(`rtmp://127.0.0.1:${server.port}/live/${key}`, {
    limits: { ...quick, firstRetryMs: 60_000 },
  })
  await output.start()
  feed(1000)
  server.disconnect()
  await vi.waitUntil(() => events.length === 1)
  output.stop(1000)
  expect(events[1]).toMatchObject({ type: 'output.ended', error: null })
})
