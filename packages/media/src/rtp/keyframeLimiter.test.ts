import { expect, it } from 'vitest'
import { KeyframeLimiter } from './keyframeLimiter.ts'

it('KeyframeLimiter lets one request through per interval and remembers one that came too early', () => {
  const limiter = new KeyframeLimiter()
  expect(limiter.due(0)).toBe(false)
  expect(limiter.request(10)).toBe(true)
  expect(limiter.due(5000)).toBe(false)
  expect(limiter.request(5000)).toBe(true)
  expect(limiter.request(5100)).toBe(false)
  expect(limiter.request(5200)).toBe(false)
  expect(limiter.due(5299)).toBe(false)
  expect(limiter.due(5300)).toBe(true)
  expect(limiter.due(5700)).toBe(false)
  expect(limiter.request(5400)).toBe(false)
  limiter.cancel()
  expect(limiter.due(9000)).toBe(false)
})

it('KeyframeLimiter takes another interval', () => {
  const limiter = new KeyframeLimiter(1000)
  expect(limiter.request(0)).toBe(true)
  expect(limiter.request(999)).toBe(false)
  expect(limiter.due(1000)).toBe(true)
})
