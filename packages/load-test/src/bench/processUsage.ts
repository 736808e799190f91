import { readdirSync, readFileSync } from 'node:fs'

/** Linux reports process times in units of this, whatever the kernel's own tick is (`USER_HZ`). */
const clockTickMs = 10

export type ThreadUsage = { name: string; cpuMs: number }

/** CPU time since the thread began: user and system. */
export type ProcessUsage = { pid: number; threads: Map<number, ThreadUsage> }

/** Nanoseconds on a CPU from `/proc/…/schedstat`, as milliseconds. */
export function parseSchedstat(text: string): number {
  return Number(text.split(' ')[0]) / 1e6
}

/** User and system time from `/proc/…/stat`, as milliseconds; for kernels without schedstat. */
export function parseStat(text: string): number {
  // The name is in parentheses and may hold anything, parentheses too.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * clockTickMs
}

/** Resident memory from `/proc/…/status`, in bytes. */
export function parseRss(text: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024
}

/** CPU time of every thread of a process. Threads that end while they are read are left out. */
export function readUsage(pid: number): ProcessUsage {
  const threads = new Map<number, ThreadUsage>()
  for (const entry of readdirSync(`/proc/${pid}/task`)) {
    const directory = `/proc/${pid}/task/${entry}`
    const cpuMs =
      readOrUndefined(`${directory}/schedstat`, parseSchedstat) ??
      readOrUndefined(`${directory}/stat`, parseStat)
    const name = readOrUndefined(`${directory}/comm`, (text) => text.trim())
    if (cpuMs !== undefined && name !== undefined) threads.set(Number(entry), { name, cpuMs })
  }
  return { pid, threads }
}

/** CPU time between two readings, by name of thread. A thread that began in between counts from its beginning. */
export function usageBetween(before: ProcessUsage, after: ProcessUsage): Map<string, number> {
  const byName = new Map<string, number>()
  for (const [tid, { name, cpuMs }] of after.threads) {
    const used = cpuMs - (before.threads.get(tid)?.cpuMs ?? 0)
    byName.set(name, (byName.get(name) ?? 0) + used)
  }
  return byName
}

export function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}

/** Resident memory of a process in bytes. */
export function readRss(pid: number): number {
  return parseRss(readFileSync(`/proc/${pid}/status`, 'utf8'))
}

/** Process ids of the children of a process. */
export function childrenOf(pid: number): number[] {
  const children: number[] = []
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const parent = readOrUndefined(`/proc/${entry}/stat`, (text) => {
      return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])
    })
    if (parent === pid) children.push(Number(entry))
  }
  return children
}

function readOrUndefined<T>(path: string, parse: (text: string) => T): T | undefined {
  try {
    return parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
