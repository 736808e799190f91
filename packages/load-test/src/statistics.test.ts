import { expect, test } from 'vitest'
import { median, percentile, worst } from './statistics.ts'

test('the median is the middle value, or the mean of the middle two', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([4, 1, 3, 100])).toBe(3.5)
  expect(median([7])).toBe(7)
})

test('a percentile is a value that was measured: the smallest that enough are not above', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index)
  expect(percentile(values, 95)).toBe(95)
  expect(percentile(values, 100)).toBe(100)
  expect(percentile(values, 0)).toBe(1)
  expect(percentile([3, 1, 2], 95)).toBe(3)
})

test('the worst is the largest', () => {
  expect(worst([3, 8, 2])).toBe(8)
  expect(worst([-3, -8])).toBe(-3)
})

test('nothing measured gives no number, and the values given stay in their order', () => {
  expect([median([]), percentile([], 95), worst([])]).toEqual([Number.NaN, Number.NaN, Number.NaN])
  const values = [3, 1, 2]
  median(values)
  percentile(values, 50)
  expect(values).toEqual([3, 1, 2])
})
