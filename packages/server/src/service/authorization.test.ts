import { describe, expect, it } from 'vitest'
import { mediaDirections, toIdentity, toLegOptions } from './authorization.ts'

const claims = { iat: 1, jti: 'j', sub: 'p', r: 'lobby', s: [], ja: 'member', ma: 'all', acr: true } as const

describe('toIdentity', () => {
  it('never has the key that makes the stock client take it for another product', () => {
    expect(toIdentity({ ...claims, s: [] }, 's').authorization).not.toHaveProperty('jti')
  })

  it('drops unknown permissions, keeps the order, and gives the audience none', () => {
    const s = ['room.unlock', 'room.nothing', 'room.lock', 'video.member.raisehand']
    const expected = ['room.unlock', 'room.lock', 'room.self.raisehand']
    expect(toIdentity({ ...claims, s }, 's').authorization.room.scopes).toEqual(expected)
    expect(toIdentity({ ...claims, s, ja: 'audience' }, 's').joiner.permissions).toEqual([])
  })

  it('names who has no name, anew each time, and the same to client and room', () => {
    const first = toIdentity({ ...claims, s: [] }, 's')
    const second = toIdentity({ ...claims, s: [] }, 's')
    expect(first.joiner.name).toMatch(/^[a-z0-9]{8}$/)
    expect(first.authorization.user_name).toBe(first.joiner.name)
    expect(second.joiner.name).not.toBe(first.joiner.name)
  })

  it('turns times into milliseconds', () => {
    const { joiner } = toIdentity({ ...claims, s: [], jf: 10, rat: 20.5, rse: 30 }, 's')
    expect(joiner).toMatchObject({
      joinFromMs: 10_000,
      joinUntilMs: null,
      removeAtMs: 20_500,
      removeAfterSeconds: 30,
    })
  })
})

describe('media rules', () => {
  it.each([
    ['member', 'all', 'both', 'both'],
    ['member', 'audio-only', 'both', 'none'],
    ['member', 'video-only', 'none', 'both'],
    ['audience', 'all', 'receive', 'receive'],
    ['audience', 'audio-only', 'receive', 'none'],
    ['audience', 'video-only', 'none', 'receive'],
  ] as const)('of %s with %s: audio %s, video %s', (joinAs, mediaAllowed, audio, video) => {
    expect(mediaDirections(joinAs, mediaAllowed)).toEqual({ audio_allowed: audio, video_allowed: video })
    const { authorization } = toIdentity({ ...claims, s: [], ja: joinAs, ma: mediaAllowed }, 's')
    expect(toLegOptions(authorization, 'm1')).toEqual({
      sourceId: joinAs === 'member' ? 'm1' : null,
      audio: { send: audio === 'both', receive: audio !== 'none' },
      video: { send: video === 'both', receive: video !== 'none' },
    })
  })
})
