import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfigError } from './ConfigError.ts'
import { isLoopback, loadConfig, resolvePublicUrl } from './load.ts'

const root = mkdtempSync(join(tmpdir(), 'roomful-config-'))
afterAll(() => rmSync(root, { recursive: true }))

const load = (environment: Record<string, string> = {}) =>
  loadConfig({ ROOMFUL_DATA_DIR: join(root, 'data'), ...environment })

describe('loadConfig', () => {
  it('has the documented defaults', () => {
    const config = load()
    expect(config).toMatchObject({
      port: 8080,
      host: '127.0.0.1',
      projectId: '00000000-0000-4000-8000-000000000000',
      apiToken: 'dev-token',
      developmentCredentials: true,
      demo: true,
      publicUrl: undefined,
      rtcPort: 40_000,
      rtcHost: undefined,
      announcedIp: undefined,
      announcedPort: undefined,
      relayPort: undefined,
      iceServers: [],
      turn: undefined,
      logLevel: 'info',
      room: { quality: '720p', fps: 25, maxMembers: 20 },
      graceMs: 90_000,
    })
    expect(config.mediaProcesses).toBeGreaterThan(0)
  })

  it('takes an empty variable for an unset one', () => {
    expect(load({ PORT: '', ROOMFUL_ANNOUNCED_IP: '  ' })).toMatchObject({
      port: 8080,
      announcedIp: undefined,
    })
  })

  it('makes the token secret once, for the owner only', () => {
    const dataDir = join(root, 'secret', 'deep')
    const first = load({ ROOMFUL_DATA_DIR: dataDir })
    const path = join(dataDir, 'token-secret')
    expect(Buffer.from(first.tokenSecret, 'base64url')).toHaveLength(64)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(load({ ROOMFUL_DATA_DIR: dataDir }).tokenSecret).toBe(first.tokenSecret)
    expect(readFileSync(path, 'utf8').trim()).toBe(first.tokenSecret)
  })

  it('does not keep a secret that is given', () => {
    const dataDir = join(root, 'given')
    const secret = 'given '.repeat(10)
    expect(load({ ROOMFUL_DATA_DIR: dataDir, ROOMFUL_TOKEN_SECRET: secret }).tokenSecret).toBe(secret)
    expect(existsSync(join(dataDir, 'token-secret'))).toBe(false)
    expect(existsSync(dataDir)).toBe(true)
  })

  it('refuses a data directory that cannot be one, and a damaged secret', () => {
    const file = join(root, 'file')
    writeFileSync(file, '')
    expect(() => load({ ROOMFUL_DATA_DIR: join(file, 'x') })).toThrow(/ROOMFUL_DATA_DIR/)
    writeFileSync(join(root, 'token-secret'), 'short')
    expect(() => load({ ROOMFUL_DATA_DIR: root })).toThrow(/fewer than 32/)
  })

  it('refuses the development pair behind a proxy that makes the server public', () => {
    const publicly = (url: string) => () => load({ ROOMFUL_PUBLIC_URL: url })
    expect(publicly('https://rooms.example')).toThrow(
      'must be set because ROOMFUL_PUBLIC_URL is https://rooms.example: the development pair',
    )
    for (const url of ['http://localhost:8080', 'https://127.0.0.1', 'http://[::1]:9']) {
      expect(publicly(url)().developmentCredentials, url).toBe(true)
    }
  })

  it('accepts the development pair on loopback only', () => {
    expect(() => load({ HOST: '0.0.0.0' })).toThrow(/ROOMFUL_PROJECT_ID and ROOMFUL_API_TOKEN must be set/)
    const own = { HOST: '0.0.0.0', ROOMFUL_PROJECT_ID: 'mine', ROOMFUL_API_TOKEN: 'long-enough' }
    expect(load(own)).toMatchObject({ projectId: 'mine', developmentCredentials: false, demo: false })
    expect(load({ ...own, ROOMFUL_DEMO: 'true' }).demo).toBe(true)
    expect(() => load({ ROOMFUL_PROJECT_ID: 'mine' })).toThrow(/ROOMFUL_API_TOKEN/)
    expect(() => load({ ROOMFUL_API_TOKEN: 'long-enough' })).toThrow(/ROOMFUL_PROJECT_ID/)
  })

  it.each([
    ['PORT', 'eighty'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['ROOMFUL_RTC_PORT', '0'],
    ['ROOMFUL_MEDIA_PROCESSES', '0'],
    ['ROOMFUL_ANNOUNCED_IP', 'example.com'],
    ['ROOMFUL_RTC_HOST', 'localhost'],
    ['ROOMFUL_PUBLIC_URL', 'ftp://example.com'],
    ['ROOMFUL_PUBLIC_URL', 'example.com'],
    ['ROOMFUL_ALLOWED_HOSTS', 'media.internal, 10.0.0.0/33'],
    ['ROOMFUL_LOG_LEVEL', 'loud'],
    ['ROOMFUL_DATABASE_URL', 'mysql://localhost/roomful'],
    ['ROOMFUL_DATABASE_URL', 'postgres://localhost'],
    ['ROOMFUL_DATABASE_URL', 'roomful.db'],
    ['ROOMFUL_DEMO', 'maybe'],
    ['ROOMFUL_ICE_SERVERS', '{'],
    ['ROOMFUL_ICE_SERVERS', '[{"url":"turn:x"}]'],
    ['ROOMFUL_ICE_SERVERS', '[{"urls":"https://x"}]'],
    ['ROOMFUL_TURN_URLS', 'stun:example.com'],
    ['ROOMFUL_TURN_URLS', 'turn:'],
    ['ROOMFUL_TURN_URLS', 'turn:example.com?transport=sctp'],
    ['ROOMFUL_TURN_URLS', 'turn:example.com'],
    ['ROOMFUL_TURN_SECRET', 'north'],
    ['ROOMFUL_TURN_TTL_SECONDS', '59'],
    ['ROOMFUL_RELAY_PORT', '40000'],
    ['ROOMFUL_ANNOUNCED_PORT', '50000'],
    ['ROOMFUL_ROOM_FPS', '60'],
    ['ROOMFUL_ROOM_QUALITY', '4k'],
    ['ROOMFUL_PROJECT_ID', 'with_underscore'],
    ['ROOMFUL_TOKEN_SECRET', 'short'],
  ])('names %s when it is %s', (name, value) => {
    expect(() => load({ [name]: value })).toThrow(ConfigError)
    expect(() => load({ [name]: value })).toThrow(name)
  })

  it('names every variable that is wrong', () => {
    expect(() => load({ PORT: 'x', ROOMFUL_LOG_LEVEL: 'x' })).toThrow(/PORT must[^]*ROOMFUL_LOG_LEVEL must/)
  })

  it('refuses media ports that do not exist or would be used twice', () => {
    const processes = { ROOMFUL_MEDIA_PROCESSES: '2' }
    // Two for media, two for relayed media.
    expect(load({ ...processes, ROOMFUL_RTC_PORT: '65532' }).rtcPort).toBe(65_532)
    for (const rtcPort of ['65533', '65535']) {
      expect(() => load({ ...processes, ROOMFUL_RTC_PORT: rtcPort })).toThrow(/ROOMFUL_RTC_PORT/)
    }
    const last = { ...processes, ROOMFUL_RTC_PORT: '65534' }
    expect(load({ ...last, ROOMFUL_RELAY_PORT: '65532' })).toMatchObject({ relayPort: 65_532 })
    for (const relayPort of ['65533', '65535']) {
      expect(() => load({ ...last, ROOMFUL_RELAY_PORT: relayPort })).toThrow(/ROOMFUL_RELAY_PORT/)
    }
    const announced = { ...processes, ROOMFUL_ANNOUNCED_IP: '192.0.2.1' }
    expect(load({ ...announced, ROOMFUL_ANNOUNCED_PORT: '65532' }).announcedPort).toBe(65_532)
    const tooHigh = { ...announced, ROOMFUL_ANNOUNCED_PORT: '65533' }
    expect(() => load(tooHigh)).toThrow(/ROOMFUL_ANNOUNCED_PORT/)
  })

  it('takes a TURN server with a shared secret or fixed credentials', () => {
    const urls = { ROOMFUL_TURN_URLS: 'turn:192.0.2.1:3478?transport=udp, turns:[2001:db8::1]' }
    expect(load({ ...urls, ROOMFUL_TURN_SECRET: 'north' }).turn).toEqual({
      urls: ['turn:192.0.2.1:3478?transport=udp', 'turns:[2001:db8::1]'],
      credentials: { type: 'timeLimited', secret: 'north', ttlSeconds: 86_400 },
    })
    const fixed = { ...urls, ROOMFUL_TURN_USERNAME: 'room', ROOMFUL_TURN_CREDENTIAL: 'word' }
    expect(load(fixed).turn?.credentials).toEqual({ type: 'fixed', username: 'room', credential: 'word' })
    expect(() => load({ ...fixed, ROOMFUL_TURN_SECRET: 'north' })).toThrow(/not both/)
    expect(() => load({ ...urls, ROOMFUL_TURN_USERNAME: 'room' })).toThrow(/ROOMFUL_TURN_CREDENTIAL/)
  })
})

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('is true for %s', (host) => {
    expect(isLoopback(host)).toBe(true)
  })
  it.each(['0.0.0.0', '::', '127.example.com', '10.0.0.1', 'localhost.example.com'])(
    'is false for %s',
    (host) => {
      expect(isLoopback(host)).toBe(false)
    },
  )
})

describe('resolvePublicUrl', () => {
  const base = { publicUrl: undefined, announcedIp: undefined }
  it('is what one is reached by', () => {
    expect(resolvePublicUrl({ ...base, host: '127.0.0.1' }, 8080)).toBe('http://127.0.0.1:8080')
    expect(resolvePublicUrl({ ...base, host: '::1' }, 80)).toBe('http://[::1]:80')
    expect(resolvePublicUrl({ ...base, host: '0.0.0.0' }, 80)).toBe('http://localhost:80')
    expect(resolvePublicUrl({ ...base, host: '::', announcedIp: '192.0.2.1' }, 80)).toBe(
      'http://192.0.2.1:80',
    )
    expect(resolvePublicUrl({ ...base, host: '0.0.0.0', publicUrl: 'https://x.example' }, 80)).toBe(
      'https://x.example',
    )
  })
})
