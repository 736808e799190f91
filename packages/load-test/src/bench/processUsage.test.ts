import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import {
  childrenOf,
  parseRss,
  parseSchedstat,
  parseStat,
  readRss,
  readUsage,
  sum,
  usageBetween,
} from './processUsage.ts'

test('reads what Linux writes', () => {
  expect(parseSchedstat('1234567890 55 12\n')).toBeCloseTo(1234.56789)
  // Fields 14 and 15 (utime, stime), behind a name with a space and a parenthesis.
  expect(parseStat('42 (a) b) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 12 0 100')).toBe(3000)
  expect(parseRss('VmHWM:\t  99 kB\nVmRSS:\t  1024 kB\n')).toBe(1024 * 1024)
})

test('counts by name of thread, new threads from their beginning', () => {
  const before = {
    pid: 1,
    threads: new Map([
      [1, { name: 'main', cpuMs: 100 }],
      [2, { name: 'io', cpuMs: 5 }],
    ]),
  }
  const after = {
    pid: 1,
    threads: new Map([
      [1, { name: 'main', cpuMs: 130 }],
      [2, { name: 'io', cpuMs: 6 }],
      [3, { name: 'io', cpuMs: 7 }],
    ]),
  }
  expect([...usageBetween(before, after)]).toEqual([
    ['main', 30],
    ['io', 8],
  ])
})

test.runIf(process.platform === 'linux')('sees the time this process spends', () => {
  const before = readUsage(process.pid)
  const own = process.cpuUsage()
  while (sum(Object.values(process.cpuUsage(own))) < 150_000) Math.sqrt(2)
  const used = sum(usageBetween(before, readUsage(process.pid)).values())
  expect(used).toBeGreaterThan(120)
  expect(readRss(process.pid)).toBeGreaterThan(10 * 1024 * 1024)
})

test.runIf(process.platform === 'linux')('finds the children of a process', async () => {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)'], { stdio: 'ignore' })
  try {
    await once(child, 'spawn')
    expect(childrenOf(process.pid)).toContain(child.pid)
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})
