import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { capture, run } from './children.mjs'
import { needsProject } from './projects.mjs'
import { complain, say } from './say.mjs'

/**
 * Programs that tests start for themselves, besides Chromium. `installed`: files that show that it is there, one
 * of each list; `*` stands for one folder's name.
 */
const programs = [
  {
    name: 'coturn',
    neededBy: 'e2e',
    packages: ['coturn'],
    installed: [['turnserver']],
  },
  {
    name: 'nginx with its RTMP module',
    neededBy: 'e2e',
    packages: ['nginx', 'libnginx-mod-rtmp'],
    installed: [['nginx'], ['/usr/lib/nginx/modules/ngx_rtmp_module.so']],
  },
  {
    name: 'Firefox',
    neededBy: 'e2e',
    packages: ['firefox-esr'],
    installed: [['firefox-esr']],
  },
  {
    name: 'curl',
    neededBy: 'integration',
    packages: ['curl'],
    installed: [['curl']],
  },
  {
    name: 'PostgreSQL',
    neededBy: 'integration',
    packages: ['postgresql'],
    installed: [
      ['postgres', '/usr/lib/postgresql/*/bin/postgres'],
      ['initdb', '/usr/lib/postgresql/*/bin/initdb'],
    ],
  },
]

/**
 * Whether one of these programs or files is there. A name without a slash is looked for on PATH, and where
 * servers are that PATH may lack.
 *
 * @param {string[]} alternatives
 * @param {string} [path]
 */
export function isInstalled(alternatives, path = process.env.PATH ?? '') {
  const directories = [...path.split(delimiter).filter(Boolean), '/usr/sbin', '/usr/local/sbin']
  return alternatives.some((alternative) => {
    if (!alternative.includes('/'))
      return directories.some((directory) => isProgram(join(directory, alternative)))
    const [before, after] = alternative.split('*')
    if (before === undefined || after === undefined) return existsSync(alternative)
    return existsSync(before) && readdirSync(before).some((name) => existsSync(before + name + after))
  })
}

/**
 * Installs what the tests of this run start and this machine lacks. False, and a word about it, if it cannot be
 * had.
 *
 * @param {string[]} args those of vitest
 */
export async function ensurePrograms(args) {
  const missing = programs.filter(
    ({ neededBy, installed }) =>
      needsProject(args, neededBy) && !installed.every((each) => isInstalled(each)),
  )
  if (missing.length === 0) return true
  const names = missing.map(({ name }) => name).join(', ')
  const packages = missing.flatMap((program) => program.packages)
  const advice = `The tests start ${names}, which this machine lacks. Install the packages (Debian, Ubuntu: \`apt-get install ${packages.join(' ')}\`), or run only the tests that need none of it: \`npm test -- --project unit\`.`
  if (process.getuid?.() !== 0 || !isInstalled(['apt-get'])) {
    complain(advice)
    return false
  }
  say(`installing what the tests start: apt-get install ${packages.join(' ')}`)
  const options = {
    // In runlevel 1 a package does not start its service: the tests start their own, on ports of their own.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  }
  const updated = await capture('apt-get', ['update', '-qq'], options)
  if (updated.code !== 0) process.stderr.write(updated.output)
  const code = await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    ...options,
    stdin: 'ignore',
  })
  if (code === 0) return true
  complain(`apt-get could not install it (exit code ${code}). ${advice}`)
  return false
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}
