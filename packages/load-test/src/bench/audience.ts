import { setPriority } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { atMost } from '../atMost.ts'
import { MemberHost } from '../MemberHost.ts'
import type { MemberReport } from '../memberMessages.ts'
import type { VideoClip } from '../VideoClip.ts'
import { worst } from '../statistics.ts'
import { canvas } from './cores.ts'
import { readUsage, sum, usageBetween } from './processUsage.ts'
import { joinRoom, leaveRoom, type RoomOfMembers } from './room.ts'
import type { ServerUnderTest } from './ServerUnderTest.ts'

const roomMembers = 4
const viewersPerProcess = 100
const joinsAtOnce = 25
/** What the viewers say of their lines: too little for anything but the smallest picture. */
const viewerBps = 150_000
/** Until everybody has the picture that suits it, and the server has looked once whether more would pass. */
const settleMs = 8000
const audioPacketsPerSecond = 50

export type AudienceOptions = {
  server: ServerUnderTest
  /** For the room's members. */
  hosts: readonly MemberHost[]
  clip: VideoClip
  sizes: readonly number[]
  roundMs: number
  log(line: string): void
}

export type AudienceResult = {
  viewers: number
  /** Of them, connected and with picture and sound all the time. */
  served: number
  packetsPerSecond: number
  /** CPU time of the media process without its video thread, per packet that a further viewer costs. */
  microsecondsPerPacket: number
  /** Of the worst of the room's members: its frames as a share of all. */
  memberFrameShare: number
  memberAudioShare: number
  memberLongestAudioGapMs: number
}

/**
 * A room of four with a growing audience. The first viewer brings what is made once for all of them, so the
 * further ones are compared with a room that has one.
 */
export async function measureAudience(options: AudienceOptions): Promise<AudienceResult[]> {
  const { server, hosts, clip, log } = options
  const roomName = 'bench-audience'
  const members = roomMembers
  const room = await joinRoom({ server, hosts, roomName, members, speakers: members })
  const viewerHosts: MemberHost[] = []
  const viewers: RoomOfMembers = []
  const results: AudienceResult[] = []
  const grow = async (size: number): Promise<void> => {
    while (viewerHosts.length * viewersPerProcess < size) viewerHosts.push(await startViewerHost(clip))
    const joins = await atMost(joinsAtOnce, size - viewers.length, async () => {
      const host = viewerHosts[Math.floor(viewers.length / viewersPerProcess)] ?? viewerHosts.at(-1)
      if (host === undefined) throw new RangeError('There is no process for viewers')
      const token = await server.tokens.token(roomName, 'Viewer', { join_as: 'audience' })
      const member = await host.join({
        url: server.webSocketUrl,
        token,
        name: 'Viewer',
        sound: 'none',
        sendsVideo: false,
        bindAddress: '127.0.0.1',
        rembBps: viewerBps,
      })
      viewers.push({ host, member })
    })
    for (const join of joins)
      if (join.status === 'rejected') log(`a viewer did not get in: ${String(join.reason)}`)
    await delay(settleMs)
  }
  try {
    await grow(1)
    const alone = await measure(options, viewerHosts)
    for (const size of options.sizes) {
      await grow(size)
      const round = await measure(options, viewerHosts)
      const result = resultOf(size, alone, round)
      results.push(result)
      log(
        `${size} viewers: ${result.served} served, ${Math.round(result.packetsPerSecond)} packets/s, ` +
          `${result.microsecondsPerPacket.toFixed(1)} µs each; ` +
          `media process ${round.cores.media.toFixed(2)} cores, viewers ${round.cores.viewers.toFixed(2)}`,
      )
    }
  } finally {
    await Promise.all(viewerHosts.map((host) => host.close()))
  }
  await leaveRoom(room)
  return results
}

/** Where the machine is too small, the viewers wait, not what is measured. */
const viewerNiceness = 5

async function startViewerHost(clip: VideoClip): Promise<MemberHost> {
  const host = await MemberHost.start(clip)
  if (host.pid !== undefined) setPriority(host.pid, viewerNiceness)
  return host
}

type Received = { report: MemberReport; frames: number; audioPackets: number; packets: number }
type Round = {
  seconds: number
  /** Of the media process without its video thread. */
  cpuMs: number
  /** Everything, to tell whether the machine was large enough for both ends. */
  cores: { media: number; viewers: number }
  members: Received[]
  viewers: Received[]
}

async function measure(
  { server, hosts, roundMs }: AudienceOptions,
  viewerHosts: readonly MemberHost[],
): Promise<Round> {
  const before = [await reportsOf(hosts), await reportsOf(viewerHosts)] as const
  const usageBefore = readUsage(server.mediaPid)
  const viewerPids = viewerHosts.flatMap((host) => host.pid ?? [])
  const viewersBefore = viewerPids.map(readUsage)
  const startMs = performance.now()
  await delay(roundMs)
  const usage = usageBetween(usageBefore, readUsage(server.mediaPid))
  const viewersMs = sum(
    viewersBefore.flatMap((before) => [...usageBetween(before, readUsage(before.pid)).values()]),
  )
  const elapsedMs = performance.now() - startMs
  const after = [await reportsOf(hosts), await reportsOf(viewerHosts)] as const
  return {
    seconds: elapsedMs / 1000,
    cpuMs: sum(usage.values()) - (usage.get('WorkerThread') ?? 0),
    cores: { media: sum(usage.values()) / elapsedMs, viewers: viewersMs / elapsedMs },
    members: difference(before[0], after[0]),
    viewers: difference(before[1], after[1]),
  }
}

function resultOf(size: number, alone: Round, round: Round): AudienceResult {
  const packets = (each: Round): number => sum(each.viewers.map((viewer) => viewer.packets)) / each.seconds
  const cpuMsPerSecond = (each: Round): number => each.cpuMs / each.seconds
  const further = packets(round) - packets(alone)
  const isServed = ({ report, frames, audioPackets }: Received): boolean =>
    report.connected && frames > 0 && audioPackets > 0
  const least = (count: 'frames' | 'audioPackets', perSecond: number): number =>
    Math.min(...round.members.map((member) => member[count])) / (perSecond * round.seconds)
  return {
    viewers: size,
    served: round.viewers.filter(isServed).length,
    packetsPerSecond: packets(round),
    microsecondsPerPacket: ((cpuMsPerSecond(round) - cpuMsPerSecond(alone)) * 1000) / further,
    memberFrameShare: least('frames', canvas.fps),
    memberAudioShare: least('audioPackets', audioPacketsPerSecond),
    memberLongestAudioGapMs: worst(round.members.map(({ report }) => report.longestAudioGapMs)),
  }
}

async function reportsOf(hosts: readonly MemberHost[]): Promise<MemberReport[][]> {
  return Promise.all(hosts.map((host) => host.report()))
}

/** What was received between two reports, host by host. */
function difference(before: readonly MemberReport[][], after: readonly MemberReport[][]): Received[] {
  return after.flatMap((reports, host) => {
    const known = new Map(before[host]?.map((report) => [report.id, report]))
    return reports.map((report) => {
      const then = known.get(report.id)
      const audioPackets = report.audioPackets - (then?.audioPackets ?? 0)
      const videoPackets = report.videoPackets - (then?.videoPackets ?? 0)
      const frames = report.frames - (then?.frames ?? 0)
      return { report, frames, audioPackets, packets: audioPackets + videoPackets }
    })
  })
}
