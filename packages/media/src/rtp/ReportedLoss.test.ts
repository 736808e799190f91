import { expect, it } from 'vitest'
import { ReportedLoss } from './ReportedLoss.ts'

const block = (highestSequence: number, cumulativeLost: number) => ({
  ssrc: 1,
  fractionLost: 200,
  cumulativeLost,
  highestSequence,
  jitter: 0,
  lastSenderReport: 0,
  delaySinceLastSenderReport: 0,
})

it('ReportedLoss tells of whole intervals, however often reports come', () => {
  const loss = new ReportedLoss()
  const told = []
  // 100 packets a second, every tenth lost; a report every 100 ms.
  for (let i = 0; i <= 30; i++) told.push(loss.onReport(block(1000 + i * 10, i), i * 100))
  expect(told.filter((share) => share !== undefined)).toEqual([0.1, 0.1, 0.1])
})

it('ReportedLoss leaves out late reports, and starts again with the receiver', () => {
  const loss = new ReportedLoss()
  expect(loss.onReport(block(100_000, 10), 0)).toBeUndefined()
  expect(loss.onReport(block(99_990, 9), 2000)).toBeUndefined()
  expect(loss.onReport(block(100_100, 5), 2000)).toBe(0)
  expect(loss.onReport(block(100, 0), 4000)).toBeUndefined()
  expect(loss.onReport(block(200, 50), 6000)).toBe(0.5)
})

it('ReportedLoss waits for enough packets, and counts across the wrap', () => {
  const loss = new ReportedLoss()
  loss.onReport(block(2 ** 32 - 10, 0), 0)
  expect(loss.onReport(block(2, 1), 5000)).toBeUndefined()
  expect(loss.onReport(block(30, 4), 6000)).toBe(0.1)
})
