import { run } from './children.mjs'
import { ensureBuilt } from './build.mjs'
import { benchMain, cliMain, tools } from './paths.mjs'
import { complain, say } from './say.mjs'

/**
 * The tasks by name. `ownGroup`: see `run` in children.mjs; for tasks that end with a signal and do not read
 * the terminal. Modules that need the installed packages or a new Node are loaded when they are due.
 *
 * @type {Record<string, { ownGroup: boolean, run(args: string[]): Promise<number | 'server'> }>}
 */
export const tasks = {
  start: {
    ownGroup: true,
    async run() {
      return (await ensureBuilt()) ? 'server' : 1
    },
  },
  dev: {
    ownGroup: true,
    async run(args) {
      if (!(await ensureBuilt())) return 1
      const { dev } = await import('./dev.mjs')
      return await dev(args)
    },
  },
  test: {
    ownGroup: false,
    async run(args) {
      if (!(await ensureBuilt())) {
        process.stdout.write('\ntests: 0 passed, 1 failed\n')
        return 1
      }
      const { runTests } = await import('./testing.mjs')
      return await runTests(args)
    },
  },
  check: {
    ownGroup: false,
    async run() {
      const { check } = await import('./check.mjs')
      return await check()
    },
  },
  /** `./roomful`: the command line. Only its `start` needs what is built. */
  roomful: {
    ownGroup: true,
    async run(args) {
      if (args[0] === 'start') return (await ensureBuilt()) ? 'server' : 1
      return await run(process.execPath, [cliMain, ...args])
    },
  },
  bench: {
    ownGroup: true,
    async run(args) {
      if (!(await ensureBuilt())) return 1
      say('measuring: this takes a few minutes, and other work on this machine shows in the figures')
      return await run(process.execPath, [benchMain, ...args], { ownGroup: true })
    },
  },
  build: {
    ownGroup: false,
    async run(args) {
      const unknown = args.find((arg) => arg !== '--force')
      if (unknown !== undefined) {
        complain(`build does not know "${unknown}"; it takes --force only.`)
        return 1
      }
      return (await ensureBuilt({ force: args.includes('--force') })) ? 0 : 1
    },
  },
  format: {
    ownGroup: false,
    run: () => run(process.execPath, [tools.prettier, '--write', '.', '--log-level=warn']),
  },
}
