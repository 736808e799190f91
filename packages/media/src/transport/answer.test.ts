import { describe, expect, it } from 'vitest'
import { answerDirection, writeAnswer } from './answer.ts'
import type { AnswerSection } from './answer.ts'
import { CandidatePriority } from './candidatePriority.ts'
import { parseOffer } from './offer.ts'
import type { OfferedSection } from './offer.ts'
import { mergeOffers, splitAnswer } from './offererSdp.ts'
import { packetKindOf } from './packetKind.ts'
import { attributeOf, splitSdp } from './sdpLines.ts'
import { pli, rtpPacket } from './testing/packets.ts'
import { chromiumOffer, firefoxOffer } from './testing/fixtures.ts'
import type { MediaDirection } from './types.ts'

const session = { sessionId: '4711', version: 3, streamId: 'room', cname: 'mix' }

function answerOf(offer: string, direction: MediaDirection = 'sendrecv'): string {
  const { slots } = parseOffer(offer)
  const answers = new Map<OfferedSection, AnswerSection>()
  for (const slot of slots) {
    if (!slot.accepted) continue
    const { kind } = slot.section
    answers.set(slot.section, {
      offered: slot.section,
      local: { iceUfrag: `${kind}U`, icePwd: `${kind}P`, fingerprint: `sha-256 ${kind}F`, setup: 'active' },
      direction,
      candidates: [
        { address: '192.0.2.1', port: 40000, priority: 9 },
        { address: 'fd00::1', port: 40000, priority: 8 },
      ],
      ssrc: kind === 'audio' ? 11 : 22,
    })
  }
  return writeAnswer(session, slots, answers)
}

const mLines = (sdp: string) => splitSdp(sdp).sections.map(([mLine]) => mLine)

describe('writeAnswer', () => {
  it("answers Firefox with Firefox's own payload types and extension ids", () => {
    const { sections } = splitSdp(answerOf(firefoxOffer()))
    expect(sections.map(([mLine]) => mLine)).toEqual([
      'm=audio 40000 UDP/TLS/RTP/SAVPF 109 101',
      'm=video 40000 UDP/TLS/RTP/SAVPF 120',
    ])
    expect(sections[1]).toContain(
      'a=extmap:6/sendonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
    )
    // RTX, RED and transport-wide feedback are offered, and not taken.
    expect(sections.flat().join()).not.toMatch(/rtx|ulpfec|transport-cc|red\//)
  })

  it('writes a section whole, every one with its own transport', () => {
    const answer = answerOf(chromiumOffer('member'))
    const parts = splitSdp(answer)
    expect(parts.session).toEqual([
      'v=0',
      'o=- 4711 3 IN IP4 127.0.0.1',
      's=-',
      't=0 0',
      'a=msid-semantic:WMS room',
    ])
    expect(parts.sections[0]).toEqual([
      'm=audio 40000 UDP/TLS/RTP/SAVPF 111 63 110',
      'c=IN IP4 192.0.2.1',
      'a=mid:0',
      'a=sendrecv',
      'a=msid:room room-audio',
      'a=rtcp-mux',
      'a=rtpmap:111 opus/48000/2',
      'a=fmtp:111 minptime=10;useinbandfec=1',
      'a=rtpmap:63 red/48000/2',
      'a=fmtp:63 111/111',
      'a=rtpmap:110 telephone-event/48000',
      'a=ice-ufrag:audioU',
      'a=ice-pwd:audioP',
      'a=fingerprint:sha-256 audioF',
      'a=setup:active',
      'a=candidate:1 1 UDP 9 192.0.2.1 40000 typ host',
      'a=candidate:2 1 UDP 8 fd00::1 40000 typ host',
      'a=end-of-candidates',
      'a=ssrc:11 cname:mix',
      'a=ssrc:11 msid:room room-audio',
    ])
    expect(attributeOf(parts.sections[1] ?? [], 'ice-ufrag')).toBe('videoU')
    expect(attributeOf(parts.sections[1] ?? [], 'msid')).toBe('room room-video')
  })

  it('ends every line with CRLF and has nothing that the server does not do', () => {
    const answer = answerOf(chromiumOffer('member'))
    expect(answer.endsWith('\r\n')).toBe(true)
    expect(answer.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    expect(answer).not.toMatch(/a=group|transport-cc|rtx|ice-options|rtcp-rsize/)
  })

  it('puts audio first when the offer begins with video', () => {
    expect(mLines(answerOf(chromiumOffer('video-first')))).toEqual([
      'm=audio 40000 UDP/TLS/RTP/SAVPF 111 63 110',
      'm=video 40000 UDP/TLS/RTP/SAVPF 96',
    ])
  })

  it('answers other sections with port 0, in the order of the offer', () => {
    const answer = answerOf(chromiumOffer('third-section'))
    expect(mLines(answer).slice(2)).toEqual([
      'm=video 0 UDP/TLS/RTP/SAVPF 96',
      'm=application 0 UDP/DTLS/SCTP webrtc-datachannel',
    ])
    expect(splitSdp(answer).sections[2]).toContain('a=mid:2')
  })

  it('names no track where the server sends nothing', () => {
    const answer = answerOf(chromiumOffer('member'), 'recvonly')
    expect(answer).not.toMatch(/a=msid:|a=ssrc/)
  })
})

describe('answerDirection', () => {
  const all = { send: true, receive: true }
  it('is the opposite of the offer', () => {
    const directions = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const
    expect(directions.map((d) => answerDirection(d, all))).toEqual([
      'sendrecv',
      'recvonly',
      'sendonly',
      'inactive',
    ])
  })
  it('is less where the leg may do less', () => {
    expect(answerDirection('sendrecv', { send: false, receive: true })).toBe('sendonly')
    expect(answerDirection('sendrecv', { send: true, receive: false })).toBe('recvonly')
    expect(answerDirection('sendonly', { send: false, receive: true })).toBe('inactive')
    expect(answerDirection('recvonly', { send: true, receive: false })).toBe('inactive')
  })
})

describe('CandidatePriority', () => {
  it('rises with every answer, also when the clock stands, goes back, or belongs to another process', () => {
    const now = Date.UTC(2027, 5, 1)
    const priority = new CandidatePriority()
    const answers = [
      priority.next(3, now),
      priority.next(3, now),
      priority.next(3, now - 60_000),
      new CandidatePriority().next(3, now + 5000),
    ]
    for (const [i, priorities] of answers.entries()) {
      expect(priorities).toHaveLength(3)
      expect(priorities).toEqual(priorities.toSorted((a, b) => b - a))
      expect(Math.min(...priorities)).toBeGreaterThan(Math.max(0, ...(answers[i - 1] ?? [])))
      expect(Math.max(...priorities)).toBeLessThan(2 ** 31)
    }
  })
})

describe('the SDP of a simulated browser', () => {
  it('merges offers and splits an answer by mid', () => {
    const part = (kind: string, mid: string) =>
      `v=0\r\no=x 1 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE ${mid}\r\na=fingerprint:sha-256 ${kind}\r\n` +
      `m=${kind} 9 UDP/TLS/RTP/SAVPF 0 1\r\na=mid:${mid}\r\na=setup:actpass\r\n`
    const merged = mergeOffers([part('audio', '0'), part('video', '1')])
    expect(merged).not.toContain('a=group')
    expect(splitSdp(merged).sections.map((lines) => attributeOf(lines, 'fingerprint'))).toEqual([
      'sha-256 audio',
      'sha-256 video',
    ])
    const answers = splitAnswer(merged.replace('m=video 9', 'm=video 0'))
    expect(answers.get('0')).toMatchObject({ refused: false })
    expect(answers.get('1')).toMatchObject({ refused: true })
    expect(splitSdp(answers.get('0')?.sdp ?? '').sections).toHaveLength(1)
  })
})

describe('packetKindOf', () => {
  it('tells RTP, RTCP and neither apart', () => {
    const withMarker = rtpPacket({ payloadType: 0x80 | 96, ssrc: 1, sequenceNumber: 1 })
    expect(packetKindOf(withMarker)).toBe('rtp')
    expect(packetKindOf(rtpPacket({ payloadType: 111, ssrc: 1, sequenceNumber: 1 }))).toBe('rtp')
    expect(packetKindOf(pli(1, 2))).toBe('rtcp')
    for (const bytes of [[], [0x80], [0x80, 96], [0x80, 200, 0, 1], new Array<number>(20).fill(0x16)]) {
      expect(packetKindOf(Buffer.from(bytes))).toBeUndefined()
    }
  })
})
