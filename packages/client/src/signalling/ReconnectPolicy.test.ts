import { expect, test } from 'vitest'
import { ReconnectPolicy } from './ReconnectPolicy.ts'

const delays = (random: number) => {
  const policy = new ReconnectPolicy({ random: () => random })
  return Array.from({ length: 13 }, (_, attempt) => policy.nextDelayMs(attempt))
}

test('first almost at once, then 1 to 4 s, then longer, then it stops', () => {
  expect(delays(0)).toEqual([0, 1_000, ...Array<number>(10).fill(2_000), undefined])
  const longest = delays(0.999)
  expect(longest.slice(0, 3)).toEqual([300, 3_997, 7_994])
  expect(Math.max(...longest.slice(0, -1).map(Number))).toBeLessThanOrEqual(8_000)
})

test('goes on for about a minute', () => {
  const totalMs = delays(0.5).reduce<number>((sum, delay) => sum + (delay ?? 0), 0)
  expect(totalMs).toBeGreaterThan(45_000)
  expect(totalMs).toBeLessThan(75_000)
})
