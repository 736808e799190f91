import type { PlaybackResult } from '@roomful/media/players/bench/playback'
import { cpus, totalmem } from 'node:os'
import { median, percentile, worst } from '../statistics.ts'
import type { AudienceResult } from './audience.ts'
import { sumOf, type CoresResult } from './cores.ts'
import type { GlassToGlass } from './glassToGlass.ts'
import type { JoinTimesMs } from './joins.ts'
import type { OutputsResult } from './outputs.ts'
import { audibleGapMs, type RequestsResult } from './requests.ts'
import { toMarkdown, toText, type Table } from './table.ts'

/** What the project wants to stay within. */
export const targets = {
  ratio: 1.35,
  bothOutputs: 1.15,
  joinedMs: 1000,
  firstFrameMs: 1500,
  glassToGlassMs: 200,
} as const

export type Results = {
  cores?: readonly CoresResult[]
  audience?: readonly AudienceResult[]
  outputs?: OutputsResult
  playback?: PlaybackResult
  requests?: RequestsResult
  simulatedJoins?: JoinTimesMs
  browserJoins?: JoinTimesMs
  glassToGlass?: GlassToGlass
}

/**
 * What Janus 1.1.2 (streaming plugin, C) takes in milliseconds for 1,000 packets sent, measured on the same kind of
 * machine: with 10 viewers and with 50.
 */
const janusMs = { few: { viewers: 10, ms: 54.0 }, many: { viewers: 50, ms: 63.6 } } as const

const megabyte = 1024 * 1024

/** Everything measured, as text or as Markdown. */
export function report(results: Results, isMarkdown: boolean): string {
  const render = isMarkdown ? toMarkdown : toText
  const heading = (text: string): string => (isMarkdown ? `### ${text}` : `\n${text.toUpperCase()}`)
  const parts: string[] = []
  if (results.cores !== undefined) {
    parts.push(heading('Cores'), render(coresTable(results.cores)))
    parts.push(heading('Where the room spends them'), render(splitTable(results.cores)))
  }
  if (results.audience !== undefined)
    parts.push(heading('An audience before a room of four'), render(audienceTable(results.audience)))
  if (results.outputs !== undefined)
    parts.push(heading('Recording and streaming a room of four'), render(outputsTable(results.outputs)))
  if (results.requests !== undefined)
    parts.push(
      heading('200 REST requests a second beside a room of four'),
      render(requestsTable(results.requests)),
    )
  if (results.playback !== undefined)
    parts.push(heading('Playing a 720p file in a room'), render(playbackTable(results.playback)))
  if (results.simulatedJoins !== undefined || results.browserJoins !== undefined) {
    parts.push(heading('Joining a room of four'), render(joinsTable(results)))
  }
  if (results.glassToGlass !== undefined)
    parts.push(heading('Glass to glass'), render(delayTable(results.glassToGlass)))
  return parts.join(isMarkdown ? '\n\n' : '\n')
}

/** The machine, in a line. */
export function describeMachine(): string {
  const [cpu, ...others] = cpus()
  const gigabytes = Math.round(totalmem() / megabyte / 1024)
  return `${cpu?.model.trim() ?? 'unknown CPU'}, ${others.length + 1} cores, ${gigabytes} GB, Node ${process.versions.node}`
}

function coresTable(results: readonly CoresResult[]): Table {
  return {
    columns: [
      'members',
      'room',
      'video codecs alone',
      'with Opus',
      'ratio',
      `≤ ${targets.ratio}`,
      'RSS',
      'fps',
    ],
    rows: results.map(({ members, room, floor, isComplete }) => {
      const ratio = room.total / sumOf(floor)
      return [
        String(members),
        cores(room.total),
        cores(floor.video),
        cores(sumOf(floor)),
        ratio.toFixed(2),
        isComplete ? verdict(ratio <= targets.ratio) : 'machine too busy',
        `${Math.round(room.rssBytes / megabyte)} MB`,
        room.fps.toFixed(1),
      ]
    }),
  }
}

function splitTable(results: readonly CoresResult[]): Table {
  return {
    columns: [
      'members',
      'video thread',
      'its codecs alone',
      'main thread',
      'its codecs alone',
      'ICE, DTLS, SRTP',
      'V8 threads',
      'server',
    ],
    rows: results.map(({ members, room, floor }) => [
      String(members),
      cores(room.video),
      cores(floor.video),
      cores(room.mediaMain),
      cores(floor.opusDecode + floor.opusEncode),
      cores(room.transport),
      cores(room.engine),
      cores(room.server),
    ]),
  }
}

function requestsTable(result: RequestsResult): Table {
  const failed = (result.statuses[5] ?? 0) + (result.statuses[0] ?? 0)
  return {
    columns: [
      'requests',
      'failed',
      'median',
      'p95',
      'worst',
      'server process',
      "worst member's sound",
      'longest gap in it',
      'all well',
    ],
    rows: [
      [
        String(result.requests),
        String(failed),
        `${result.medianMs.toFixed(1)} ms`,
        `${result.p95Ms.toFixed(1)} ms`,
        `${Math.round(result.worstMs)} ms`,
        `${result.serverCores.toFixed(2)} cores`,
        `${(result.memberAudioShare * 100).toFixed(1)} %`,
        `${Math.round(result.memberLongestAudioGapMs)} ms`,
        failed === 0 && result.memberLongestAudioGapMs <= audibleGapMs ? 'yes' : 'no',
      ],
    ],
  }
}

function audienceTable(results: readonly AudienceResult[]): Table {
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
  return {
    columns: [
      'viewers',
      'served',
      'packets/s',
      'CPU per 1,000 packets',
      'Janus',
      'no dearer',
      'frames of the worst member',
      'its sound',
      'longest gap in it',
    ],
    rows: results.map((result) => {
      const janus = result.viewers <= janusMs.few.viewers ? janusMs.few : janusMs.many
      return [
        String(result.viewers),
        String(result.served),
        String(Math.round(result.packetsPerSecond)),
        `${result.microsecondsPerPacket.toFixed(1)} ms`,
        `${janus.ms.toFixed(1)} ms (${janus.viewers})`,
        verdict(result.microsecondsPerPacket <= janus.ms),
        percent(result.memberFrameShare),
        percent(result.memberAudioShare),
        milliseconds(result.memberLongestAudioGapMs),
      ]
    }),
  }
}

function outputsTable({ extraCores: { recording, stream, both }, fps, isComplete }: OutputsResult): Table {
  const ratio = both / Math.max(recording, stream)
  return {
    columns: ['720p', 'extra cores', 'of the dearer one', `≤ ${targets.bothOutputs}`, 'fps'],
    rows: [
      ['one recording', cores(recording), '', '', ''],
      ['one RTMP stream', cores(stream), '', '', ''],
      [
        'both',
        cores(both),
        ratio.toFixed(2),
        isComplete ? verdict(ratio <= targets.bothOutputs) : 'machine too busy',
        fps.toFixed(1),
      ],
    ],
  }
}

function playbackTable({ extraCores, playerCores, fps, isComplete }: PlaybackResult): Table {
  return {
    columns: ['extra cores', 'of them the process that decodes', 'pictures per second', ''],
    rows: [[cores(extraCores), cores(playerCores), fps.toFixed(1), isComplete ? '' : 'machine too busy']],
  }
}

function joinsTable({ simulatedJoins, browserJoins }: Results): Table {
  const rows: string[][] = []
  const add = (who: string, what: string, valuesMs: readonly number[], targetMs: number): void => {
    const worstMs = worst(valuesMs)
    rows.push([
      `${who}: ${what}`,
      String(valuesMs.length),
      milliseconds(median(valuesMs)),
      milliseconds(worstMs),
      `≤ ${targetMs} ms`,
      verdict(worstMs <= targetMs),
    ])
  }
  for (const [who, times] of [
    ['simulated member', simulatedJoins],
    ['Chromium, our SDK', browserJoins],
  ] as const) {
    if (times === undefined) continue
    add(who, who.startsWith('Chromium') ? 'join()' : 'room.joined', times.joined, targets.joinedMs)
    add(who, 'first composed frame', times.firstFrame, targets.firstFrameMs)
  }
  return { columns: ['from the start of the join', 'joins', 'median', 'worst', 'target', 'met'], rows }
}

function delayTable({ delaysMs, framesShown }: GlassToGlass): Table {
  const medianMs = median(delaysMs)
  return {
    columns: [
      'Chromium, our SDK, room of four',
      'frames',
      'median',
      'p95',
      'worst',
      'target for the median',
      'met',
    ],
    rows: [
      [
        'drawn → seen in the composite',
        `${delaysMs.length} of ${framesShown}`,
        milliseconds(medianMs),
        milliseconds(percentile(delaysMs, 95)),
        milliseconds(worst(delaysMs)),
        `≤ ${targets.glassToGlassMs} ms`,
        verdict(medianMs <= targets.glassToGlassMs),
      ],
    ],
  }
}

function cores(value: number): string {
  return value.toFixed(3)
}

function milliseconds(value: number): string {
  return `${Math.round(value)} ms`
}

function verdict(isMet: boolean): string {
  return isMet ? 'yes' : 'NO'
}
