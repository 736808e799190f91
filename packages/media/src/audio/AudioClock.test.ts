import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { AudioClock, maxCatchUpTicks } from './AudioClock.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

test('ticks every 20 ms without drift, although timers count whole milliseconds', () => {
  const clock = new AudioClock()
  const times: number[] = []
  const startMs = performance.now()
  clock.add((nowMs) => times.push(nowMs - startMs))
  expect(vi.getTimerCount()).toBe(0)
  clock.start()
  vi.advanceTimersByTime(10_000)
  expect(times).toHaveLength(500)
  expect(times[499]).toBe(10_000)
  clock.stop()
  expect(vi.getTimerCount()).toBe(0)
})

test('has one timer for all, and none when nobody listens', () => {
  const clock = new AudioClock()
  const first = vi.fn()
  const second = vi.fn()
  clock.start()
  expect(vi.getTimerCount()).toBe(0)
  clock.add(first)
  clock.add(second)
  expect(vi.getTimerCount()).toBe(1)
  vi.advanceTimersByTime(100)
  clock.remove(first)
  vi.advanceTimersByTime(100)
  expect(first).toHaveBeenCalledTimes(5)
  expect(second).toHaveBeenCalledTimes(10)
  clock.remove(second)
  expect(vi.getTimerCount()).toBe(0)
})

test('makes up for a short delay and skips what is beyond', () => {
  let nowMs = 0
  const clock = new AudioClock({ now: () => nowMs })
  const times: number[] = []
  clock.add((dueMs) => times.push(dueMs))
  clock.start()
  nowMs = 65
  vi.advanceTimersToNextTimer()
  expect(times).toEqual([20, 40, 60])
  times.length = 0
  nowMs = 1065
  vi.advanceTimersToNextTimer()
  expect(times).toEqual([80, 100, 120, 140, 160])
  expect(times).toHaveLength(maxCatchUpTicks)
  expect(clock.skippedTicks).toBe(45)
  times.length = 0
  nowMs = 1080
  vi.advanceTimersToNextTimer()
  expect(times).toEqual([1080])
  clock.stop()
})

test('a timer that fires early waits for the rest', () => {
  let nowMs = 0
  const clock = new AudioClock({ now: () => nowMs })
  const tick = vi.fn()
  clock.add(tick)
  clock.start()
  nowMs = 19.4
  vi.advanceTimersToNextTimer()
  expect(tick).not.toHaveBeenCalled()
  nowMs = 20.1
  vi.advanceTimersToNextTimer()
  expect(tick).toHaveBeenCalledExactlyOnceWith(20)
  clock.stop()
})

test('a tick that throws is reported and stops nobody', () => {
  const errors: unknown[] = []
  const clock = new AudioClock({ onError: (error) => errors.push(error) })
  const other = vi.fn()
  const failure = new Error('no sound')
  clock.add(() => {
    throw failure
  })
  clock.add(other)
  clock.start()
  vi.advanceTimersByTime(40)
  expect(errors).toEqual([failure, failure])
  expect(other).toHaveBeenCalledTimes(2)
  clock.stop()
})

test('may be stopped and started by a tick', () => {
  const clock = new AudioClock()
  let ticks = 0
  clock.add(() => {
    if (++ticks === 2) {
      clock.stop()
      clock.start()
    }
    if (ticks === 4) clock.stop()
  })
  clock.start()
  vi.advanceTimersByTime(40)
  expect(vi.getTimerCount()).toBe(1)
  vi.advanceTimersByTime(1000)
  expect(ticks).toBe(4)
  expect(vi.getTimerCount()).toBe(0)
})
