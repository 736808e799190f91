import { describe, expect, test } from 'vitest'
import { decodeToken, resolveUrl } from './token.ts'

const encode = (value: object) =>
  btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
const token = (header: object, payload: object) => `${encode(header)}.${encode(payload)}.signature`

describe('decodeToken', () => {
  test('reads host and room name, in any script', () => {
    const decoded = decodeToken(token({ typ: 'VRT', ch: 'wss://video.example.com' }, { r: 'Büro 会議室 ÿ?' }))
    expect(decoded).toEqual({
      host: 'wss://video.example.com',
      roomName: 'Büro 会議室 ÿ?',
      canReattach: true,
    })
  })

  test('only sessions of room tokens are stored', () => {
    expect(decodeToken(token({}, {})).canReattach).toBe(true)
    expect(decodeToken(token({ typ: 'SAT' }, {})).canReattach).toBe(true)
    expect(decodeToken(token({ typ: 'JWT' }, {})).canReattach).toBe(false)
  })

  test.each(['', 'x', 'a.b.c', '..', `${encode({ ch: 7 })}.${encode([])}.x`, 'bnVsbA.bnVsbA.x'])(
    'leaves a token it cannot read to the server: %j',
    (bad) => {
      expect(decodeToken(bad).host).toBeUndefined()
      expect(decodeToken(bad).roomName).toBeUndefined()
    },
  )
})

describe('resolveUrl', () => {
  const none = { canReattach: true }
  test('the token comes before the option, the option before the page', () => {
    expect(resolveUrl({ ...none, host: 'ws://a' }, 'wss://b', 'https://c')).toBe('ws://a')
    expect(resolveUrl(none, 'b.example:8443/x', 'https://c')).toBe('wss://b.example:8443/x')
    expect(resolveUrl(none, undefined, 'https://c.example:8080/sdk/roomful.js?x')).toBe(
      'wss://c.example:8080',
    )
    expect(resolveUrl(none, undefined, 'http://localhost:8080/')).toBe('ws://localhost:8080')
    expect(resolveUrl(none, undefined, 'file:///page.html')).toBeUndefined()
  })
})
