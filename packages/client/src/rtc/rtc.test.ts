import { describe, expect, test } from 'vitest'
import { resolveDirections, sendingOnly } from './directions.ts'
import { StallDetector } from './MediaWatch.ts'
import { renewsDtls, withoutLocalNames } from './sdp.ts'
import { scaleForTile } from './SenderScaler.ts'

describe('resolveDirections', () => {
  const member = { join_as: 'member', audio_allowed: 'both', video_allowed: 'both' } as const
  const audience = { join_as: 'audience', audio_allowed: 'receive', video_allowed: 'receive' } as const

  test.each([
    [member, {}, { audio: 'sendrecv', video: 'sendrecv' }],
    [member, { sendVideo: false }, { audio: 'sendrecv', video: 'recvonly' }],
    [member, { receiveVideo: false }, { audio: 'sendrecv', video: 'sendonly' }],
    [member, { video: false }, { audio: 'sendrecv' }],
    [member, { audio: false, receiveAudio: true }, { audio: 'recvonly', video: 'sendrecv' }],
    [audience, {}, { audio: 'recvonly', video: 'recvonly' }],
    [audience, { sendAudio: true, video: false }, { audio: 'recvonly' }],
    [{ ...member, video_allowed: 'none' as const }, {}, { audio: 'sendrecv' }],
  ])('%j with %j', (rights, params, expected) => {
    expect(resolveDirections(rights, params)).toEqual(expected)
  })

  test('nothing at all is an error that says why', () => {
    expect(() => resolveDirections(audience, { audio: false, video: false })).toThrow('join_as "audience"')
  })
})

test('sendingOnly keeps what there is something to send of, and what is only received', () => {
  const onlyAudio = (kind: string) => kind === 'audio'
  expect(sendingOnly({ audio: 'sendrecv', video: 'sendrecv' }, onlyAudio)).toEqual({
    audio: 'sendrecv',
    video: 'recvonly',
  })
  expect(sendingOnly({ audio: 'recvonly', video: 'sendonly' }, onlyAudio)).toEqual({ audio: 'recvonly' })
})

describe('scaleForTile', () => {
  const camera = { width: 1280, height: 720 }
  test('sends what fills the tile, and never more than is captured', () => {
    expect(scaleForTile(camera, { width: 640, height: 360 })).toBe(2)
    expect(scaleForTile(camera, { width: 1920, height: 1080 })).toBe(1)
    // A 4:3 tile is filled by the full height of a 16:9 picture.
    expect(scaleForTile(camera, { width: 480, height: 360 })).toBe(2)
  })
  test('without a tile, and for tiny tiles, something is left to see', () => {
    expect(scaleForTile(camera, undefined)).toBe(4)
    expect(scaleForTile(camera, { width: 16, height: 9 })).toBe(8)
    expect(scaleForTile({ width: 0, height: 0 }, undefined)).toBe(1)
  })
})

describe('StallDetector', () => {
  test('reports once when everything that came has stood still for four checks', () => {
    const detector = new StallDetector()
    const checks = [
      [10, 10],
      [20, 20],
      [20, 20],
      [20, 20],
      [20, 20],
      [20, 20],
      [20, 20],
    ] as const
    const found = checks.map(([audio, video]) => detector.isStalled({ audio, video }))
    expect(found).toEqual([false, false, false, false, false, true, false])
  })
  test('one kind that goes on is enough, and media that never came is no stall', () => {
    const detector = new StallDetector()
    for (let check = 0; check < 10; check++)
      expect(detector.isStalled({ audio: check, video: 5 })).toBe(false)
    const silent = new StallDetector()
    for (let check = 0; check < 10; check++) expect(silent.isStalled({})).toBe(false)
  })
})

test('withoutLocalNames removes mDNS candidates only', () => {
  const host = 'a=candidate:1 1 udp 2113937151 192.0.2.1 5000 typ host'
  const hidden = 'a=candidate:2 1 udp 2113937151 3f6e7c5a-1.local 5000 typ host'
  expect(withoutLocalNames(['v=0', host, hidden, ''].join('\r\n'))).toBe(['v=0', host, ''].join('\r\n'))
})

test('renewsDtls is false for Firefox alone', () => {
  expect(renewsDtls('v=0\r\no=mozilla...THIS_IS_SDPARTA-99.0 77 0 IN IP4 0.0.0.0\r\n')).toBe(false)
  expect(renewsDtls('v=0\r\no=- 914934291250020360 2 IN IP4 127.0.0.1\r\n')).toBe(true)
})
