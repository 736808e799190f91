import { setTimeout as delay } from 'node:timers/promises'
import { silenceCodecs } from '@roomful/media/video/codecs'
import { Closers } from './bench/Closers.ts'
import { parseCliOptions, usage, type CliOptions } from './cliOptions.ts'
import { cameraClip } from './clip.ts'
import { MemberHost } from './MemberHost.ts'
import type { MemberReport } from './memberMessages.ts'
import { median } from './statistics.ts'
import { TokenClient } from './TokenClient.ts'

/** Simulated members in one room of any server, and a line every second of what they receive. */
const membersPerProcess = 8

const closers = new Closers()
const stopped = new AbortController()

async function main(): Promise<number> {
  let options: CliOptions
  try {
    options = parseCliOptions(process.argv.slice(2), process.env)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    return 1
  }
  silenceCodecs()
  const clip = cameraClip()
  const hosts: MemberHost[] = []
  for (let first = 0; first < options.members; first += membersPerProcess) {
    hosts.push(await closers.add(MemberHost.start(clip)))
  }
  const failed = await joinAll(options, hosts)
  if (failed === options.members) return 1

  const endMs = performance.now() + (options.seconds ?? Infinity) * 1000
  let before = await reportsOf(hosts)
  let beforeMs = performance.now()
  while (performance.now() < endMs && !stopped.signal.aborted) {
    await delay(1000, undefined, { signal: stopped.signal }).catch(() => {})
    const after = await reportsOf(hosts)
    const nowMs = performance.now()
    console.log(lineOf(options.members, before, after, (nowMs - beforeMs) / 1000))
    before = after
    beforeMs = nowMs
    if (after.length > 0 && after.every(({ endedBy }) => endedBy !== undefined)) return 1
  }
  return 0
}

/** Resolves with the number of those who did not get in. */
async function joinAll(options: CliOptions, hosts: readonly MemberHost[]): Promise<number> {
  const tokens = new TokenClient(options.httpUrl, options.credentials)
  const joins = await Promise.allSettled(
    Array.from({ length: options.members }, async (_, index) => {
      const name = `Member ${index + 1}`
      const host = hosts[Math.floor(index / membersPerProcess)]
      return host?.join({
        url: options.webSocketUrl,
        token: await tokens.token(options.roomName, name),
        name,
        sound: index < options.speakers ? { toneHz: 300 + (index % 20) * 110 } : 'silence',
        sendsVideo: true,
        ...(options.bindAddress === undefined ? {} : { bindAddress: options.bindAddress }),
      })
    }),
  )
  const failures = joins.flatMap((join) => (join.status === 'rejected' ? [String(join.reason)] : []))
  for (const failure of new Set(failures)) console.error(failure)
  const joinedMs = joins.flatMap((join) => (join.status === 'fulfilled' ? [join.value?.joinedMs ?? 0] : []))
  if (joinedMs.length > 0) console.log(`${joinedMs.length} joined, median ${Math.round(median(joinedMs))} ms`)
  return failures.length
}

async function reportsOf(hosts: readonly MemberHost[]): Promise<MemberReport[]> {
  return (await Promise.all(hosts.map((host) => host.report()))).flat()
}

function lineOf(members: number, before: MemberReport[], after: MemberReport[], seconds: number): string {
  const perMember = (count: 'frames' | 'audioPackets' | 'videoPackets'): string => {
    const total = (reports: MemberReport[]): number => reports.reduce((sum, report) => sum + report[count], 0)
    return ((total(after) - total(before)) / seconds / Math.max(1, after.length)).toFixed(1)
  }
  const connected = after.filter((report) => report.connected).length
  const ended = new Set(after.flatMap(({ endedBy }) => endedBy ?? []))
  return (
    `${connected} of ${members} connected; each receives ${perMember('frames')} frames/s, ` +
    `${perMember('videoPackets')} video and ${perMember('audioPackets')} audio packets/s; ` +
    `the layout shows ${after[0]?.tiles.length ?? 0}` +
    (ended.size > 0 ? `; ended by the server: ${[...ended].join(', ')}` : '')
  )
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The processes of the members end with this one, so a second signal may cut it short.
    if (stopped.signal.aborted) process.exit(1)
    stopped.abort()
  })
}

const code = await main().catch((error: unknown) => {
  console.error(error)
  return 1
})
await closers.closeAll()
process.exit(code)
