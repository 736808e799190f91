import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { freePort } from '@roomful/media/testing/freePorts'
import { waitFor } from './support/waitFor.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const dataDir = mkdtempSync(join(tmpdir(), 'roomful-main-'))
afterAll(() => rmSync(dataDir, { recursive: true }))

const startTimeoutMs = 60_000

type Run = { child: ChildProcess; output: () => string; exitCode: Promise<number | null> }

function run(environment: Record<string, string>): Run {
  const child = spawn(process.execPath, [main], {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      ROOMFUL_DATA_DIR: dataDir,
      ROOMFUL_RTC_HOST: '127.0.0.1',
      ROOMFUL_MEDIA_PROCESSES: '1',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const exitCode = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  return { child, output: () => text, exitCode }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('the server as a process', () => {
  it.each([
    { signal: 'SIGTERM', onShutdown: '', closeCode: 1012 },
    { signal: 'SIGTERM', onShutdown: 'end', closeCode: 1001 },
    { signal: 'SIGINT', onShutdown: '', closeCode: 1001 },
  ] as const)(
    'starts, says where it is, and ends with everything it started: %o',
    async ({ signal, onShutdown, closeCode }) => {
      const { child, output, exitCode } = run({
        ROOMFUL_RTC_PORT: String(await freePort()),
        ROOMFUL_LOG_LEVEL: 'warn',
        ROOMFUL_ON_SHUTDOWN: onShutdown,
      })
      try {
        await waitFor(
          () => {
            if (child.exitCode !== null) throw new Error(`It ended with code ${child.exitCode}: ${output()}`)
            return output().includes('Roomful is ready')
          },
          'the start',
          startTimeoutMs,
        )
        expect(output()).toContain('dev-token')
        const url = /ready: (\S+)/.exec(output())?.[1] ?? ''
        expect((await fetch(`${url}/readyz`)).status).toBe(200)
        const children = childrenOf(child.pid as number)
        expect(children.length).toBeGreaterThan(0)
        const socket = new WebSocket(url.replace('http', 'ws'))
        const closed = new Promise<CloseEvent>((resolve) => (socket.onclose = resolve))
        await waitFor(() => socket.readyState === WebSocket.OPEN, 'a socket')
        child.kill(signal)
        expect(await exitCode).toBe(0)
        expect((await closed).code).toBe(closeCode)
        await waitFor(() => !children.some(isAlive), 'the media processes to end')
      } finally {
        child.kill('SIGKILL')
      }
    },
    startTimeoutMs,
  )

  it(
    'names the variable that is wrong and ends',
    async () => {
      const { output, exitCode } = run({ ROOMFUL_LOG_LEVEL: 'loud' })
      expect(await exitCode).toBe(1)
      expect(output()).toMatch(/^Roomful did not start: ROOMFUL_LOG_LEVEL must be one of/)
    },
    startTimeoutMs,
  )
})

/** Direct children, from the process table of Linux. */
function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.trim().split(' ').filter(Boolean).map(Number)
}
