import { expect, test } from 'vitest'
import { atMost } from './atMost.ts'

test('runs everything, never more than allowed at a time, and keeps the order of the results', async () => {
  let running = 0
  let most = 0
  const results = await atMost(3, 10, async (index) => {
    most = Math.max(most, ++running)
    await new Promise<void>((resolve) => setTimeout(resolve, index % 3))
    running--
    if (index === 4) throw new RangeError('four')
    return index * index
  })
  expect(most).toBe(3)
  expect(
    results.map((result) => (result.status === 'fulfilled' ? result.value : String(result.reason))),
  ).toEqual([0, 1, 4, 9, 'RangeError: four', 25, 36, 49, 64, 81])
  expect(await atMost(3, 0, () => Promise.resolve(1))).toEqual([])
})
