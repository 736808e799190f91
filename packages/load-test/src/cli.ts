import { setTimeout as delay } from 'node:timers/promises'
import { silenceCodecs } from '@roomful/media/video/codecs'
import { atMost } from './atMost.ts'
import { Closers } from './bench/Closers.ts'
import { parseCliOptions, usage, type CliOptions } from './cliOptions.ts'
import { cameraClip } from './clip.ts'
import { MemberHost, type HostedMember } from './MemberHost.ts'
import type { MemberReport } from './memberMessages.ts'
import { median, worst } from './statistics.ts'
import { TokenClient } from './TokenClient.ts'

/** Simulated members and viewers in one room of any server, and a line every second of what they receive. */
const membersPerProcess = 8
/** They send nothing. */
const audiencePerProcess = 100
/** More at a time only wait for one another. */
const joinsAtOnce = 25

type Crowd = {
  what: string
  size: number
  hosts: MemberHost[]
  join(host: MemberHost, index: number): Promise<HostedMember>
}

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
  const crowds: Crowd[] = []
  for (const crowd of [membersOf(options), audienceOf(options)]) {
    const processes = Math.ceil(crowd.size / crowd.perProcess)
    const hosts: MemberHost[] = []
    for (let number = 0; number < processes; number++) hosts.push(await closers.add(MemberHost.start(clip)))
    if (crowd.size > 0) crowds.push({ ...crowd, hosts })
  }
  let isAnybodyIn = false
  for (const crowd of crowds) isAnybodyIn = (await joinAll(crowd)) || isAnybodyIn
  if (!isAnybodyIn) return 1

  const endMs = performance.now() + (options.seconds ?? Infinity) * 1000
  let before = await Promise.all(crowds.map(reportsOf))
  let beforeMs = performance.now()
  while (performance.now() < endMs && !stopped.signal.aborted) {
    await delay(1000, undefined, { signal: stopped.signal }).catch(() => {})
    const after = await Promise.all(crowds.map(reportsOf))
    const nowMs = performance.now()
    for (const [index, crowd] of crowds.entries())
      console.log(lineOf(crowd, before[index] ?? [], after[index] ?? [], (nowMs - beforeMs) / 1000))
    before = after
    beforeMs = nowMs
    if (after.flat().every(({ endedBy }) => endedBy !== undefined)) return 1
  }
  return 0
}

function membersOf(options: CliOptions): Omit<Crowd, 'hosts'> & { perProcess: number } {
  const tokens = new TokenClient(options.httpUrl, options.credentials)
  return {
    what: 'members',
    size: options.members,
    perProcess: membersPerProcess,
    join: async (host, index) => {
      const name = `Member ${index + 1}`
      return host.join({
        url: options.webSocketUrl,
        token: await tokens.token(options.roomName, name),
        name,
        sound: index < options.speakers ? { toneHz: 300 + (index % 20) * 110 } : 'silence',
        sendsVideo: true,
        ...(options.bindAddress === undefined ? {} : { bindAddress: options.bindAddress }),
      })
    },
  }
}

function audienceOf(options: CliOptions): Omit<Crowd, 'hosts'> & { perProcess: number } {
  const tokens = new TokenClient(options.httpUrl, options.credentials)
  return {
    what: 'audience',
    size: options.audience,
    perProcess: audiencePerProcess,
    join: async (host, index) => {
      const name = `Viewer ${index + 1}`
      return host.join({
        url: options.webSocketUrl,
        token: await tokens.token(options.roomName, name, { join_as: 'audience' }),
        name,
        sound: 'none',
        sendsVideo: false,
        ...(options.audienceBps === undefined ? {} : { rembBps: options.audienceBps }),
        ...(options.bindAddress === undefined ? {} : { bindAddress: options.bindAddress }),
      })
    },
  }
}

/** Resolves with whether anybody got in. */
async function joinAll({ what, size, hosts, join }: Crowd): Promise<boolean> {
  const joins = await atMost(joinsAtOnce, size, (index) =>
    join(hosts[index % hosts.length] as MemberHost, index),
  )
  const failures = joins.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []))
  for (const failure of new Set(failures)) console.error(failure)
  const joinedMs = joins.flatMap((each) => (each.status === 'fulfilled' ? [each.value.joinedMs] : []))
  if (joinedMs.length === 0) return false
  console.log(`${what}: ${joinedMs.length} joined, median ${Math.round(median(joinedMs))} ms`)
  return true
}

async function reportsOf({ hosts }: Crowd): Promise<MemberReport[]> {
  return (await Promise.all(hosts.map((host) => host.report()))).flat()
}

function lineOf(
  { what, size }: Crowd,
  before: readonly MemberReport[],
  after: readonly MemberReport[],
  seconds: number,
): string {
  const each = (count: 'frames' | 'audioPackets' | 'videoPackets'): string => {
    const total = (reports: readonly MemberReport[]): number =>
      reports.reduce((sum, report) => sum + report[count], 0)
    return ((total(after) - total(before)) / seconds / Math.max(1, after.length)).toFixed(1)
  }
  const connected = after.filter((report) => report.connected).length
  const ended = new Set(after.flatMap(({ endedBy }) => endedBy ?? []))
  const gapMs = worst(after.map(({ longestAudioGapMs }) => longestAudioGapMs))
  return (
    `${what}: ${connected} of ${size} connected; each receives ${each('frames')} frames/s, ` +
    `${each('videoPackets')} video and ${each('audioPackets')} audio packets/s, ` +
    `${Math.round(gapMs)} ms without sound at most; the layout shows ${after[0]?.tiles.length ?? 0}` +
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
