import { expect, it } from 'vitest'
import { maxReorderToleranceMs, NackList } from './NackList.ts'
import { seededRandom } from './testSupport.ts'

/** Packets every 5 ms with up to `jitterMs` of delay each; `loss`: share that comes by a resend 200 ms after the NACK. */
function run(
  list: NackList,
  { jitterMs, loss, packets }: { jitterMs: number; loss: number; packets: number },
) {
  const random = seededRandom(5)
  const arrivals = Array.from({ length: packets }, (_, sequence) => ({
    sequence,
    atMs: random() < loss ? Infinity : sequence * 5 + random() * jitterMs,
  }))
  const due = [...arrivals].filter(({ atMs }) => atMs < Infinity).sort((a, b) => a.atMs - b.atMs)
  const resends = new Map<number, number>()
  let end = 0
  let asked = 0
  for (let nowMs = 0; nowMs < packets * 5 + 1000; nowMs += 5) {
    while (due[0] !== undefined && due[0].atMs <= nowMs) {
      const { sequence } = due.shift()!
      if (sequence >= end) {
        list.add(end, sequence, nowMs)
        end = sequence + 1
      } else list.received(sequence, nowMs)
    }
    for (const [sequence, atMs] of resends) {
      if (atMs > nowMs) continue
      resends.delete(sequence)
      list.received(sequence, nowMs)
    }
    for (const sequence of list.takeDue(nowMs)) {
      asked++
      if (arrivals[sequence]?.atMs === Infinity) resends.set(sequence, nowMs + 200)
    }
  }
  return asked
}

it('NackList learns to wait where packets overtake each other', () => {
  const list = new NackList({ maxEntries: 512 })
  list.setRoundTripTime(200)
  run(list, { jitterMs: 200, loss: 0, packets: 400 })
  expect(list.reorderToleranceMs).toBeGreaterThan(100)
  expect(list.reorderToleranceMs).toBeLessThanOrEqual(maxReorderToleranceMs)
  // Nearly every packet is overtaken; few are asked for.
  expect(run(list, { jitterMs: 200, loss: 0, packets: 400 })).toBeLessThan(60)
})

it('NackList asks at once where packets are lost and nothing is late by itself, and again after jitter is over', () => {
  const list = new NackList({ maxEntries: 512 })
  list.setRoundTripTime(200)
  run(list, { jitterMs: 0, loss: 0.1, packets: 1000 })
  expect(list.reorderToleranceMs).toBe(10)
  run(list, { jitterMs: 150, loss: 0, packets: 400 })
  const afterJitterMs = list.reorderToleranceMs
  run(list, { jitterMs: 0, loss: 0.2, packets: 1500 })
  expect(list.reorderToleranceMs).toBeLessThan(afterJitterMs / 3)
})
