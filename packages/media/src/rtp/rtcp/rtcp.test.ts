import { describe, expect, it } from 'vitest'
import { fuzzSeeds, seededRandom } from '../testSupport.ts'
import {
  buildBye,
  buildNack,
  buildPictureLoss,
  buildReceiverReport,
  buildRemb,
  buildSenderReport,
  buildSourceDescription,
} from './build.ts'
import { compactNtp, ntpFromEpochMs, roundTripTimeMs } from './ntp.ts'
import { maxNackedPerPacket, parseRtcp } from './parse.ts'
import type { ReportBlock, RtcpHandler } from './types.ts'

/** Writes down every call as [name, ...arguments]. */
function recorder(): { calls: unknown[][]; handler: RtcpHandler } {
  const calls: unknown[][] = []
  const note =
    (name: string) =>
    (...args: unknown[]) =>
      void calls.push([name, ...args])
  const handler = {
    onSenderReport: note('sr'),
    onReportBlock: note('block'),
    onNack: note('nack'),
    onPictureLoss: note('pli'),
    onFullIntraRequest: note('fir'),
    onRemb: note('remb'),
    onBye: note('bye'),
  }
  return { calls, handler }
}

function parse(packet: Buffer): unknown[][] {
  const { calls, handler } = recorder()
  expect(parseRtcp(packet, handler)).toBe(true)
  return calls
}

const block: ReportBlock = {
  ssrc: 0xfffffff1,
  fractionLost: 200,
  cumulativeLost: -3,
  highestSequence: 0x0001fffe,
  jitter: 1234,
  lastSenderReport: 0x89abcdef,
  delaySinceLastSenderReport: 65536,
}
const report = {
  ssrc: 0xcafebabe,
  ntp: { seconds: 0xe0000000, fraction: 0x80000000 },
  rtpTimestamp: 0xfffffff0,
  packetCount: 7,
  octetCount: 2 ** 32 - 1,
}

describe('RTCP', () => {
  it('carries sender reports with blocks and a CNAME', () => {
    const packet = buildSenderReport(report, 'roomful', [block])
    expect(packet.length % 4).toBe(0)
    expect(parse(packet)).toEqual([
      ['sr', report],
      ['block', block, report.ssrc],
    ])
  })

  it('writes SDES as RFC 3550 6.5 has it', () => {
    expect(buildSourceDescription(0x01020304, 'ab').toString('hex')).toBe(
      '81ca0003' + '01020304' + '01026162' + '00000000',
    )
    expect(buildSourceDescription(1, 'x'.repeat(300)).length).toBe(268)
  })

  it('carries receiver reports', () => {
    const second = { ...block, ssrc: 2, cumulativeLost: 0x7fffff }
    expect(parse(buildReceiverReport(9, 'c', [block, second]))).toEqual([
      ['block', block, 9],
      ['block', second, 9],
    ])
    expect(parse(buildReceiverReport(9, 'c', []))).toEqual([])
  })

  it('packs NACKs into bit masks, across the wrap', () => {
    const wanted = [65530, 65531, 65535, 0, 10, 11, 27, 500]
    const packet = buildNack(1, 2, wanted)
    // 65530 with everything up to 65530 + 16 = 10; 11 with 27; 500.
    expect(packet.length).toBe(12 + 3 * 4)
    expect(parse(packet)).toEqual([['nack', 2, wanted, 1]])
    expect(buildNack(1, 2, [5, 5, 5]).length).toBe(16)
  })

  it('cuts a NACK for everything', () => {
    const all = Array.from({ length: 5000 }, (_, i) => i)
    const [call] = parse(buildNack(1, 2, all))
    expect(call?.[2]).toEqual(all.slice(0, maxNackedPerPacket))
  })

  it('carries PLI, FIR and BYE', () => {
    expect(parse(buildPictureLoss(1, 0xffffffff))).toEqual([['pli', 0xffffffff, 1]])
    const fir = Buffer.from(
      '84ce0006' + '00000001' + '00000000' + '00000005' + '07000000' + '00000006' + '08000000',
      'hex',
    )
    expect(parse(fir)).toEqual([
      ['fir', 5, 7, 1],
      ['fir', 6, 8, 1],
    ])
    expect(parse(buildBye([3, 4]))).toEqual([
      ['bye', 3],
      ['bye', 4],
    ])
    const withReason = Buffer.from('81cb0002' + '00000003' + '03627965', 'hex')
    expect(parse(withReason)).toEqual([['bye', 3]])
  })

  it.each([0, 200_000, 0x3ffff, 2_500_000, 2 ** 40])('carries REMB of %i bps', (bitrateBps) => {
    const [call] = parse(buildRemb(1, bitrateBps, [7, 8]))
    const [name, bitrate, ssrcs, sender] = call as [string, number, number[], number]
    expect([name, ssrcs, sender]).toEqual(['remb', [7, 8], 1])
    expect(bitrate).toBeLessThanOrEqual(bitrateBps)
    expect(bitrate).toBeGreaterThanOrEqual(bitrateBps * (1 - 2 ** -17))
  })

  it('writes REMB byte for byte', () => {
    expect(buildRemb(1, 1_000_000, [0x11223344]).toString('hex')).toBe(
      '8fce0005' + '00000001' + '00000000' + '52454d42' + '010bd090' + '11223344',
    )
  })

  it('visits compounds in order, skips unknown types and padding', () => {
    const unknown = Buffer.from('80cf0001' + '00000001', 'hex')
    const padded = Buffer.concat([buildBye([3]), Buffer.from([0, 0, 0, 4])])
    padded.writeUInt8(padded.readUInt8(0) | 0x20, 0)
    padded.writeUInt16BE(padded.length / 4 - 1, 2)
    const names = parse(
      Buffer.concat([buildSenderReport(report, 'c'), unknown, buildPictureLoss(1, 2), padded]),
    ).map(([name]) => name)
    expect(names).toEqual(['sr', 'pli', 'bye'])
  })

  it('hands over what came before something malformed', () => {
    const { calls, handler } = recorder()
    const cut = buildPictureLoss(1, 3).subarray(0, 10)
    expect(parseRtcp(Buffer.concat([buildPictureLoss(1, 2), cut]), handler)).toBe(false)
    expect(calls).toEqual([['pli', 2, 1]])
    expect(parseRtcp(Buffer.alloc(0), handler)).toBe(false)
    // Says 31 blocks and has none.
    expect(parseRtcp(Buffer.from('9fc90001' + '00000001', 'hex'), handler)).toBe(false)
    expect(calls.length).toBe(1)
  })

  it.each(fuzzSeeds(4))('takes any bytes (seed %i)', (seed) => {
    const random = seededRandom(seed)
    const valid = [
      buildSenderReport(report, 'roomful', [block, block]),
      buildReceiverReport(1, 'c', [block]),
      buildNack(1, 2, [1, 5, 9, 400]),
      buildRemb(1, 300_000, [1, 2, 3]),
      buildBye([1, 2]),
      buildPictureLoss(1, 2),
    ]
    let calls = 0
    const { handler } = recorder()
    const counting: RtcpHandler = { ...handler, onReportBlock: () => calls++, onNack: () => calls++ }
    for (let i = 0; i < 5000; i++) {
      const parts = Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
        return valid[Math.floor(random() * valid.length)] ?? Buffer.alloc(0)
      })
      const packet = Buffer.concat(parts)
      for (let flips = Math.floor(random() * 6); flips > 0; flips--) {
        packet.writeUInt8(Math.floor(random() * 256), Math.floor(random() * packet.length))
      }
      parseRtcp(random() < 0.3 ? packet.subarray(0, Math.floor(random() * packet.length)) : packet, counting)
      parseRtcp(
        Buffer.from(Array.from({ length: Math.floor(random() * 40) }, () => random() * 256)),
        counting,
      )
    }
    expect(calls).toBeGreaterThan(1000)
  })
})

describe('NTP', () => {
  it('converts Unix time', () => {
    expect(ntpFromEpochMs(0)).toEqual({ seconds: 2_208_988_800, fraction: 0 })
    expect(ntpFromEpochMs(1500)).toEqual({ seconds: 2_208_988_801, fraction: 2 ** 31 })
    expect(compactNtp({ seconds: 0x12345678, fraction: 0x9abcdef0 })).toBe(0x56789abc)
  })

  it('computes the round trip time, also across the wrap of the compact form', () => {
    for (const sentAt of [1_700_000_000_000, (0x10000 * 30_000 - 2_208_988_800) * 1000 - 100]) {
      const lastSenderReport = compactNtp(ntpFromEpochMs(sentAt))
      const answer = { lastSenderReport, delaySinceLastSenderReport: Math.round(0.5 * 65536) }
      expect(roundTripTimeMs(answer, sentAt + 500 + 80)).toBeCloseTo(80, 0)
      expect(roundTripTimeMs(answer, sentAt + 499)).toBe(0)
      expect(roundTripTimeMs(answer, sentAt)).toBeUndefined()
    }
    expect(roundTripTimeMs({ lastSenderReport: 0, delaySinceLastSenderReport: 5 }, 1e12)).toBeUndefined()
  })
})
