import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { root } from './paths.mjs'

const forwarded = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
/** One Ctrl-C may come twice, from the terminal and from npm; a second one after this is another. */
const sameSignalMs = 500

/**
 * Runs a program in the repository's folder and resolves with its exit code (128 + signal number if a signal
 * ended it, 127 if it could not be started). SIGINT, SIGTERM and SIGHUP are passed on to it, and this process
 * lives on until it has ended.
 *
 * `ownGroup`: the program gets a process group of its own, so that a Ctrl-C, which a terminal sends to the
 * whole group, reaches it once, through us. It also gets a channel that closes when we are killed
 * (`exitWithParent`). Not for programs that read the terminal.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, stdin?: 'inherit' | 'ignore', ownGroup?: boolean }} [options]
 * @returns {Promise<number>}
 */
export function run(command, args, { env = process.env, stdin = 'inherit', ownGroup = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env,
      detached: ownGroup,
      stdio: [stdin, 'inherit', 'inherit', ...(ownGroup ? /** @type {const} */ (['ipc']) : [])],
    })
    const release = forwardSignals((signal) => {
      // In a shared group the terminal has told the child already.
      if (signal === 'SIGINT' && !ownGroup && process.stdin.isTTY) return
      // A terminal that was closed: end in good order all the same.
      child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal)
    })
    const end = (/** @type {number} */ code) => {
      release()
      resolve(code)
    }
    child.once('error', (error) => {
      process.stderr.write(`error: could not start ${command}: ${error.message}\n`)
      end(127)
    })
    child.once('exit', (code, signal) => end(exitCodeOf(code, signal)))
  })
}

/**
 * Runs a program and keeps what it says.
 *
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<{ code: number, output: string }>}
 */
export function capture(command, args, { timeoutMs = 300_000, env = process.env } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    const release = forwardSignals((signal) => child.kill(signal))
    let output = ''
    const append = (/** @type {string} */ text) => (output += text)
    child.stdout.setEncoding('utf8').on('data', append)
    child.stderr.setEncoding('utf8').on('data', append)
    const end = (/** @type {number} */ code) => {
      clearTimeout(timer)
      release()
      resolve({ code, output })
    }
    child.once('error', (error) => {
      output += error.message
      end(127)
    })
    child.once('close', (code, signal) => end(exitCodeOf(code, signal)))
  })
}

/** Calls `handler` for each signal that asks us to end, once if it comes twice; returns the function that stops it. */
export function forwardSignals(handler) {
  const listeners = forwarded.map((signal) => {
    let lastMs = -Infinity
    const listener = () => {
      const nowMs = performance.now()
      if (nowMs - lastMs > sameSignalMs) handler(signal)
      lastMs = nowMs
    }
    return { signal, listener }
  })
  for (const { signal, listener } of listeners) process.on(signal, listener)
  return () => {
    for (const { signal, listener } of listeners) process.off(signal, listener)
  }
}

/** As a shell reports it. */
export function exitCodeOf(code, signal) {
  return signal === null ? (code ?? 1) : 128 + (constants.signals[signal] ?? 0)
}

/** Ends this process as by SIGTERM when the one that started it with `ownGroup` is gone, however it went. */
export function exitWithParent() {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  // Who has nothing left to do may end; only those who listen to it are kept alive by a channel.
  process.channel?.unref()
}
