import { describe, expect, it } from 'vitest'
import { joinWords, leaveWords, toWords } from './words.ts'

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

describe('toWords', () => {
  it('explains errors of the browser and of the SDK alike', () => {
    expect(toWords(new DOMException('denied', 'NotAllowedError'))).toContain('Allow it in the address bar')
    expect(toWords(coded('media_permission_denied', 'x'))).toContain('Allow it in the address bar')
  })

  it('passes on what the server explains, but not its bare refusal', () => {
    expect(toWords(coded('403', 'Room is locked'))).toBe('Room is locked')
    expect(toWords(coded('403', 'Unauthorized'))).toBe('You may not do that in this room.')
  })

  it('says of a bare refusal at the door what it may mean', () => {
    expect(joinWords(coded('403', 'Unauthorized'))).toContain('may not be open yet')
    expect(joinWords(coded('403', 'Room is locked'))).toBe('Room is locked')
  })

  it('falls back on the message', () => {
    expect(toWords(coded('brand_new', 'Explained here.'))).toBe('Explained here.')
    expect(toWords('text')).toBe('Something went wrong. Try again.')
  })
})

describe('leaveWords', () => {
  it('has none for leaving of one’s own accord', () => {
    expect(leaveWords({})).toBeNull()
    expect(leaveWords({ reason: 'RECONNECTION_ATTEMPT_TIMEOUT' })).toContain('did not come back')
    expect(leaveWords({ cause: 'NORMAL_CLEARING' })).toContain('no longer in the room')
  })
})
