import { createHmac } from 'node:crypto'
import type { ConnectResult } from '@roomful/protocol'
import { expect, it } from 'vitest'
import { startTestServer } from './support/startTestServer.ts'

const urls = ['turn:turn.example.com:3478?transport=udp', 'turns:turn.example.com:5349?transport=tcp']
const stun = { urls: 'stun:stun.example.com' }
const secret = 'north'

it('tells clients of TURN servers, with credentials of their own that the TURN server can check', async () => {
  await using test = await startTestServer({
    iceServers: [stun],
    turn: { urls, credentials: { type: 'timeLimited', secret, ttlSeconds: 600 } },
  })
  const expirySeconds = (): number => Math.floor(test.clock.nowMs() / 1000) + 600
  /** The user name, once all that coturn's `use-auth-secret` looks at is right. */
  const userOf = ({ ice_servers: servers }: ConnectResult): string => {
    expect(servers[0]).toEqual(stun)
    const { username = '', ...server } = servers[1] ?? { urls: '' }
    const credential = createHmac('sha1', secret).update(username).digest('base64')
    expect(server).toEqual({ urls, credential })
    const [expiry, user = ''] = username.split(':')
    expect(Number(expiry)).toBe(expirySeconds())
    expect(user).not.toBe('')
    return user
  }

  const ada = await test.open()
  const user = userOf(await ada.connect(await test.token({ u: 'Ada' })))
  const bo = await test.open()
  expect(userOf(await bo.connect(await test.token({ u: 'Bo' })))).not.toBe(user)

  // Fresh ones come with a fresh token, and when the client comes back.
  await test.pass(60_000)
  const token = await test.token({ u: 'Ada' })
  const reply = await ada.request('signalwire.reauthenticate', { authentication: { jwt_token: token } })
  expect(userOf(reply['result'] as ConnectResult)).toBe(user)
  await test.pass(60_000)
  const again = await test.open()
  expect(userOf(await again.connect(token, { resumes: ada }))).toBe(user)
})

it('tells of fixed credentials as they are', async () => {
  const credentials = { type: 'fixed', username: 'room', credential: 'word' } as const
  await using test = await startTestServer({ turn: { urls, credentials } })
  const client = await test.open()
  const { ice_servers: servers } = await client.connect(await test.token())
  expect(servers).toEqual([{ urls, username: 'room', credential: 'word' }])
})
