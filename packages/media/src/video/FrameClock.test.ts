import { expect, test } from 'vitest'

import { FrameClock } from './FrameClock.ts'

test('ticks lie on one grid; beats missed while the thread was busy are left out and counted', async () => {
  const intervalMs = 20
  const ticks: { frameNumber: number; atMs: number }[] = []
  const startMs = performance.now()
  const clock = new FrameClock(1000 / intervalMs, (frameNumber) => {
    ticks.push({ frameNumber, atMs: performance.now() - startMs })
    // Three beats pass without a chance.
    if (ticks.length === 5) while (performance.now() - startMs < ticks[4]!.atMs + 75);
  })
  clock.start()
  await expect.poll(() => ticks.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(15)
  clock.stop()

  const numbers = ticks.map((tick) => tick.frameNumber)
  expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
  expect(clock.skipped).toBe(numbers.at(-1)! + 1 - numbers.length)
  expect(numbers[5]! - numbers[4]!).toBeGreaterThanOrEqual(3)
  // Never before its beat: what was late is not made up for by haste.
  for (const { frameNumber, atMs } of ticks) expect(atMs).toBeGreaterThan((frameNumber - 0.6) * intervalMs)
  const { length } = ticks
  await new Promise((resolve) => setImmediate(resolve))
  expect(ticks).toHaveLength(length)
})
