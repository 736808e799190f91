import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

import { PlayerProcess, type PlayerProcessLimits } from './PlayerProcess.ts'

const generous: PlayerProcessLimits = { maxRssBytes: 4 * 2 ** 30, maxSilenceMs: 60_000 }

/** Why a process of that module was ended; `module`: in `testing/`. */
async function endOf(module: string, limits: Partial<PlayerProcessLimits>): Promise<string[]> {
  const ends: string[] = []
  const process = new PlayerProcess(
    { onMessage: () => {}, onMedia: () => {}, onExit: (why) => ends.push(why) },
    { ...generous, ...limits },
    fileURLToPath(new URL(`./testing/${module}.ts`, import.meta.url)),
  )
  await process.exited
  return ends
}

test('a process whose memory grows too large is ended, and says so', async () => {
  expect(await endOf('greedyProcess', { maxRssBytes: 192 * 2 ** 20 })).toEqual([
    'it needs more than 192 MiB of memory',
  ])
})

test('a process that says nothing is ended as one that is stuck', async () => {
  expect(await endOf('silentProcess', { maxSilenceMs: 600 })).toEqual(['its process was stuck for 0.6 s'])
})
