import { expect, test } from 'vitest'
import { ReconnectPolicy } from './ReconnectPolicy.ts'

const delays = (random: number) => {
  const policy = new ReconnectPolicy({ random: () => random })
  return [0, 1, 2, 3, 20].map((attempt) => policy.nextDelayMs(attempt, attempt * 1_000))
}

test('first almost at once, then 1 to 4 s, then a little longer', () => {
  expect(delays(0)).toEqual([0, 1_000, 1_250, 1_250, 1_250])
  expect(delays(0.999)).toEqual([300, 3_997, 4_996, 4_996, 4_996])
})

test('outlasts a minute without network, and ends after two', () => {
  const policy = new ReconnectPolicy()
  expect(policy.nextDelayMs(20, 65_000)).toBeTypeOf('number')
  expect(policy.nextDelayMs(20, 120_000)).toBeUndefined()
})
