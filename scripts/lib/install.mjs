import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run } from './children.mjs'
import { cacheDir, root } from './paths.mjs'
import { complain, duration, say } from './say.mjs'

/**
 * Whether an installed tree (npm's hidden lockfile) holds every package of the lockfile. Optional ones may be
 * missing: most are for other machines.
 */
export function isCovered(lock, installed) {
  return Object.entries(lock.packages).every(([path, wanted]) => {
    const found = installed.packages[path]
    if (path === '' || wanted.optional) return true
    // A workspace folder is listed by its link in node_modules, which carries no version.
    if (!path.includes('node_modules/')) return true
    return found !== undefined && found.version === wanted.version
  })
}

/**
 * Why packages must be installed, or null if they need not be.
 *
 * @param {string} directory the repository
 */
export function installReason(directory, stampPath) {
  const modules = join(directory, 'node_modules')
  if (!existsSync(modules)) return 'first start'
  const lockText = readFileSync(join(directory, 'package-lock.json'), 'utf8')
  if (read(stampPath) === hash(lockText)) return null
  const hidden = read(join(modules, '.package-lock.json'))
  if (hidden === null) return 'the last installation did not finish'
  if (!isCovered(JSON.parse(lockText), JSON.parse(hidden))) return 'package-lock.json has changed'
  // Somebody ran npm by hand: what is there is what is wanted.
  writeStamp(stampPath, hash(lockText))
  return null
}

/** Installs packages if need be. Resolves with whether all is well. */
export async function ensureInstalled() {
  const stampPath = join(cacheDir, 'installed')
  const reason = installReason(root, stampPath)
  if (reason === null) return true
  say(`installing packages: ${reason}`)
  const startedMs = Date.now()
  const [command, ...args] = npmCommand(process.env)
  const code = await run(command, [...args, ...installArgs], { stdin: 'ignore' })
  if (code !== 0) {
    complain(`npm could not install the packages (exit code ${code}); its own words are above.`)
    return false
  }
  writeStamp(stampPath, hash(readFileSync(join(root, 'package-lock.json'), 'utf8')))
  say(`installed in ${duration(Date.now() - startedMs)}`)
  return true
}

/** Development and optional packages are wanted whatever NODE_ENV or the user's npm settings say. */
const installArgs = [
  'ci',
  '--include=dev',
  '--include=optional',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
]

/** The npm that called us, or the one on PATH. */
export function npmCommand(env) {
  const cli = env.npm_execpath
  if (cli !== undefined && /npm-cli\.c?js$/.test(cli)) return [process.execPath, cli]
  return ['npm']
}

function hash(text) {
  return createHash('sha256').update(text).digest('hex')
}

function read(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : null
}

function writeStamp(path, text) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
