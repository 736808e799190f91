import { parseArgs } from 'node:util'

const sections = ['cores', 'audience', 'outputs', 'requests', 'joins', 'delay'] as const
export type Section = (typeof sections)[number]

export type BenchOptions = {
  help: boolean
  only: readonly Section[]
  markdown: boolean
  sizes: readonly number[]
  /** How many members of a room are heard; undefined: all. */
  speakers: number | undefined
  /** Viewers of the room whose further viewers are measured, ascending. */
  audience: readonly number[]
  rounds: number
  roundMs: number
  simulatedJoins: number
  browserJoins: number
  delayMs: number
  /** How long REST is under load. */
  requestsMs: number
}

export const usage = `npm run bench -- [options]

  --quick             shorter: one round, 2 and 9 members, fewer joins
  --only=cores,joins  only some of: ${sections.join(', ')}
  --sizes=2,4         members of the rooms whose cores are measured (default 2,4,9,16)
  --audience=10,300   viewers of the room whose packets are measured (default 10,50,300)
  --speakers=2        how many of them are heard, the others send silence (default: all)
  --markdown          the tables as they stand in docs/performance.md`

/** @throws Error that says what is allowed. */
export function parseOptions(args: string[]): BenchOptions {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      sizes: { type: 'string' },
      audience: { type: 'string' },
      speakers: { type: 'string' },
      markdown: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { quick } = values
  return {
    help: values.help,
    only: values.only === undefined ? sections : values.only.split(',').map(toSection),
    markdown: values.markdown,
    sizes:
      values.sizes === undefined
        ? quick
          ? [2, 9]
          : [2, 4, 9, 16]
        : values.sizes.split(',').map((text) => toCount('--sizes', text)),
    audience:
      values.audience === undefined
        ? quick
          ? [50]
          : [10, 50, 300]
        : values.audience
            .split(',')
            .map((text) => toCount('--audience', text, 2, 1000))
            .sort((a, b) => a - b),
    speakers: values.speakers === undefined ? undefined : toCount('--speakers', values.speakers),
    rounds: quick ? 1 : 3,
    roundMs: quick ? 3000 : 5000,
    simulatedJoins: quick ? 8 : 24,
    browserJoins: quick ? 3 : 6,
    delayMs: quick ? 5000 : 12_000,
    requestsMs: quick ? 5000 : 30_000,
  }
}

function toSection(text: string): Section {
  const section = sections.find((name) => name === text)
  if (section === undefined) throw new RangeError(`--only takes ${sections.join(', ')}, not "${text}"`)
  return section
}

function toCount(option: string, text: string, least = 1, most = 100): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < least || count > most) {
    throw new RangeError(`${option} takes whole numbers from ${least} to ${most}, not "${text}"`)
  }
  return count
}
