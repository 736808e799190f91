import { pino } from 'pino'
import { expect, test } from 'vitest'
import { ManualClock } from '../../test/support/ManualClock.ts'
import { Retention } from './Retention.ts'

const hourMs = 3_600_000

test('old sessions are removed in batches, one after the other, and again every hour', async () => {
  const clock = new ManualClock()
  const startMs = clock.nowMs()
  const asked: { atMs: number; beforeMs: number; limit: number }[] = []
  let left = 1200
  let fails = false
  const prune = async (endedBeforeMs: number, limit: number): Promise<number> => {
    asked.push({ atMs: clock.nowMs() - startMs, beforeMs: endedBeforeMs - clock.nowMs(), limit })
    if (fails) throw new Error('The database is away')
    const removed = Math.min(limit, left)
    left -= removed
    return removed
  }
  const retention = new Retention({
    ...{ store: { sessions: { prune } }, clock, keptMs: 30 * 24 * hourMs },
    logger: pino({ level: 'silent' }),
  })
  retention.start()
  await clock.advance(60_000 + 1000)
  expect(left).toBe(0)
  const bounds = { beforeMs: -30 * 24 * hourMs, limit: 500 }
  expect(asked).toEqual([60_000, 60_100, 60_200].map((atMs) => ({ atMs, ...bounds })))
  // What goes wrong once does not end it.
  fails = true
  await clock.advance(hourMs)
  expect(asked).toHaveLength(4)
  fails = false
  left = 3
  await clock.advance(hourMs)
  expect([asked.length, left]).toEqual([5, 0])
  await retention.close()
  expect(clock.pending).toBe(0)
})
