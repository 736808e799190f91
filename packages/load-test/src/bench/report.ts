import { cpus, totalmem } from 'node:os'
import { median, percentile, worst } from '../statistics.ts'
import { sumOf, type CoresResult } from './cores.ts'
import type { GlassToGlass } from './glassToGlass.ts'
import type { JoinTimesMs } from './joins.ts'
import { toMarkdown, toText, type Table } from './table.ts'

/** What the project wants to stay within. */
export const targets = { ratio: 1.35, joinedMs: 1000, firstFrameMs: 1500, glassToGlassMs: 200 } as const

export type Results = {
  cores?: readonly CoresResult[]
  simulatedJoins?: JoinTimesMs
  browserJoins?: JoinTimesMs
  glassToGlass?: GlassToGlass
}

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
