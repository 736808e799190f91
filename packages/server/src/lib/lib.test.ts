import { describe, expect, it } from 'vitest'
import { systemClock } from './Clock.ts'
import { QueueFullError, SerialQueue } from './SerialQueue.ts'
import { TokenBucket } from './TokenBucket.ts'
import { withTimeout } from './withTimeout.ts'

describe('SerialQueue', () => {
  it('runs one task after the other and lets a failing one concern only its caller', async () => {
    const queue = new SerialQueue(10)
    const log: string[] = []
    const slow = queue.run(async () => {
      log.push('slow begins')
      await new Promise((resolve) => setImmediate(resolve))
      log.push('slow ends')
      return 1
    })
    const failing = queue.run(() => {
      log.push('failing')
      throw new Error('no')
    })
    const last = queue.run(() => log.push('last'))
    await expect(failing).rejects.toThrow('no')
    expect(await slow).toBe(1)
    await last
    expect(log).toEqual(['slow begins', 'slow ends', 'failing', 'last'])
    await queue.drained()
    expect(queue.size).toBe(0)
  })

  it('refuses more than its limit', async () => {
    const queue = new SerialQueue(2)
    const tasks = [queue.run(() => 1), queue.run(() => 2)]
    await expect(queue.run(() => 3)).rejects.toThrow(QueueFullError)
    expect(await Promise.all(tasks)).toEqual([1, 2])
    expect(await queue.run(() => 4)).toBe(4)
  })
})

describe('TokenBucket', () => {
  it('lets a burst pass, then the rate', () => {
    let nowMs = 0
    const bucket = new TokenBucket(
      { nowMs: () => nowMs, setTimeout: () => () => {} },
      { perSecond: 10, burst: 3 },
    )
    const takeAll = (): number => {
      let taken = 0
      while (bucket.take()) taken++
      return taken
    }
    expect(takeAll()).toBe(3)
    nowMs = 150
    expect(takeAll()).toBe(1)
    nowMs = 100_000
    expect(takeAll()).toBe(3)
    nowMs = 0
    expect(takeAll()).toBe(0)
  })
})

describe('withTimeout', () => {
  it('gives the outcome, or the error of the time-out, and leaves no timer', async () => {
    const timers = new Set<() => void>()
    const clock = {
      nowMs: () => 0,
      setTimeout: (task: () => void) => {
        timers.add(task)
        return () => timers.delete(task)
      },
    }
    expect(await withTimeout(clock, Promise.resolve(5), 10, () => new Error('late'))).toBe(5)
    await expect(
      withTimeout(clock, Promise.reject(new Error('own')), 10, () => new Error('late')),
    ).rejects.toThrow('own')
    expect(timers.size).toBe(0)
    const late = withTimeout(clock, new Promise(() => {}), 10, () => new Error('late'))
    for (const fire of timers) fire()
    await expect(late).rejects.toThrow('late')
  })
})

describe('systemClock', () => {
  it('calls back, unless cancelled', async () => {
    const log: string[] = []
    const cancel = systemClock.setTimeout(() => log.push('cancelled'), 0)
    cancel()
    await new Promise<void>((resolve) => {
      systemClock.setTimeout(() => {
        log.push('fired')
        resolve()
      }, -5)
    })
    expect(log).toEqual(['fired'])
  })

  it('waits for longer than the longest timer of Node without firing at once', async () => {
    let fired = false
    const cancel = systemClock.setTimeout(() => (fired = true), 2 ** 31 + 1000)
    await new Promise((resolve) => setImmediate(() => setTimeout(resolve, 5)))
    cancel()
    expect(fired).toBe(false)
  })
})
