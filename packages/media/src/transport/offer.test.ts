import { describe, expect, it } from 'vitest'
import { MediaError } from '../MediaError.ts'
import { maxOfferBytes, parseOffer } from './offer.ts'
import type { OfferedSection } from './offer.ts'
import { chromiumOffer, firefoxOffer, offerNames } from './testing/fixtures.ts'
import { seededRandom } from './testing/random.ts'

function acceptedOf(sdp: string): OfferedSection[] {
  return parseOffer(sdp).slots.flatMap((slot) => (slot.accepted ? [slot.section] : []))
}

describe('parseOffer with offers of Chromium', () => {
  it('reads a member: two sections with transport, direction and codec', () => {
    const [audio, video] = acceptedOf(chromiumOffer('member'))
    expect(audio).toMatchObject({
      kind: 'audio',
      mid: '0',
      direction: 'sendrecv',
      protocol: 'UDP/TLS/RTP/SAVPF',
      codec: { codec: 'opus', payloadType: 111, clockRate: 48000, telephoneEventPayloadType: 110 },
      remote: { setup: 'actpass', fingerprint: { algorithm: 'sha-256' } },
    })
    expect(audio?.codec.lines).toEqual([
      'a=rtpmap:111 opus/48000/2',
      'a=fmtp:111 minptime=10;useinbandfec=1',
      'a=rtpmap:63 red/48000/2',
      'a=fmtp:63 111/111',
      'a=rtpmap:110 telephone-event/48000',
    ])
    expect(video).toMatchObject({ kind: 'video', mid: '1', codec: { codec: 'vp8', payloadType: 96 } })
    expect(video?.codec.lines).toEqual([
      'a=rtpmap:96 VP8/90000',
      'a=rtcp-fb:96 nack',
      'a=rtcp-fb:96 nack pli',
      'a=rtcp-fb:96 ccm fir',
      'a=rtcp-fb:96 goog-remb',
      'a=fmtp:96 x-google-start-bitrate=1200;x-google-max-bitrate=2500',
      'a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
    ])
    // TCP candidates are of no use; four UDP ones are there.
    expect(audio?.remote.candidates).toHaveLength(4)
    expect(audio?.remote.candidates[0]).toMatch(/^1 1 UDP \d+ 127\.0\.0\.1 \d+ typ host$/)
  })

  it('reads an audience offer without candidates', () => {
    const sections = acceptedOf(chromiumOffer('audience'))
    expect(sections.map(({ direction }) => direction)).toEqual(['recvonly', 'recvonly'])
    expect(sections.map(({ remote }) => remote.candidates)).toEqual([[], []])
  })

  it('takes H.264 constrained baseline, packetization mode 1, where VP8 is missing', () => {
    const video = acceptedOf(chromiumOffer('h264-only'))[1]
    expect(video?.codec).toMatchObject({ codec: 'h264', payloadType: 108 })
    expect(video?.codec.lines.at(-2)).toBe(
      'a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f;' +
        'x-google-start-bitrate=1200;x-google-max-bitrate=2500',
    )
  })

  it('keeps the order of the offer', () => {
    expect(acceptedOf(chromiumOffer('video-first')).map(({ kind }) => kind)).toEqual(['video', 'audio'])
  })

  it('refuses a third section and a data channel', () => {
    const { slots } = parseOffer(chromiumOffer('third-section'))
    expect(slots.map(({ accepted }) => accepted)).toEqual([true, true, false, false])
    expect(slots[2]?.section).toEqual({
      type: 'video',
      protocol: 'UDP/TLS/RTP/SAVPF',
      payloads: '96',
      mid: '2',
    })
    expect(slots[3]?.section).toMatchObject({ type: 'application', payloads: 'webrtc-datachannel' })
  })

  it('takes the first live section of a kind', () => {
    const sdp = chromiumOffer('third-section').replace(/m=video \d+/, 'm=video 0')
    expect(acceptedOf(sdp).map(({ mid }) => mid)).toEqual(['0', '2'])
  })

  it('takes LF line ends, and transport attributes of the session part', () => {
    const fingerprint = chromiumOffer('member').match(/a=fingerprint.*\r\n/)?.[0] ?? ''
    const sdp = chromiumOffer('member')
      .replaceAll(/a=fingerprint.*\r\n/g, '')
      .replace('t=0 0\r\n', `t=0 0\r\n${fingerprint}`)
      .replaceAll('\r\n', '\n')
    const values = acceptedOf(sdp).map(
      ({ remote }) => `a=fingerprint:sha-256 ${remote.fingerprint.value}\r\n`,
    )
    expect(values).toEqual([fingerprint, fingerprint])
  })

  it('leaves host names out of the candidates', () => {
    const sdp = chromiumOffer('member').replaceAll(' 127.0.0.1 ', ' example.test ')
    for (const { remote } of acceptedOf(sdp)) {
      expect(remote.candidates).toHaveLength(3)
      expect(remote.candidates.join()).not.toContain('example')
    }
  })
})

describe('parseOffer with an offer of Firefox', () => {
  it('reads a member, whose fingerprint stands in the session part', () => {
    const [audio, video] = acceptedOf(firefoxOffer())
    expect(audio).toMatchObject({
      kind: 'audio',
      mid: '0',
      direction: 'sendrecv',
      codec: { codec: 'opus', payloadType: 109, telephoneEventPayloadType: 101 },
      remote: { setup: 'actpass', fingerprint: { algorithm: 'sha-256' } },
    })
    // No RED: Firefox offers none for sound.
    expect(audio?.codec.lines).toEqual([
      'a=rtpmap:109 opus/48000/2',
      'a=fmtp:109 minptime=10;useinbandfec=1',
      'a=rtpmap:101 telephone-event/8000',
    ])
    expect(video).toMatchObject({
      kind: 'video',
      mid: '1',
      codec: { codec: 'vp8', payloadType: 120, playoutDelayId: 6 },
    })
    expect(video?.remote.fingerprint).toEqual(audio?.remote.fingerprint)
    // Neither TCP nor the candidates for RTCP on a port of its own.
    expect(audio?.remote.candidates).toHaveLength(4)
    expect(audio?.remote.candidates[0]).toMatch(/^1 1 UDP \d+ 127\.0\.0\.1 \d+ typ host$/)
  })

  it('takes an extension that it only receives as one that the server only sends (RFC 8285 section 6)', () => {
    const playoutDelay = 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay'
    const lineOf = (sdp: string) => acceptedOf(sdp)[1]?.codec.lines.filter((line) => /^a=extmap/.test(line))
    expect(firefoxOffer()).toContain(`a=extmap:6/recvonly ${playoutDelay}`)
    expect(lineOf(firefoxOffer())).toEqual([`a=extmap:6/sendonly ${playoutDelay}`])
    const sending = firefoxOffer().replace('extmap:6/recvonly', 'extmap:6/sendonly')
    expect(lineOf(sending)).toEqual([])
    expect(acceptedOf(sending)[1]?.codec.playoutDelayId).toBeUndefined()
  })

  it('reads one whose addresses are all hidden behind mDNS names', () => {
    const hidden = firefoxOffer().replaceAll(
      /(127\.0\.0\.1|::1|192\.0\.2\.2|fd00::2)(?= \d+ typ|\r\n)/g,
      '3f6e.local',
    )
    expect(hidden).toContain('3f6e.local 9 typ host tcptype active')
    expect(acceptedOf(hidden).map(({ remote }) => remote.candidates)).toEqual([[], []])
  })
})

describe('parseOffer says what is wrong', () => {
  const member = chromiumOffer('member')
  const without = (pattern: RegExp) => member.replaceAll(pattern, '')
  const repeated = (count: number) => 'v=0\r\n' + 'm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n'.repeat(count)
  it.each<[name: string, sdp: string, message: RegExp]>([
    ['nothing', '', /is empty/],
    ['no SDP', 'GET / HTTP/1.1\r\n\r\n', /does not begin with the line "v=0"/],
    ['JSON', '{"type":"offer"}', /does not begin/],
    ['no sections', member.slice(0, member.indexOf('m=')), /no media section/],
    ['too many bytes', member + 'a=x\r\n'.repeat(20_000), new RegExp(`at most ${maxOfferBytes}`)],
    ['too many sections', repeated(21), /21 media sections; at most 20/],
    [
      'only a data channel',
      `v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n`,
      /no audio or/,
    ],
    [
      'all stopped',
      member.replaceAll(/m=(\w+) \d+/g, 'm=$1 0'),
      /no audio or video section that is not stopped/,
    ],
    ['a broken m-line', member.replace(/m=audio \d+/, 'm=audio x'), /section 0 has a malformed "m=" line/],
    ['no mid', without(/a=mid.*\r\n/g), /section 0 \(audio\) has no "a=mid"/],
    ['a mid with spaces', member.replace('a=mid:0', 'a=mid:ä'), /not a token/],
    ['the same mid twice', member.replace('a=mid:1', 'a=mid:0'), /same "a=mid:0"/],
    ['no ICE credentials', without(/a=ice-(ufrag|pwd).*\r\n/g), /no "a=ice-ufrag"/],
    ['a short ICE password', member.replaceAll(/a=ice-pwd.*/g, 'a=ice-pwd:short'), /malformed ICE/],
    ['no fingerprint', without(/a=fingerprint.*\r\n/g), /mid 0\) has no "a=fingerprint"/],
    ['an old fingerprint', member.replaceAll('sha-256', 'sha-1'), /allowed are sha-256/],
    [
      'a cut fingerprint',
      member.replaceAll(/(a=fingerprint:sha-256 ..:..).*/g, '$1'),
      /malformed fingerprint/,
    ],
    ['a wrong setup', member.replaceAll('actpass', 'holdconn'), /"a=setup:holdconn"; allowed/],
    ['no rtcp-mux', without(/a=rtcp-mux\r\n/g), /no "a=rtcp-mux"/],
    ['SDES', member.replaceAll('UDP/TLS/RTP/SAVPF', 'RTP/SAVPF'), /uses RTP\/SAVPF; only UDP\/TLS/],
    ['bundle-only', member.replace(/m=video \d+([^]*)$/, 'm=video 0$1a=bundle-only\r\n'), /"max-compat"/],
    ['no Opus', member.replaceAll('opus/48000/2', 'speex/16000'), /speex\/16000.*allowed is opus/],
    ['no VP8, no H264', member.replaceAll(/ (VP8|H264)\/90000/g, ' VP7/90000'), /allowed is VP8.*H264/],
  ])('%s', (_name, sdp, message) => {
    let thrown: unknown
    try {
      parseOffer(sdp)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(MediaError)
    expect(thrown).toMatchObject({ code: 'invalid_sdp', message: expect.stringMatching(message) as string })
  })

  it('throws nothing but MediaErrors, whatever the text (seeded)', () => {
    const seed = Date.now() & 0xffffffff
    const random = seededRandom(seed)
    const pick = (length: number) => Math.floor(random() * length)
    let accepted = 0
    for (let round = 0; round < 2000; round++) {
      const lines = chromiumOffer(offerNames[pick(offerNames.length)] ?? 'member').split('\r\n')
      for (let n = pick(4); n >= 0; n--) {
        const at = pick(lines.length)
        const line = lines[at] ?? ''
        const cut = pick(line.length)
        const edits = [
          [],
          [line, line],
          [line.slice(0, cut)],
          [line.slice(0, cut) + String.fromCharCode(pick(300)) + line.slice(cut + 1)],
          [line.replace(/\d+/, String(random() < 0.5 ? -1 : 2 ** 53))],
          [lines[pick(lines.length)] ?? ''],
        ]
        lines.splice(at, 1, ...(edits[pick(edits.length)] ?? []))
      }
      try {
        for (const { mid, remote } of acceptedOf(lines.join('\r\n'))) {
          accepted++
          for (const text of [
            mid,
            remote.iceUfrag,
            remote.icePwd,
            remote.fingerprint.value,
            ...remote.candidates,
          ])
            expect(text, `seed ${seed} round ${round}`).toMatch(/^[\x21-\x7e]+( [\x21-\x7e]+)*$/)
        }
      } catch (error) {
        expect(error, `seed ${seed} round ${round}`).toMatchObject({
          name: 'MediaError',
          code: 'invalid_sdp',
        })
      }
    }
    expect(accepted).toBeGreaterThan(500)
  })
})
