import { describe, expect, it } from 'vitest'
import { AudioSendStream } from './AudioSendStream.ts'
import { NackResponder } from './NackResponder.ts'
import { parseRtcp } from './rtcp/parse.ts'
import type { SenderReport } from './rtcp/types.ts'
import { rtpTimestampAt, SenderReports, SentCounter } from './SenderReports.ts'
import { patchForReceiver, SendStream } from './SendStream.ts'
import { parsed, seededRandom, vp8Frame } from './testSupport.ts'
import { Vp8Depacketizer } from './Vp8Depacketizer.ts'

const random = seededRandom(7)

function packetsOfFrame(stream: SendStream): Buffer[] {
  const packets: Buffer[] = []
  stream.forEachPacketOfFrame((packet) => packets.push(Buffer.from(packet)))
  return packets
}

describe('SendStream', () => {
  it('makes the packets of a frame once, numbered across the wrap', () => {
    const stream = new SendStream({ codec: 'vp8', ssrc: 9, payloadType: 96, firstSequenceNumber: 65534 })
    const frame = vp8Frame(true, 4000, random)
    expect(stream.packetize(frame, true, 2 ** 32 + 5)).toBe(4)
    const packets = packetsOfFrame(stream)
    const headers = packets.map(parsed)
    expect(headers.map((header) => header.sequenceNumber)).toEqual([65534, 65535, 0, 1])
    expect(headers.map((header) => header.marker)).toEqual([false, false, false, true])
    expect(headers.every((h) => h.timestamp === 5 && h.ssrc === 9 && h.payloadType === 96)).toBe(true)
    expect(packets.every((packet) => packet.length <= 1112)).toBe(true)
    const depacketizer = new Vp8Depacketizer()
    packets.forEach((packet) => depacketizer.add(packet, 12, packet.length - 12))
    expect(Buffer.compare(depacketizer.finish()?.data ?? new Uint8Array(0), frame)).toBe(0)
    expect(stream.packetCount).toBe(4)
    expect(stream.octetCount).toBe(4000 + 4 * 4)
    expect(stream).toMatchObject({ framePacketCount: 4, frameOctetCount: 4016, frameIsKey: true })
    expect(stream.nextSequenceNumber).toBe(2)
  })

  it('keeps packets until the ring comes round', () => {
    const stream = new SendStream({ codec: 'vp8', ssrc: 9, ringPackets: 8, firstSequenceNumber: 65530 })
    expect(stream.get(65530)).toBeUndefined()
    for (let i = 0; i < 10; i++) stream.packetize(vp8Frame(false, 10 + i, random), false, i)
    expect(stream.get(65531)).toBeUndefined()
    expect(stream.get(65532)?.length).toBe(12 + 4 + 12)
    expect(stream.get(3)?.length).toBe(12 + 4 + 19)
    expect(stream.get(4)).toBeUndefined()
    expect(stream.get(65530)).toBeUndefined()
  })

  it('refuses what does not fit', () => {
    const stream = new SendStream({ codec: 'vp8', ssrc: 9, ringPackets: 4 })
    expect(() => stream.packetize(new Uint8Array(5 * 1100), true, 0)).toThrow(
      'takes 6 packets; the ring holds 4',
    )
    expect(stream.packetCount).toBe(0)
    expect(() => new SendStream({ codec: 'vp8', ssrc: 9, ringPackets: 1000 })).toThrow('powers of two')
    expect(() => new SendStream({ codec: 'vp8', ssrc: 9, maxPayloadBytes: 1500 })).toThrow('16 to 1488')
    const { nextSequenceNumber } = new SendStream({ codec: 'h264', ssrc: 1 })
    expect(nextSequenceNumber).toBeLessThan(0x8000)
  })

  it('hands each receiver the packet as its own', () => {
    const stream = new SendStream({ codec: 'vp8', ssrc: 9, firstSequenceNumber: 10 })
    stream.packetize(vp8Frame(true, 100, random), true, 1)
    stream.forEachPacketOfFrame((packet) => patchForReceiver(packet, 120, 55, 7000))
    const seen: object[] = []
    stream.forEachPacketOfFrame((packet, sequenceNumber) => {
      expect(sequenceNumber).toBe(10)
      seen.push({ ...parsed(patchForReceiver(packet, 96, 77)) })
    })
    expect(seen).toMatchObject([{ marker: true, payloadType: 96, ssrc: 77, sequenceNumber: 10 }])
  })
})

describe('NackResponder', () => {
  const stream = new SendStream({ codec: 'vp8', ssrc: 9, firstSequenceNumber: 0 })
  for (let i = 0; i < 4; i++) stream.packetize(vp8Frame(false, 50, random), false, i)

  it('resends within its limits', () => {
    const responder = new NackResponder(stream, { maxResends: 3 })
    const resent: number[] = []
    const ask = (nowMs: number, ...wanted: number[]) =>
      responder.answer(wanted, nowMs, (packet) => resent.push(parsed(packet).sequenceNumber))
    expect(ask(0, 1, 2, 9, 1)).toBe(2)
    expect(ask(19, 1)).toBe(0)
    expect(ask(20, 1, 3)).toBe(2)
    expect(ask(40, 1)).toBe(1)
    expect(ask(5000, 1)).toBe(0)
    expect(resent).toEqual([1, 2, 1, 3, 1])
  })

  it('keeps receivers apart', () => {
    const [a, b] = [new NackResponder(stream), new NackResponder(stream)]
    expect(a.answer([1], 0, () => undefined)).toBe(1)
    expect(b.answer([1], 0, () => undefined)).toBe(1)
  })
})

describe('SenderReports', () => {
  it('reports what the receiver was sent', () => {
    const counter = new SentCounter()
    counter.add(3, 2000)
    const reports = new SenderReports(9, 'leg', counter)
    const seen: SenderReport[] = []
    parseRtcp(reports.build(1500, 90_000), { onSenderReport: (report) => seen.push(report) })
    expect(seen).toEqual([
      {
        ssrc: 9,
        ntp: { seconds: 2_208_988_801, fraction: 2 ** 31 },
        rtpTimestamp: 90_000,
        packetCount: 3,
        octetCount: 2000,
      },
    ])
  })

  it('works out the round trip time of its own stream only', () => {
    const reports = new SenderReports(9, 'leg', new SentCounter())
    const block = {
      ssrc: 9,
      fractionLost: 0,
      cumulativeLost: 0,
      highestSequence: 0,
      jitter: 0,
      lastSenderReport: ((2_208_988_801 & 0xffff) << 16) >>> 0,
      delaySinceLastSenderReport: 65536,
    }
    expect(reports.roundTripTimeMs(block, 2030)).toBeCloseTo(30, 0)
    expect(reports.roundTripTimeMs({ ...block, ssrc: 8 }, 2030)).toBeUndefined()
  })

  it('extrapolates the RTP clock', () => {
    expect(rtpTimestampAt(1100, { epochMs: 1000, rtpTimestamp: 2 ** 32 - 4500 }, 90_000)).toBe(4500)
    expect(rtpTimestampAt(900, { epochMs: 1000, rtpTimestamp: 0 }, 48_000)).toBe(2 ** 32 - 4800)
  })
})

describe('AudioSendStream', () => {
  it('writes into one buffer and counts', () => {
    const stream = new AudioSendStream({ ssrc: 5, payloadType: 111, firstSequenceNumber: 65535 })
    const first = stream.write(Uint8Array.of(1, 2, 3), 960, true)
    expect(parsed(first)).toMatchObject({
      marker: true,
      payloadType: 111,
      sequenceNumber: 65535,
      timestamp: 960,
    })
    expect([...first.subarray(12)]).toEqual([1, 2, 3])
    const second = stream.write(Uint8Array.of(4, 5), 1920, false)
    expect(parsed(second)).toMatchObject({ marker: false, sequenceNumber: 0, ssrc: 5, payloadLength: 2 })
    expect(second.buffer).toBe(first.buffer)
    expect(stream).toMatchObject({ packetCount: 2, octetCount: 5 })
    expect(stream.get(0)).toBeUndefined()
    expect(() => stream.write(new Uint8Array(1489), 0, false)).toThrow('at most 1488')
  })

  it('answers NACKs when it has a ring', () => {
    const stream = new AudioSendStream({ ssrc: 5, payloadType: 111, ringPackets: 4, firstSequenceNumber: 0 })
    for (let i = 0; i < 6; i++) stream.write(Uint8Array.of(i), i * 960, false)
    expect([...(stream.get(3)?.subarray(12) ?? [])]).toEqual([3])
    expect(stream.get(1)).toBeUndefined()
    expect(new NackResponder(stream).answer([1, 2, 5], 0, () => undefined)).toBe(2)
    expect(() => new AudioSendStream({ ssrc: 5, payloadType: 111, ringPackets: 100 })).toThrow(
      'powers of two',
    )
  })

  it('repeats the packets before when it is told to (RFC 2198), and only what is next to each other', () => {
    const stream = new AudioSendStream({ ssrc: 5, payloadType: 111, redPayloadType: 63 })
    stream.write(Uint8Array.of(1, 1), 2 ** 32 - 960, false)
    stream.redundancy = 2
    expect([...stream.write(Uint8Array.of(2), 0, false).subarray(12)]).toEqual([
      // One block of 960 samples before, 2 bytes long; then the packet's own type.
      ...[0x80 | 111, 960 >> 6, ((960 & 0x3f) << 2) | 0, 2],
      111,
      ...[1, 1],
      2,
    ])
    const both = stream.write(Uint8Array.of(3, 3, 3), 960, false)
    expect(parsed(both).payloadType).toBe(63)
    expect([...both.subarray(12)]).toEqual([
      ...[0x80 | 111, 1920 >> 6, ((1920 & 0x3f) << 2) | 0, 2],
      ...[0x80 | 111, 960 >> 6, ((960 & 0x3f) << 2) | 0, 1],
      111,
      ...[1, 1],
      2,
      ...[3, 3, 3],
    ])
    // After a pause nothing before it is of use.
    const later = stream.write(Uint8Array.of(4), 960 * 100, true)
    expect(parsed(later).payloadType).toBe(111)
    expect([...later.subarray(12)]).toEqual([4])
    stream.redundancy = 0
    expect(parsed(stream.write(Uint8Array.of(5), 960 * 101, false)).payloadType).toBe(111)
  })

  it('repeats nothing for a browser that did not offer it', () => {
    const stream = new AudioSendStream({ ssrc: 5, payloadType: 111 })
    stream.redundancy = 2
    stream.write(Uint8Array.of(1), 0, false)
    expect(parsed(stream.write(Uint8Array.of(2), 960, false)).payloadType).toBe(111)
  })
})
