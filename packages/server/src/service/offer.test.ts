import { describe, expect, it } from 'vitest'
import { summarizeOffer } from './offer.ts'

const offer = (...lines: string[]): string => ['v=0', 'o=- 1 1 IN IP4 0.0.0.0', ...lines, ''].join('\r\n')
const print = (byte: string): string => `a=fingerprint:sha-256 ${byte}`

describe('summarizeOffer', () => {
  it('says what the browser sends', () => {
    const sends = (...lines: string[]) => {
      const { sendsAudio, sendsVideo } = summarizeOffer(offer(...lines))
      return [sendsAudio, sendsVideo]
    }
    expect(sends('m=audio 9 X 111', 'a=sendrecv', 'm=video 9 X 96', 'a=recvonly')).toEqual([true, false])
    expect(sends('m=video 9 X 96', 'a=sendonly', 'm=audio 9 X 111', 'a=inactive')).toEqual([false, true])
    expect(sends('m=audio 9 X 111', 'm=video 9 X 96')).toEqual([true, true])
    expect(sends('a=recvonly', 'm=audio 9 X 111', 'm=video 9 X 96', 'a=sendrecv')).toEqual([false, true])
    expect(sends('m=audio 0 X 111', 'm=video 0 X 96', 'a=bundle-only')).toEqual([false, true])
    expect(sends('m=application 9 X 1')).toEqual([false, false])
  })

  it('tells sections without a track', () => {
    const { tracks } = summarizeOffer(
      offer('m=audio 9 X 111', 'a=sendonly', 'a=msid:- 1', 'm=video 9 X 96', 'a=sendonly', 'a=msid:s 2'),
    )
    expect(tracks).toEqual({ audio: false, video: true })
  })

  it('knows a peer connection by its fingerprints, wherever they stand', () => {
    const fingerprint = (...lines: string[]): string => summarizeOffer(offer(...lines)).fingerprint
    const atSession = fingerprint(print('AB:CD'), 'm=audio 9 X 111')
    expect(fingerprint('m=audio 9 X 111', print('ab:cd'), 'm=video 9 X 96', print('AB:CD'))).toBe(atSession)
    expect(fingerprint('m=audio 9 X 111', print('AB:CE'))).not.toBe(atSession)
  })

  it.each(['', 'v=1', 'hello', '\0', 'v=0', 'v=0\r\ns=-'])('refuses %j', (sdp) => {
    expect(() => summarizeOffer(sdp)).toThrow(expect.objectContaining({ code: 'invalid_sdp' }))
  })
})
