import { expect, test } from 'vitest'

import { FrameIntake, type SourceFrame } from './FrameIntake.ts'
import type { FrameBatch } from './videoMessages.ts'

function setUp() {
  const batches: FrameBatch[] = []
  const asked: string[] = []
  const clock = { nowMs: 1000 }
  const taken = new Int32Array(1)
  const intake = new FrameIntake({
    taken,
    post: (batch) => batches.push(batch),
    onKeyframeNeeded: (sourceId) => asked.push(sourceId),
    nowMs: () => clock.nowMs,
  })
  const posted = (): FrameBatch['frames'] => {
    intake.flush()
    return batches.flatMap((batch) => batch.frames)
  }
  return { batches, asked, clock, taken, intake, posted }
}

function frame(isKey: boolean, bytes: number[] = [1, 2, 3]): SourceFrame {
  return { codec: 'vp8', data: Uint8Array.from(bytes), isKey }
}

test('frames of one turn of the event loop travel in one message, in order, their bytes copied', async () => {
  const { batches, intake } = setUp()
  const reused = frame(true, [1, 2])
  intake.push('a', reused)
  intake.push('b', frame(true, [3, 4, 5]))
  intake.push('a', frame(false, [6]))
  await expect.poll(() => batches.length).toBe(1)
  reused.data.fill(9)
  expect([...new Uint8Array(batches[0]!.bytes)]).toEqual([1, 2, 3, 4, 5, 6])
  expect(batches[0]!.frames).toEqual([
    { sourceId: 'a', codec: 'vp8', isKey: true, length: 2 },
    { sourceId: 'b', codec: 'vp8', isKey: true, length: 3 },
    { sourceId: 'a', codec: 'vp8', isKey: false, length: 1 },
  ])
  intake.close()
})

test('a worker that lags loses frames up to the next keyframe, which is asked for once there is room', () => {
  const { asked, clock, taken, intake, posted } = setUp()
  intake.push('a', frame(true))
  expect(posted()).toHaveLength(1)
  clock.nowMs += 401
  intake.push('a', frame(false))
  intake.push('a', frame(true))
  expect(posted()).toHaveLength(1)
  expect(asked).toEqual([])
  expect(intake.dropped).toBe(2)

  taken[0] = 1
  intake.push('a', frame(false))
  clock.nowMs += 100
  intake.push('a', frame(false))
  expect(posted()).toHaveLength(1)
  expect(asked).toEqual(['a'])
  clock.nowMs += 500
  intake.push('a', frame(false))
  expect(asked).toEqual(['a', 'a'])
  intake.push('a', frame(true))
  intake.push('a', frame(false))
  expect(posted().map(({ isKey }) => isKey)).toEqual([true, true, false])
})

test('no more than 1024 frames are under way, even when the count of the worker wraps around', () => {
  const { taken, intake, posted } = setUp()
  for (let source = 0; source < 30; source++) {
    for (let count = 0; count < 50; count++) intake.push(`s${source}`, frame(true))
  }
  expect(posted()).toHaveLength(1024)
  expect(intake.dropped).toBe(1500 - 1024)
  taken[0] = 1024
  intake.push('s0', frame(true))
  expect(posted()).toHaveLength(1025)
})

test('a source may send 65 frames per second, others are not touched by one that sends more', () => {
  const { clock, taken, intake, posted } = setUp()
  for (let ms = 0; ms < 4000; ms++) {
    clock.nowMs += 1
    intake.push('flood', frame(true))
    if (ms % 40 === 0) intake.push('good', frame(ms === 0))
    taken[0] = posted().length
  }
  const sent = posted()
  expect(sent.filter(({ sourceId }) => sourceId === 'good')).toHaveLength(100)
  const flood = sent.filter(({ sourceId }) => sourceId === 'flood').length
  expect(flood).toBeGreaterThanOrEqual(4 * 65)
  expect(flood).toBeLessThanOrEqual(5 * 65 + 1)
})

test('empty and enormous frames are dropped', () => {
  const { intake, posted } = setUp()
  intake.push('a', frame(true, []))
  intake.push('a', { codec: 'vp8', data: new Uint8Array(2_000_001), isKey: true })
  expect(posted()).toEqual([])
})
