import { fork } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { repairPath } from './recording/repairPath.ts'

/** What is really in a recording's file. */
export type RecordingProbe = { durationMs: number; sizeBytes: number }

export type ProbeOptions = {
  /** Then it goes with what was found so far. Default: 60,000. */
  timeoutMs?: number
}

const entry = fileURLToPath(new URL('./probeMain.ts', import.meta.url))

/**
 * What a recording holds that was perhaps cut off, by a crash or a power cut; null if there is no file, or nothing
 * in it that can be played. A file that was cut off becomes an ordinary MP4 if there is room for a copy; else it
 * stays as it is, which is playable too. Works in a process of its own: the caller needs no codecs, and a broken
 * file harms nobody. Never rejects.
 *
 * @param path Of an MP4 that nobody writes any more.
 */
export function probeRecording(path: string, { timeoutMs = 60_000 }: ProbeOptions = {}) {
  if (!existsSync(path)) return Promise.resolve(null)
  return new Promise<RecordingProbe | null>((resolve) => {
    let found: RecordingProbe | null = null
    const child = fork(entry, [path], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] })
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    const settle = (): void => {
      clearTimeout(timer)
      rmSync(repairPath(path), { force: true })
      resolve(found)
    }
    child.on('message', (probe) => (found = (probe as RecordingProbe | null) ?? found))
    child.once('error', settle)
    child.once('exit', settle)
  })
}
