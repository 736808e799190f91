import { describe, expect, it } from 'vitest'
import { ReceiveStatistics } from './ReceiveStatistics.ts'

/** Packets of 10 ms at 90 kHz from `first` on; `lost` are left out. */
function receive(statistics: ReceiveStatistics, first: number, count: number, lost: number[] = []) {
  for (let i = first; i < first + count; i++) {
    if (!lost.includes(i)) statistics.onPacket(i & 0xffff, (i * 900) >>> 0, 100, i * 10)
  }
}

describe('ReceiveStatistics', () => {
  it('has nothing to say before the first packet', () => {
    expect(new ReceiveStatistics(1, 90000).takeReportBlock(0)).toBeUndefined()
  })

  it('counts loss for the interval and in all, across the wrap', () => {
    const statistics = new ReceiveStatistics(42, 90000)
    receive(statistics, 65500, 100, [65510, 65535, 65536, 65560])
    expect(statistics.takeReportBlock(0)).toEqual({
      ssrc: 42,
      fractionLost: Math.floor((4 / 100) * 256),
      cumulativeLost: 4,
      highestSequence: 65599,
      jitter: 0,
      lastSenderReport: 0,
      delaySinceLastSenderReport: 0,
    })
    receive(statistics, 65600, 10)
    expect(statistics.takeReportBlock(0)).toMatchObject({ fractionLost: 0, cumulativeLost: 4 })
    expect(statistics.packetsReceived).toBe(106)
    expect(statistics.octetsReceived).toBe(10600)
  })

  it('counts a resend as received, and duplicates below zero', () => {
    const statistics = new ReceiveStatistics(1, 90000)
    receive(statistics, 0, 10, [4])
    statistics.onPacket(4, 4 * 900, 100, 500)
    expect(statistics.takeReportBlock(0)).toMatchObject({ cumulativeLost: 0, jitter: 0 })
    statistics.onPacket(4, 4 * 900, 100, 501)
    expect(statistics.takeReportBlock(0)).toMatchObject({ cumulativeLost: -1, fractionLost: 0 })
  })

  it('smooths jitter as RFC 3550 A.8 does, over a timestamp wrap', () => {
    const statistics = new ReceiveStatistics(1, 90000)
    let expected = 0
    let before = 0
    for (let i = 0; i < 200; i++) {
      const lateMs = (i * 7) % 5
      statistics.onPacket(i, (0xffffffff - 50 * 900 + i * 900) >>> 0, 10, i * 10 + lateMs)
      if (i > 0) expected += (Math.abs(lateMs - before) * 90 - expected) / 16
      before = lateMs
    }
    expect(expected).toBeGreaterThan(100)
    expect(statistics.takeReportBlock(0)?.jitter).toBe(Math.floor(expected))
    expect(statistics.jitterMs).toBeCloseTo(expected / 90, 6)
  })

  it('starts again after two packets of a restarted sender, not after one stray', () => {
    const statistics = new ReceiveStatistics(1, 90000)
    receive(statistics, 100, 10)
    statistics.onPacket(40000, 0, 10, 0)
    expect(statistics.takeReportBlock(0)).toMatchObject({ highestSequence: 109, cumulativeLost: 0 })
    statistics.onPacket(50000, 0, 10, 0)
    statistics.onPacket(50001, 0, 10, 0)
    expect(statistics.takeReportBlock(0)).toMatchObject({ highestSequence: 50001, cumulativeLost: 0 })
  })

  it('echoes the last sender report and how long ago it came', () => {
    const statistics = new ReceiveStatistics(1, 90000)
    receive(statistics, 0, 1)
    statistics.onSenderReport({ seconds: 0x11112222, fraction: 0x33334444 }, 1000)
    expect(statistics.takeReportBlock(1500)).toMatchObject({
      lastSenderReport: 0x22223333,
      delaySinceLastSenderReport: 32768,
    })
  })
})
