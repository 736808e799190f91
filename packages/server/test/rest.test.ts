import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from './support/startTestServer.ts'
import type { Frame } from './support/TestClient.ts'

const credentials =
  'Basic ' + Buffer.from('00000000-0000-4000-8000-000000000000:dev-token').toString('base64')
const path = '/api/video/room_tokens'

let test: TestServer
beforeAll(async () => {
  test = await startTestServer()
})
afterAll(async () => {
  await test[Symbol.asyncDispose]()
})

async function post(
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Frame }> {
  const response = await fetch(test.server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: credentials, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Frame }
}

describe('POST /api/video/room_tokens', () => {
  // What its fields may be is in the contract of the REST API.
  it('gives a token that leads to this server, for who has credentials', async () => {
    const { status, body } = await post({ room_name: 'my_room-1', user_name: 'Ada Łovelace' })
    expect(status).toBe(200)
    expect(Object.keys(body)).toEqual(['token'])
    expect(decodeProtectedHeader(body.token as string)).toEqual({
      alg: 'HS512',
      typ: 'VRT',
      ch: test.server.url.replace('http', 'ws'),
    })
    expect(decodeJwt(body.token as string)).toMatchObject({
      sub: '00000000-0000-4000-8000-000000000000',
      r: 'my_room-1',
      u: 'Ada Łovelace',
    })
    const refused = await post({ room_name: 'lobby' }, { authorization: credentials.slice(0, -4) })
    expect(refused).toEqual({ status: 401, body: { error: 'Unauthorized' } })
    expect(await post('{')).toEqual({ status: 400, body: { error: 'Bad Request' } })
  })
})

describe('other paths', () => {
  it('are 404 with the documented body', async () => {
    for (const missing of ['/api/video/nothing', '/nothing']) {
      const response = await fetch(test.server.url + missing)
      expect([response.status, await response.json()]).toEqual([404, { error: 'Not Found' }])
    }
  })

  it('tell health', async () => {
    expect(await (await fetch(`${test.server.url}/healthz`)).json()).toEqual({ status: 'ok' })
    expect((await fetch(`${test.server.url}/readyz`)).status).toBe(200)
  })

  it('give the page a token while the development credentials are in force', async () => {
    const demo = async (url: string, body: unknown) =>
      fetch(`${url}/demo/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const response = await demo(test.server.url, { room_name: 'lobby', user_name: 'Ada' })
    const { token } = (await response.json()) as { token: string }
    expect(decodeJwt(token)).toMatchObject({ r: 'lobby', u: 'Ada', ja: 'member' })
    const mayRun = ['room.recording', 'room.stream', 'room.playback']
    expect(decodeJwt(token)['s']).toEqual(expect.arrayContaining(mayRun))
    expect((await demo(test.server.url, { room_name: '!' })).status).toBe(422)

    await using closed = await startTestServer({ projectId: 'mine', apiToken: 'a-secret-token' })
    expect((await demo(closed.server.url, { room_name: 'lobby' })).status).toBe(404)
  })

  it('serve page and SDK with fitting cache headers', async () => {
    const root = mkdtempSync(join(tmpdir(), 'roomful-static-'))
    try {
      const [webDir, sdkDir] = [join(root, 'web'), join(root, 'sdk')]
      mkdirSync(join(webDir, 'assets'), { recursive: true })
      mkdirSync(sdkDir)
      writeFileSync(join(webDir, 'index.html'), '<!doctype html><title>Page</title>')
      writeFileSync(join(webDir, 'assets', 'index-abc123.js'), 'page()')
      writeFileSync(join(webDir, 'assets', 'index-abc123.js.br'), brotliCompressSync('page()'))
      writeFileSync(join(sdkDir, 'roomful.js'), 'sdk()')
      await using built = await startTestServer({ webDir, sdkDir })
      const get = (path: string, encoding = 'gzip, deflate, br') =>
        fetch(built.server.url + path, { headers: { 'accept-encoding': encoding } })

      const page = await get('/?room=lobby')
      expect(await page.text()).toContain('<title>Page</title>')
      expect(page.headers.get('cache-control')).toBe('no-cache')
      const script = await get('/assets/index-abc123.js')
      expect(await script.text()).toBe('page()')
      expect(script.headers.get('content-encoding')).toBe('br')
      expect(script.headers.get('vary')).toContain('accept-encoding')
      expect(script.headers.get('content-type')).toContain('javascript')
      expect(script.headers.get('cache-control')).toContain('immutable')
      const plain = await get('/assets/index-abc123.js', 'identity')
      expect(plain.headers.get('content-encoding')).toBe(null)
      expect(await plain.text()).toBe('page()')
      const sdk = await get('/sdk/roomful.js')
      expect(await sdk.text()).toBe('sdk()')
      expect(sdk.headers.get('content-type')).toContain('javascript')
      expect(sdk.headers.get('access-control-allow-origin')).toBe('*')
      for (const missing of [
        '/sdk/nothing.js',
        '/nothing',
        '/sdk/..%2fweb/index.html',
        '/api/video/nothing',
      ]) {
        const response = await get(missing)
        expect([missing, response.status, await response.json()]).toEqual([
          missing,
          404,
          { error: 'Not Found' },
        ])
      }
    } finally {
      rmSync(root, { recursive: true })
    }
  })

  it('serve page and SDK, or say how to build them', async () => {
    await using bare = await startTestServer({ webDir: '/nonexistent', sdkDir: '/nonexistent' })
    for (const missing of ['/', '/sdk/roomful.js']) {
      const response = await fetch(bare.server.url + missing)
      expect(response.status).toBe(503)
      expect(await response.text()).toContain('npm run build')
    }
  })
})
