import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { capture, exitCodeOf } from './lib/children.mjs'
import { root } from './lib/paths.mjs'

const children = JSON.stringify(join(root, 'scripts/lib/children.mjs'))

/** A launcher that runs `program` as `run` does; `program` prints its pid first. */
function launch(program, options) {
  const code = `const { run } = await import(${children})
    process.exitCode = await run(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(program)}], ${JSON.stringify(options)})`
  return spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

const server = (onTerm) => `
  const { exitWithParent } = await import(${children})
  exitWithParent()
  process.on('SIGTERM', () => { ${onTerm} })
  setInterval(() => {}, 1000)
  console.log(process.pid)`

async function firstLine(child) {
  const [chunk] = await once(child.stdout, 'data')
  return Number(String(chunk).trim())
}

async function untilGone(pid) {
  await expect
    .poll(
      () => {
        try {
          // A container's first process may be slow to collect it: a zombie has ended all the same.
          return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
        } catch {
          return false
        }
      },
      { timeout: 10_000, interval: 25 },
    )
    .toBe(false)
}

describe.skipIf(process.platform !== 'linux')('run', () => {
  it('passes SIGTERM on and takes over the exit code', async () => {
    const launcher = launch(server('process.exit(7)'), { ownGroup: true })
    const pid = await firstLine(launcher)
    launcher.kill('SIGTERM')
    const [code] = await once(launcher, 'exit')
    expect(code).toBe(7)
    await untilGone(pid)
  })

  it('does not keep a program that has nothing left to do', async () => {
    const program = `
      const { exitWithParent } = await import(${children})
      exitWithParent()
      process.exitCode = 3`
    const [code] = await once(launch(program, { ownGroup: true }), 'exit')
    expect(code).toBe(3)
  })

  it('passes a Ctrl-C on once when the terminal and npm both send it', async () => {
    const program = `
      let signals = 0
      process.on('SIGINT', () => {
        signals++
        setTimeout(() => process.exit(signals), 300)
      })
      setInterval(() => {}, 1000)
      console.log(process.pid)`
    const launcher = launch(program, { ownGroup: true })
    await firstLine(launcher)
    const exited = once(launcher, 'exit')
    launcher.kill('SIGINT')
    // One signal that is still pending would swallow the other.
    await new Promise((resolve) => setTimeout(resolve, 50))
    launcher.kill('SIGINT')
    expect((await exited)[0]).toBe(1)
  })

  it('leaves no child behind when it is killed itself', async () => {
    const launcher = launch(server('process.exit(0)'), { ownGroup: true })
    const pid = await firstLine(launcher)
    launcher.kill('SIGKILL')
    await untilGone(pid)
  })

  it('says 127 for a program that is not there', async () => {
    const { code, output } = await capture('/nowhere/at-all', [])
    expect(code).toBe(127)
    expect(output).toContain('ENOENT')
  })
})

describe('capture', () => {
  it('keeps what a program says on both outputs', async () => {
    const { code, output } = await capture(process.execPath, [
      '-e',
      'console.log("a"); console.error("b"); process.exit(3)',
    ])
    expect(code).toBe(3)
    expect(output.split('\n').sort().join('')).toBe('ab')
  })
})

describe('exitCodeOf', () => {
  it('is 128 and the number for a signal', () => {
    expect(exitCodeOf(null, 'SIGKILL')).toBe(137)
    expect(exitCodeOf(5, null)).toBe(5)
  })
})
