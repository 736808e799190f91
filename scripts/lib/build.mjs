import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './children.mjs'
import { cacheDir, root, sdkBuild, tools } from './paths.mjs'
import { complain, duration, say } from './say.mjs'

/**
 * What has to be built: a name for people, the sources it is made from, a file that proves it is there, and
 * the command. Paths are relative to the repository.
 */
export const targets = [
  {
    name: 'client SDK',
    key: 'sdk',
    sources: ['package-lock.json', 'tsconfig.base.json', 'packages/protocol', 'packages/client'],
    output: 'packages/client/dist',
    command: [sdkBuild],
  },
  {
    name: 'page',
    key: 'page',
    sources: ['package-lock.json', 'packages/protocol', 'packages/client', 'apps/web'],
    output: 'apps/web/dist/index.html',
    command: [tools.vite, 'build', 'apps/web', '--logLevel', 'warn'],
  },
]

const ignored = new Set(['node_modules', 'dist', 'test'])

/** A hash over names and contents of files and folders, tests and built files aside. */
export function hashSources(directory, sources) {
  const hash = createHash('sha256')
  const visit = (/** @type {string} */ path) => {
    const absolute = join(directory, path)
    if (!existsSync(absolute)) return
    if (statSync(absolute).isDirectory()) {
      for (const name of readdirSync(absolute).sort()) {
        if (!ignored.has(name) && !/\.test\.tsx?$/.test(name)) visit(join(path, name))
      }
      return
    }
    hash.update(`${path}\0`).update(readFileSync(absolute)).update('\0')
  }
  for (const source of sources) visit(source)
  return hash.digest('hex')
}

/**
 * Builds what has changed since it was last built. Resolves with whether all is well.
 *
 * @param {{ force?: boolean }} [options]
 */
export async function ensureBuilt({ force = false } = {}) {
  for (const target of targets) {
    const stampPath = join(cacheDir, `${target.key}.built`)
    const hash = hashSources(root, target.sources)
    const stamp = existsSync(stampPath) ? readFileSync(stampPath, 'utf8') : ''
    if (!force && stamp === hash && existsSync(join(root, target.output))) continue
    const startedMs = Date.now()
    say(`building the ${target.name}`)
    const code = await run(process.execPath, target.command, { stdin: 'ignore' })
    if (code !== 0) {
      complain(`the ${target.name} could not be built (exit code ${code}); what is wrong stands above.`)
      return false
    }
    mkdirSync(cacheDir, { recursive: true })
    writeFileSync(stampPath, hash)
    say(`built the ${target.name} in ${duration(Date.now() - startedMs)}`)
  }
  return true
}
