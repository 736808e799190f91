import { spawn } from 'node:child_process'
import { watch } from 'node:fs'
import { join } from 'node:path'
import { forwardSignals, run } from './children.mjs'
import { root, sdkBuild, serverMain, tools } from './paths.mjs'
import { complain, say } from './say.mjs'

const serverSources = ['packages/server/src', 'packages/media/src', 'packages/protocol/src']
const sdkSources = ['packages/client/src', 'packages/protocol/src']
/** Editors write a file in several steps. */
const settleMs = 150
/** After this a server that was asked to end is killed. */
const stopTimeoutMs = 10_000

/**
 * The server, started anew when its sources change, and the page behind Vite's own server, which reloads the
 * browser. Resolves with the exit code.
 *
 * @param {string[]} args for the server
 */
export async function dev(args) {
  const { env } = process
  const port = env.PORT || '8080'
  const server = new RestartingProcess([serverMain, ...args], env)
  const page = new RestartingProcess(
    [tools.vite, 'apps/web', '--clearScreen', 'false', '--logLevel', 'warn'],
    {
      ...env,
      ROOMFUL_DEV_SERVER: `http://127.0.0.1:${port}`,
    },
  )
  const watchers = [
    ...onChange(serverSources, (path) => {
      say(`${path} changed: starting the server anew`)
      void server.restart()
    }),
    ...onChange(sdkSources, (path) => {
      say(`${path} changed: building the client SDK`)
      void run(process.execPath, [sdkBuild], { stdin: 'ignore' }).then((code) => {
        if (code !== 0) complain('the client SDK could not be built; the last one stays.')
      })
    }),
  ]
  server.start()
  page.start()
  say('page with reload: http://localhost:5173   server: http://localhost:' + port + '   Ctrl-C ends both')
  await new Promise((resolve) => {
    const release = forwardSignals(() => {
      release()
      resolve(undefined)
    })
  })
  for (const watcher of watchers) watcher.close()
  await Promise.all([server.stop(), page.stop()])
  return 0
}

/** One child that can be ended and started again; restarts asked for meanwhile become one. */
class RestartingProcess {
  #args
  #env
  /** @type {import('node:child_process').ChildProcess | null} */
  #child = null
  /** @type {Promise<void> | null} */
  #restarting = null

  constructor(args, env) {
    this.#args = args
    this.#env = env
  }

  start() {
    // A group of its own: Ctrl-C reaches it through us, once.
    const child = spawn(process.execPath, this.#args, {
      cwd: root,
      env: this.#env,
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    this.#child = child
    child.once('exit', (code, signal) => {
      if (this.#child !== child) return
      this.#child = null
      complain(
        `${this.#args[0]} ended (${signal ?? `exit code ${code}`}); it starts again with the next change.`,
      )
    })
  }

  restart() {
    this.#restarting ??= this.stop().then(() => {
      this.#restarting = null
      this.start()
    })
    return this.#restarting
  }

  async stop() {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
    await exited
    clearTimeout(timer)
  }
}

/** Calls back, once things are quiet, with the last source file that changed. */
function onChange(directories, callback) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  return directories.map((directory) =>
    watch(join(root, directory), { recursive: true }, (_event, name) => {
      if (name === null || !/\.(ts|js|json)$/.test(name) || /\.test\.ts$/.test(name)) return
      clearTimeout(timer)
      timer = setTimeout(() => callback(join(directory, name)), settleMs)
    }),
  )
}
