import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { capture, run } from './children.mjs'
import { complain, say } from './say.mjs'

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

const advice =
  'The browser tests need Chromium and none was found. Install it (Debian, Ubuntu: `apt-get install chromium`; Fedora: `dnf install chromium`; or Google Chrome), or set CHROME_PATH to the program of one that is there. To run the other tests only: `npm test -- --project unit --project integration`.'

/**
 * Path of a Chromium that is there, or undefined. CHROME_PATH comes first, then the usual names on PATH.
 *
 * @param {{ env: NodeJS.ProcessEnv, isProgram?: (path: string) => boolean }} options
 */
export function findChromium({ env, isProgram = isExecutable }) {
  if (env.CHROME_PATH) return isProgram(env.CHROME_PATH) ? env.CHROME_PATH : undefined
  const directories = (env.PATH ?? '').split(delimiter).filter(isAbsolute)
  const candidates = names.flatMap((name) => directories.map((directory) => join(directory, name)))
  return candidates.find((path) => isProgram(path))
}

/** A Chromium, installed if need be and possible. Undefined, and a word about it, if there is none. */
export async function ensureChromium() {
  const found = findChromium({ env: process.env })
  if (found !== undefined) return found
  if (process.env.CHROME_PATH) {
    complain(`CHROME_PATH is ${process.env.CHROME_PATH}, which is not a program that can be run.`)
    return undefined
  }
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    complain(advice)
    return undefined
  }
  say('installing Chromium for the browser tests: apt-get install chromium')
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
  const updated = await capture('apt-get', ['update', '-qq'], options)
  const code =
    updated.code === 0
      ? await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], {
          ...options,
          stdin: 'ignore',
        })
      : updated.code
  const installed = findChromium({ env: process.env })
  if (code === 0 && installed !== undefined) return installed
  if (updated.code !== 0) process.stderr.write(updated.output)
  complain(`apt-get could not install it (exit code ${code}). ${advice}`)
  return undefined
}

function onPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => existsSync(join(directory, name)))
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}
