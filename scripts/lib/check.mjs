import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { capture } from './children.mjs'
import { cacheDir, root, tools } from './paths.mjs'
import { duration, say } from './say.mjs'

/** Lint, formatting and the types of every package, side by side; longest first. Resolves with the exit code. */
export async function check() {
  const projects = globSync(
    ['packages/*/tsconfig.json', 'apps/*/tsconfig.json', 'e2e/tsconfig.json', 'tsconfig.json'],
    {
      cwd: root,
    },
  )
  const jobs = [
    { name: 'lint', args: [tools.eslint, '.', '--max-warnings', '0'] },
    {
      name: 'format',
      args: [
        tools.prettier,
        '--check',
        '.',
        '--log-level=warn',
        '--cache',
        `--cache-location=${join(cacheDir, 'prettier')}`,
      ],
    },
    ...projects.sort().map((project) => ({
      name: `types ${project === 'tsconfig.json' ? 'scripts' : project.replace('/tsconfig.json', '')}`,
      args: [tools.tsc, '-p', project],
    })),
  ]
  const startedMs = Date.now()
  const failed = []
  await Promise.all(
    Array.from({ length: Math.min(availableParallelism(), jobs.length) }, async () => {
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
        const jobStartedMs = Date.now()
        const { code, output } = await capture(process.execPath, job.args)
        say(`${job.name}: ${code === 0 ? 'ok' : 'FAILED'} (${duration(Date.now() - jobStartedMs)})`)
        if (code !== 0) failed.push(job.name)
        if (output.trim() !== '') process.stdout.write(`${output.trimEnd()}\n`)
      }
    }),
  )
  const total = duration(Date.now() - startedMs)
  say(failed.length === 0 ? `all is well (${total})` : `not well: ${failed.join(', ')} (${total})`)
  return failed.length === 0 ? 0 : 1
}
