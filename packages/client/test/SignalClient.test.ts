import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createLogger } from '../src/logger.ts'
import { ReconnectPolicy } from '../src/signalling/ReconnectPolicy.ts'
import { SessionStore } from '../src/signalling/SessionStore.ts'
import { SignalClient, type SignalClientOptions } from '../src/signalling/SignalClient.ts'
import { connectResult, Refusal, ScriptedServer } from './ScriptedServer.ts'

let server: ScriptedServer
const clients: SignalClient[] = []

beforeEach(async () => {
  server = await ScriptedServer.start()
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  await server.close()
})

function createClient(options: Partial<SignalClientOptions> = {}): SignalClient {
  const client = new SignalClient({
    url: server.url,
    token: 'token',
    store: new SessionStore(undefined, undefined),
    policy: new ReconnectPolicy({ random: () => 0, limitMs: 20_000 }),
    logger: createLogger('test', 'silent'),
    ...options,
  })
  clients.push(client)
  return client
}

async function connect(options: Partial<SignalClientOptions> = {}): Promise<SignalClient> {
  const client = createClient(options)
  await client.connect()
  return client
}

const within = { timeout: 5_000, interval: 5 }

describe('connect', () => {
  test('names version, agent and token', async () => {
    await connect()
    expect(server.requests('signalwire.connect')[0]).toMatchObject({
      version: { major: 3, minor: 0, revision: 0 },
      event_acks: true,
      agent: expect.stringMatching(/^roomful\/\d+\.\d+\.\d+$/) as string,
      authentication: { jwt_token: 'token' },
    })
  })

  test('a refused token rejects with the message of the server and closes the socket', async () => {
    server.responders['signalwire.connect'] = () => new Refusal(-32002, '401 Unauthorized')
    await expect(connect()).rejects.toMatchObject({
      code: 'authentication_failed',
      message: '401 Unauthorized',
    })
  })

  test('an unreachable server rejects after a second attempt', async () => {
    await expect(connect({ url: 'ws://127.0.0.1:1' })).rejects.toMatchObject({ code: 'connection_failed' })
  })

  test('a reply without authorization rejects', async () => {
    server.responders['signalwire.connect'] = () => ({ protocol: 'x' })
    await expect(connect()).rejects.toMatchObject({ code: 'protocol_error' })
  })
})

describe('requests', () => {
  test('resolve with the innermost result', async () => {
    const client = await connect()
    server.responders['video.get_meta'] = () => ({ code: '200', meta: { a: 1 } })
    expect(await client.request('video.get_meta', {})).toEqual({ code: '200', meta: { a: 1 } })
    server.responders['verto.modify'] = () => ({
      code: '200',
      result: { jsonrpc: '2.0', id: 1, result: { sdp: 's' } },
    })
    expect(await client.request('video.message', { message: { method: 'verto.modify' } })).toEqual({
      sdp: 's',
    })
  })

  test('a refusal is an Error with the code of the server', async () => {
    const client = await connect()
    server.responders['video.lock'] = () => ({ code: '403', message: 'Unauthorized' })
    const error = await client.request('video.lock', {}).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'RoomSessionError', code: '403', message: 'Unauthorized' })
  })

  test('without a reply rejects with request_timeout and keeps the socket', async () => {
    const client = await connect({ requestTimeoutMs: 50 })
    server.responders['video.lock'] = () => undefined
    await expect(client.request('video.lock', {})).rejects.toMatchObject({ code: 'request_timeout' })
    expect(await client.request('video.unlock', {})).toMatchObject({ code: '200' })
    expect(server.connections).toHaveLength(1)
  })
})

describe('events and pings', () => {
  test('events are acknowledged and passed on; a handler that throws stops nothing', async () => {
    const client = await connect()
    const seen: string[] = []
    client.on('event', () => {
      throw new Error('broken handler')
    })
    client.on('event', (type) => seen.push(type))
    server.connection.sendText('no json')
    server.connection.event('video.a', {})
    server.connection.event('video.b', {})
    await vi.waitFor(() => expect(seen).toEqual(['video.a', 'video.b']), within)
    await vi.waitFor(() => expect(server.received.filter((frame) => frame.result)).toHaveLength(2), within)
  })

  test('a ping is answered with its timestamp', async () => {
    await connect()
    const id = server.connection.request('signalwire.ping', { timestamp: 42 })
    const reply = { jsonrpc: '2.0', id, result: { timestamp: 42 } }
    await vi.waitFor(() => expect(server.received).toContainEqual(reply), within)
  })

  test('silence after a ping ends the socket and a new one is opened', async () => {
    await connect({ pingTimeoutMs: 30 })
    server.connection.request('signalwire.ping', { timestamp: 1 })
    await vi.waitFor(() => expect(server.connections).toHaveLength(2), within)
  })
})

describe('reconnect', () => {
  test('hands back protocol and authorization state; requests wait and are then sent', async () => {
    const client = await connect()
    server.connection.event('signalwire.authorization.state', { authorization_state: 'state1' })
    await vi.waitFor(() => expect(server.received.some((frame) => frame.result)).toBe(true), within)
    const reconnected = new Promise((resolve) => client.on('reconnected', resolve))
    const lost = new Promise<void>((resolve) => client.on('reconnecting', resolve))
    server.connection.terminate()
    await lost
    const late = client.request('video.lock', {})
    expect(await reconnected).toBe(true)
    expect(await late).toMatchObject({ code: '200' })
    expect(server.requests('signalwire.connect')[1]).toMatchObject({
      protocol: 'signalwire_a_b_c',
      authorization_state: 'state1',
    })
  })

  test('another protocol means another session', async () => {
    const client = await connect()
    server.responders['signalwire.connect'] = () => connectResult({ protocol: 'other' })
    const reconnected = new Promise((resolve) => client.on('reconnected', resolve))
    server.connection.terminate()
    expect(await reconnected).toBe(false)
  })

  test('a pending request that may be repeated is sent again, one that may not rejects', async () => {
    const client = await connect()
    server.responders['video.lock'] = (_, connection) =>
      connection === server.connections[0] ? undefined : { code: '200', message: 'second' }
    server.responders['video.recording.start'] = () => undefined
    const lock = client.request('video.lock', {})
    const start = client.request('video.recording.start', {})
    await vi.waitFor(() => expect(server.requests('video.recording.start')).toHaveLength(1), within)
    server.connection.terminate()
    await expect(start).rejects.toMatchObject({ code: 'connection_lost' })
    expect(await lock).toMatchObject({ message: 'second' })
    expect(server.requests('video.recording.start')).toHaveLength(1)
  })

  test('gives up after the last attempt', async () => {
    const client = await connect({ policy: new ReconnectPolicy({ limitMs: 50, random: () => 0.2 }) })
    const ended = new Promise((resolve) => client.on('ended', resolve))
    await server.close()
    expect(await ended).toMatchObject({ code: 'connection_lost' })
    await expect(client.request('video.lock', {})).rejects.toMatchObject({ code: 'aborted' })
  })

  test('a refused reconnect ends the session', async () => {
    const client = await connect()
    server.responders['signalwire.connect'] = () => new Refusal(-32002, 'expired')
    const ended = new Promise((resolve) => client.on('ended', resolve))
    server.connection.terminate()
    expect(await ended).toMatchObject({ code: 'authentication_failed' })
  })
})

test('a stored session that the server rejects is forgotten, once', async () => {
  const values = new Map([['pt-roomX', 'stale']])
  const storage = {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  }
  const store = new SessionStore('roomX', storage)
  server.responders['signalwire.connect'] = (params) =>
    params.protocol === 'stale' ? new Refusal(-32003, 'Requester validation failed') : connectResult()
  await connect({ store })
  expect(server.requests('signalwire.connect')).toHaveLength(2)
  expect(values.get('pt-roomX')).toBe('signalwire_a_b_c')
  store.release()
})

test('a token that expires is replaced', async () => {
  server.responders['signalwire.connect'] = () =>
    connectResult({ authorization: { project_id: 'p', expires_at: Date.now() / 1000 + 1 } })
  server.responders['signalwire.reauthenticate'] = () => connectResult()
  await connect({ onRefreshToken: () => Promise.resolve('token2') })
  await vi.waitFor(() => {
    expect(server.requests('signalwire.reauthenticate')).toEqual([
      { authentication: { project: 'p', jwt_token: 'token2' } },
    ])
  }, within)
})
