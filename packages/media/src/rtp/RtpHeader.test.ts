import { describe, expect, it } from 'vitest'
import {
  isRtcp,
  patchPayloadType,
  patchSequenceNumber,
  patchSsrc,
  RtpHeader,
  writeRtpHeader,
} from './RtpHeader.ts'
import { fuzzSeeds, parsed, rtpPacket, seededRandom } from './testSupport.ts'

describe('RtpHeader', () => {
  it('reads what writeRtpHeader wrote', () => {
    const packet = Buffer.alloc(20)
    expect(writeRtpHeader(packet, 0, true, 96, 0xfffe, 0xfffffffe, 0xdeadbeef)).toBe(12)
    const header = parsed(packet)
    expect(header).toMatchObject({
      marker: true,
      payloadType: 96,
      sequenceNumber: 0xfffe,
      timestamp: 0xfffffffe,
      ssrc: 0xdeadbeef,
      payloadOffset: 12,
      payloadLength: 8,
      extensionProfile: -1,
    })
  })

  it('skips CSRCs and the extension, and leaves padding out', () => {
    const packet = Buffer.concat([
      Buffer.from([0xb2, 0x60, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]),
      Buffer.alloc(8, 0xcc),
      Buffer.from([0xbe, 0xde, 0, 1, 0x10, 0xaa, 0, 0]),
      Buffer.from([7, 8, 9]),
      Buffer.from([0, 0, 3]),
    ])
    const header = parsed(packet)
    expect(header.payloadOffset).toBe(28)
    expect([...packet.subarray(28, 28 + header.payloadLength)]).toEqual([7, 8, 9])
    expect(header).toMatchObject({ extensionProfile: 0xbede, extensionOffset: 24, extensionLength: 4 })
    expect(header.paddingLength).toBe(3)
  })

  it('takes a packet that is all padding', () => {
    expect(parsed(rtpPacket({ sequenceNumber: 5, padding: 224 }))).toMatchObject({
      payloadLength: 0,
      paddingLength: 224,
    })
  })

  it.each([
    ['too short', Buffer.alloc(11, 0x80)],
    ['version 1', Buffer.alloc(12, 0x40)],
    ['CSRCs beyond the end', Buffer.concat([Buffer.from([0x8f]), Buffer.alloc(30)])],
    ['extension header cut off', Buffer.concat([Buffer.from([0x90]), Buffer.alloc(13)])],
    ['extension beyond the end', Buffer.concat([Buffer.from([0x90]), Buffer.alloc(13), Buffer.from([0, 9])])],
    ['padding of zero', Buffer.concat([Buffer.from([0xa0]), Buffer.alloc(19)])],
    ['padding over the header', Buffer.concat([Buffer.from([0xa0]), Buffer.alloc(18), Buffer.from([9])])],
  ])('refuses: %s', (_, packet) => {
    expect(new RtpHeader().parse(packet)).toBe(false)
  })

  it('patches in place and keeps the rest', () => {
    const packet = rtpPacket({ sequenceNumber: 1, marker: true, timestamp: 77, payload: Uint8Array.of(1, 2) })
    patchPayloadType(packet, 108)
    patchSequenceNumber(packet, 65536 + 9)
    patchSsrc(packet, 0xffffffff)
    expect(parsed(packet)).toMatchObject({
      marker: true,
      payloadType: 108,
      sequenceNumber: 9,
      timestamp: 77,
      ssrc: 0xffffffff,
    })
    expect([...packet.subarray(12)]).toEqual([1, 2])
  })

  it('tells RTCP from RTP', () => {
    expect(isRtcp(Buffer.from([0x80, 200]))).toBe(true)
    expect(isRtcp(Buffer.from([0x81, 206]))).toBe(true)
    expect(isRtcp(Buffer.from([0x80, 96]))).toBe(false)
    expect(isRtcp(Buffer.from([0x80, 0x80 | 111]))).toBe(false)
    expect(isRtcp(Buffer.from([0x80]))).toBe(false)
  })

  it.each(fuzzSeeds(3))('never points outside the packet (seed %i)', (seed) => {
    const random = seededRandom(seed)
    const header = new RtpHeader()
    let accepted = 0
    for (let i = 0; i < 3000; i++) {
      const packet = Buffer.from(Array.from({ length: Math.floor(random() * 60) }, () => random() * 256))
      if (packet.length > 0) packet.writeUInt8((packet.readUInt8(0) & 0x3f) | 0x80, 0)
      if (!header.parse(packet)) continue
      accepted++
      expect(header.payloadLength).toBeGreaterThanOrEqual(0)
      expect(header.payloadOffset + header.payloadLength + header.paddingLength).toBe(packet.length)
    }
    expect(accepted).toBeGreaterThan(0)
  })
})
