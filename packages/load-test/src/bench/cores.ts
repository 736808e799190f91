import { setTimeout as delay } from 'node:timers/promises'
import type { RoomMediaOptions } from '@roomful/media'
import { cameraFormat } from '../clip.ts'
import type { MemberHost } from '../MemberHost.ts'
import type { VideoClip } from '../VideoClip.ts'
import { measureFloor, type CodecFloor } from './codecFloor.ts'
import { readRss, readUsage, sum, usageBetween } from './processUsage.ts'
import { joinRoom, leaveRoom } from './room.ts'
import type { ServerUnderTest } from './ServerUnderTest.ts'

/** The canvas of a room by default: what `RoomService` asks of a media process for 720p. */
export const canvas: RoomMediaOptions = { width: 1280, height: 720, fps: 25, videoBitrateBps: 2_000_000 }

const warmUpMs = 1500
/** Of the room's pictures so many must have come, or the machine was too busy for the round to count. */
const completeShare = 0.97
/** Names that Node gives the threads it has besides those that run JavaScript. */
const engineThreads = ['V8Worker', 'DelayedTaskSche', 'SignalInspector', 'libuv-worker']

export type CoresOptions = {
  server: ServerUnderTest
  hosts: readonly MemberHost[]
  clip: VideoClip
  sizes: readonly number[]
  /** How many members of a room are heard; the others send packets of silence. Default: all. */
  speakers?: number
  rounds: number
  roundMs: number
  log(line: string): void
}

/** Cores by where they are spent. */
export type RoomUsage = {
  /** Server and media process together. */
  total: number
  server: number
  /** JavaScript of the media process: RTP, the mixer, Opus. */
  mediaMain: number
  /** The room's video worker. */
  video: number
  /** ICE, DTLS and SRTP in native threads. */
  transport: number
  /** V8's and libuv's own threads: compiling, collecting garbage. */
  engine: number
  /** Resident memory of server and media process, bytes. */
  rssBytes: number
  /** Frames of the composite per second that a member received. */
  fps: number
}

export type CoresResult = {
  members: number
  speakers: number
  /** Of the complete rounds the one in the middle, of the room and of the floor. */
  room: RoomUsage
  floor: CodecFloor
  /** Whether there was a complete round: one that left out no pictures, which would make it cheap. */
  isComplete: boolean
  rounds: { room: RoomUsage; floor: CodecFloor }[]
}

/** Rooms of several sizes, measured in turn with the codecs alone, so that a busy machine hits both. */
export async function measureCores(options: CoresOptions): Promise<CoresResult[]> {
  const results: CoresResult[] = []
  for (const members of options.sizes) {
    const speakers = Math.min(options.speakers ?? members, members)
    const rounds: CoresResult['rounds'] = []
    for (let round = 0; round < options.rounds; round++) {
      const { usage, tiles } = await measureRoom(options, members, speakers, round)
      const floor = await measureFloor({
        canvas,
        clip: options.clip,
        clipWidth: cameraFormat.width,
        clipHeight: cameraFormat.height,
        tiles,
        speakers,
        durationMs: options.roundMs,
      })
      rounds.push({ room: usage, floor })
      options.log(
        `${members} members, round ${round + 1} of ${options.rounds}: ${usage.total.toFixed(3)} cores at ` +
          `${usage.fps.toFixed(1)} fps, codecs alone ${sumOf(floor).toFixed(3)}`,
      )
    }
    const complete = rounds.filter((one) => one.room.fps >= canvas.fps * completeShare)
    const counted = complete.length > 0 ? complete : rounds
    const room = middle(counted, (one) => one.room.total)?.room
    const floor = middle(counted, (one) => sumOf(one.floor))?.floor
    if (room === undefined || floor === undefined) throw new RangeError('At least one round is needed')
    results.push({ members, speakers, room, floor, isComplete: complete.length > 0, rounds })
  }
  return results
}

/** The one with the median value; of an even number the lower of the two. */
function middle<T>(items: readonly T[], valueOf: (item: T) => number): T | undefined {
  return items.toSorted((a, b) => valueOf(a) - valueOf(b))[(items.length - 1) >> 1]
}

export function sumOf({ video, opusDecode, opusEncode }: CodecFloor): number {
  return video + opusDecode + opusEncode
}

async function measureRoom(options: CoresOptions, members: number, speakers: number, round: number) {
  const { server, hosts } = options
  const room = await joinRoom({ server, hosts, roomName: `bench-${members}-${round}`, members, speakers })
  await delay(warmUpMs)
  const framesBefore = await framesOf(hosts)
  const before = server.pids.map(readUsage)
  const startMs = performance.now()
  await delay(options.roundMs)
  const after = server.pids.map(readUsage)
  const elapsedMs = performance.now() - startMs
  const reports = (await Promise.all(hosts.map((host) => host.report()))).flat()
  const framesAfter = await framesOf(hosts)
  const rssBytes = sum(server.pids.map(readRss))
  await leaveRoom(room)

  const tiles = reports[0]?.tiles ?? []
  if (tiles.length !== members) throw new Error(`The layout shows ${tiles.length} of ${members} members`)
  const [serverThreads, mediaThreads] = before.map((usage, index) => {
    const then = after[index]
    return then === undefined ? new Map<string, number>() : usageBetween(usage, then)
  })
  const cores = (ms: number): number => ms / elapsedMs
  const media = mediaThreads ?? new Map<string, number>()
  const serverMs = sum(serverThreads?.values() ?? [])
  const mediaMs = sum(media.values())
  const mainMs = media.get('MainThread') ?? 0
  const workerMs = media.get('WorkerThread') ?? 0
  const engineMs = sum(engineThreads.map((name) => media.get(name) ?? 0))
  const usage: RoomUsage = {
    total: cores(serverMs + mediaMs),
    server: cores(serverMs),
    mediaMain: cores(mainMs),
    video: cores(workerMs),
    transport: cores(mediaMs - mainMs - workerMs - engineMs),
    engine: cores(engineMs),
    rssBytes,
    fps: ((framesAfter.mean - framesBefore.mean) * 1000) / (framesAfter.atMs - framesBefore.atMs),
  }
  return { usage, tiles }
}

async function framesOf(hosts: readonly MemberHost[]): Promise<{ mean: number; atMs: number }> {
  const reports = (await Promise.all(hosts.map((host) => host.report()))).flat()
  return { mean: sum(reports.map(({ frames }) => frames)) / reports.length, atMs: performance.now() }
}
