import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allPermissions, defaultPermissions } from '@roomful/protocol'
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

async function claimsOf(fields: Record<string, unknown>) {
  const { status, body } = await post({ room_name: 'lobby', ...fields })
  expect(status, JSON.stringify(body)).toBe(200)
  return decodeJwt(body.token as string)
}

async function expectInvalid(attribute: string, value: unknown): Promise<void> {
  const { status, body } = await post({ room_name: 'lobby', [attribute]: value })
  expect(status, `${attribute}: ${JSON.stringify(value)?.slice(0, 100)}`).toBe(422)
  expect(body.errors).toEqual([
    {
      type: 'validation_error',
      code: 'invalid_parameter',
      message: expect.any(String),
      attribute,
      url: expect.stringMatching(/^https:/),
    },
  ])
}

describe('POST /api/video/room_tokens', () => {
  it('gives a token with every claim of the request', async () => {
    const { status, body } = await post({
      room_name: 'my_room-1',
      user_name: 'Ada Łovelace',
      permissions: ['room.lock', 'room.self.audio_mute', 'room.lock'],
      join_as: 'member',
      media_allowed: 'audio-only',
      join_from: '2027-01-01T00:00:00Z',
      join_until: '2027-01-01T02:00:00+02:00',
      remove_at: '2027-01-02',
      remove_after_seconds_elapsed: 900,
      join_audio_muted: true,
      join_video_muted: true,
      auto_create_room: false,
      room_display_name: 'My room',
      enable_room_previews: true,
      room_meta: { a: 1 },
      meta: { b: [2] },
      end_room_session_on_leave: true,
      sync_audio_video: true,
    })
    expect(status).toBe(200)
    expect(Object.keys(body)).toEqual(['token'])
    expect(decodeProtectedHeader(body.token)).toEqual({
      alg: 'HS512',
      typ: 'VRT',
      ch: test.server.url.replace('http', 'ws'),
    })
    expect(decodeJwt(body.token)).toEqual({
      iat: expect.any(Number),
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      sub: '00000000-0000-4000-8000-000000000000',
      u: 'Ada Łovelace',
      r: 'my_room-1',
      s: ['room.lock', 'room.self.audio_mute'],
      ja: 'member',
      ma: 'audio-only',
      acr: false,
      jf: Date.UTC(2027, 0, 1) / 1000,
      ju: Date.UTC(2027, 0, 1) / 1000,
      rat: Date.UTC(2027, 0, 2) / 1000,
      rse: 900,
      join_audio_muted: true,
      join_video_muted: true,
      room_display_name: 'My room',
      erp: true,
      rmta: { a: 1 },
      mta: { b: [2] },
      end_room_session_on_leave: true,
      sync_audio_video: true,
    })
  })

  it('fills in the defaults', async () => {
    const claims = await claimsOf({})
    expect(claims).toMatchObject({
      r: 'lobby',
      s: [...defaultPermissions],
      ja: 'member',
      ma: 'all',
      acr: true,
    })
    expect(claims).toMatchObject({
      join_audio_muted: false,
      join_video_muted: false,
      end_room_session_on_leave: false,
    })
    for (const name of ['u', 'jf', 'ju', 'rat', 'rse', 'mta', 'rmta']) expect(claims).not.toHaveProperty(name)
  })

  it('takes null for absent, and ignores fields that it does not know', async () => {
    expect(
      await claimsOf({ user_name: null, permissions: null, join_from: null, meta: null, colour: 'red' }),
    ).toMatchObject({
      s: [...defaultPermissions],
    })
  })

  it('knows every permission, and the aliases', async () => {
    expect((await claimsOf({ permissions: allPermissions }))['s']).toEqual([...allPermissions])
    expect(
      (await claimsOf({ permissions: ['video.prioritize_handraise', 'room.playback.seek'] }))['s'],
    ).toEqual(['room.prioritize_handraise', 'room.playback_seek'])
    expect((await claimsOf({ permissions: [] }))['s']).toEqual([])
  })

  it('gives the audience no permissions', async () => {
    expect((await claimsOf({ join_as: 'audience', permissions: ['room.lock'] }))['s']).toEqual([])
  })

  it('takes each field up to its limit', async () => {
    const meta = { text: 'x'.repeat(2000 - '{"text":""}'.length) }
    await claimsOf({
      room_name: 'x'.repeat(100),
      user_name: 'x'.repeat(100),
      room_display_name: 'x'.repeat(200),
    })
    await claimsOf({ meta, room_meta: meta })
    await claimsOf({ remove_after_seconds_elapsed: 1 })
    await claimsOf({ remove_after_seconds_elapsed: 200_000 })
    for (const join_from of [
      '2027-01-31T09:30:00.250Z',
      '2027-01-31t09:30:00z',
      '2028-02-29',
      '2027-01-31T09:30:00-05:00',
    ]) {
      await claimsOf({ join_from })
    }
  })

  it.each<[attribute: string, values: unknown[]]>([
    ['room_name', ['', 'with space', 'ünder', 'x'.repeat(101), 7, null]],
    ['user_name', ['', 'x'.repeat(101), 7]],
    ['permissions', ['room.lock', [7], ['room.self'], ['constructor'], {}]],
    ['join_as', ['moderator', '', 1]],
    ['media_allowed', ['none', 'audio', 1]],
    [
      'join_from',
      ['soon', '2027-13-01', '2027-02-30', '2027-01-01T25:00:00Z', '2027-01-01T00:00', 1_800_000_000, ''],
    ],
    ['join_until', ['tomorrow']],
    ['remove_at', [true]],
    ['remove_after_seconds_elapsed', [0, -1, 1.5, 200_001, '900']],
    ['join_audio_muted', ['true', 1]],
    ['join_video_muted', ['true', 1]],
    ['auto_create_room', ['no', 0]],
    ['room_display_name', ['', 'x'.repeat(201), 5]],
    ['enable_room_previews', ['yes']],
    ['room_meta', [[], 'x', { text: 'x'.repeat(2000) }]],
    ['meta', [[], 'x', { text: 'x'.repeat(2000) }]],
    ['end_room_session_on_leave', ['yes']],
    ['sync_audio_video', ['yes']],
  ])('refuses %s that is out of bounds', async (attribute, values) => {
    for (const value of values) await expectInvalid(attribute, value)
  })

  it('lists one error for each wrong field', async () => {
    const { status, body } = await post({ join_as: 'x', permissions: [1, 'y'], meta: 3 })
    expect(status).toBe(422)
    expect(body.errors.map(({ attribute }: { attribute: string }) => attribute)).toEqual([
      'room_name',
      'permissions',
      'join_as',
      'meta',
    ])
    expect(body.errors[0].message).toBe('Room name must be present')
  })

  it('refuses what is no JSON object with 400', async () => {
    for (const body of ['{', '', '[]', 'null', '"x"']) {
      expect(await post(body), body).toEqual({ status: 400, body: { error: 'Bad Request' } })
    }
    const form = await post('room_name=lobby', { 'content-type': 'application/x-www-form-urlencoded' })
    expect(form).toEqual({ status: 400, body: { error: 'Bad Request' } })
    expect((await post({ room_name: 'x'.repeat(100_000) })).status).toBe(413)
  })

  it('refuses missing and wrong credentials with 401', async () => {
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
    const project = '00000000-0000-4000-8000-000000000000'
    for (const authorization of [
      '',
      'Bearer dev-token',
      'Basic',
      'Basic !',
      basic(project),
      basic(`${project}:dev-token2`),
      basic(':dev-token'),
    ]) {
      const refused = await post({ room_name: 'lobby' }, { authorization })
      expect(refused, authorization).toEqual({ status: 401, body: { error: 'Unauthorized' } })
    }
  })
})

describe('other paths', () => {
  it('are 404 with the documented body', async () => {
    for (const missing of ['/api/video/nothing', '/api/video/room_tokens', '/nothing']) {
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
      writeFileSync(join(sdkDir, 'roomful.js'), 'sdk()')
      await using built = await startTestServer({ webDir, sdkDir })
      const get = (path: string) => fetch(built.server.url + path)

      const page = await get('/?room=lobby')
      expect(await page.text()).toContain('<title>Page</title>')
      expect(page.headers.get('cache-control')).toBe('no-cache')
      expect((await get('/assets/index-abc123.js')).headers.get('cache-control')).toContain('immutable')
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
