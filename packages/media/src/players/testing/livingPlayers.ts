import { readdirSync, readFileSync } from 'node:fs'

/** Processes of players that this process has started and that have not ended. */
export function livingPlayerPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const [, state, parent] =
          /^\d+ \(.*\) (\S) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
        const isChild = Number(parent) === process.pid && state !== 'Z'
        return isChild && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('playerMain')
      } catch {
        // It ended while it was looked at.
        return false
      }
    })
}
