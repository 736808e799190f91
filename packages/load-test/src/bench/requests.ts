import { setTimeout as delay } from 'node:timers/promises'
import type { MemberHost } from '../MemberHost.ts'
import { median, percentile, worst } from '../statistics.ts'
import { readUsage, sum, usageBetween } from './processUsage.ts'
import { joinRoom, leaveRoom } from './room.ts'
import { benchCredentials, type ServerUnderTest } from './ServerUnderTest.ts'

const roomMembers = 4
const perSecond = 200
const audioPacketsPerSecond = 50
const requestTimeoutMs = 10_000
/** Rooms that the requests are about. */
const roomCount = 50
/** What beyond it is silence to an ear: a receiver's jitter buffer covers less. */
export const audibleGapMs = 100

export type RequestsResult = {
  requests: number
  /** By status class, `5` for 500 to 599; `0` for none at all. */
  statuses: Readonly<Record<number, number>>
  medianMs: number
  p95Ms: number
  worstMs: number
  /** Of the server's own process, which is one thread. */
  serverCores: number
  /** Of the worst member: packets as a share of all, and the longest time without one. */
  memberAudioShare: number
  memberLongestAudioGapMs: number
}

export type RequestsOptions = {
  server: ServerUnderTest
  hosts: readonly MemberHost[]
  durationMs: number
  log(line: string): void
}

/** REST under load, 200 requests a second, while a room of four runs beside it. */
export async function measureRequests({
  server,
  hosts,
  durationMs,
  log,
}: RequestsOptions): Promise<RequestsResult> {
  const room = await joinRoom({
    server,
    hosts,
    roomName: 'bench-requests',
    members: roomMembers,
    speakers: roomMembers,
  })
  const caller = new Caller(server.url)
  await caller.prepare()
  const before = (await Promise.all(hosts.map((host) => host.report()))).flat()
  const usageBefore = readUsage(server.pid)
  const startMs = performance.now()
  const calls: Promise<Call>[] = []
  // Open loop: a slow answer does not keep the next request waiting.
  while (performance.now() - startMs < durationMs) {
    const dueMs = (calls.length / perSecond) * 1000
    const waitMs = dueMs - (performance.now() - startMs)
    if (waitMs > 1) await delay(waitMs)
    calls.push(caller.call(calls.length))
  }
  const answered = await Promise.all(calls)
  const elapsedMs = performance.now() - startMs
  const serverMs = sum(usageBetween(usageBefore, readUsage(server.pid)).values())
  const after = (await Promise.all(hosts.map((host) => host.report()))).flat()
  await leaveRoom(room)

  const tookMs = answered.map((call) => call.tookMs)
  const statuses: Record<number, number> = {}
  for (const { status } of answered) {
    const kind = Math.floor(status / 100)
    statuses[kind] = (statuses[kind] ?? 0) + 1
  }
  const known = new Map(before.map((report) => [report.id, report.audioPackets]))
  const shares = after.map(
    ({ id, audioPackets }) =>
      (audioPackets - (known.get(id) ?? 0)) / (audioPacketsPerSecond * (elapsedMs / 1000)),
  )
  const result = {
    requests: answered.length,
    statuses,
    medianMs: median(tookMs),
    p95Ms: percentile(tookMs, 95),
    worstMs: worst(tookMs),
    serverCores: serverMs / elapsedMs,
    memberAudioShare: Math.min(...shares),
    memberLongestAudioGapMs: worst(after.map(({ longestAudioGapMs }) => longestAudioGapMs)),
  }
  log(
    `${result.requests} requests: p95 ${result.p95Ms.toFixed(1)} ms, ` +
      `${statuses[5] ?? 0} with 5xx; longest gap in sound ${Math.round(result.memberLongestAudioGapMs)} ms`,
  )
  return result
}

type Call = { status: number; tookMs: number }

/** Reads and writes as an application does: rooms, tokens, lists. */
class Caller {
  readonly #url: string
  readonly #headers: Record<string, string>
  #rooms: string[] = []

  constructor(url: string) {
    const { projectId, apiToken } = benchCredentials
    this.#url = `${url}/api/video`
    this.#headers = {
      authorization: `Basic ${Buffer.from(`${projectId}:${apiToken}`).toString('base64')}`,
      'content-type': 'application/json',
    }
  }

  async prepare(): Promise<void> {
    this.#rooms = []
    for (let index = 0; index < roomCount; index++) {
      const name = `bench-${process.pid}-${index}-${Math.round(performance.now())}`
      const response = await this.#fetch('POST', '/rooms', { name })
      this.#rooms.push(((await response.json()) as { id: string }).id)
    }
  }

  async call(number: number): Promise<Call> {
    const room = this.#rooms[number % roomCount]!
    const startMs = performance.now()
    let status = 0
    try {
      const response = await this.#send(number, room)
      status = response.status
      await response.arrayBuffer()
    } catch {
      // No answer at all: status 0.
    }
    return { status, tookMs: performance.now() - startMs }
  }

  #send(number: number, room: string): Promise<Response> {
    switch (number % 5) {
      case 0:
        return this.#fetch('GET', `/rooms/${room}?include_active_session=true`)
      case 1:
        return this.#fetch('POST', '/room_tokens', { room_name: 'bench', user_name: 'Ann' })
      case 2:
        return this.#fetch('PUT', `/rooms/${room}`, { max_members: 2 + (number % 100) })
      case 3:
        return this.#fetch('GET', '/rooms?page_size=20')
      default:
        return this.#fetch('GET', '/room_sessions?status=in-progress')
    }
  }

  #fetch(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(this.#url + path, {
      method,
      headers: this.#headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(requestTimeoutMs),
    })
  }
}
