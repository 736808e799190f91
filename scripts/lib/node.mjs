import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Roomful is written for this Node: it runs TypeScript as it is and has SQLite built in. */
export const neededMajor = 24
/** The bootstrap itself runs on this one, and brings the other. */
export const bootstrapMajor = 20

/** Processors for which npm has a Node and the codecs a binary. */
const bundledArchs = ['x64', 'arm64']

/** @param {string} version `process.version` */
export function majorOf(version) {
  return Number.parseInt(version.replace(/^v/, ''), 10)
}

/**
 * Which Node to go on under.
 *
 * @returns {{ kind: 'this' } | { kind: 'bundled', path: string } | { kind: 'none', message: string }}
 */
export function chooseNode({ version, platform, arch, root, exists = existsSync }) {
  if (majorOf(version) >= neededMajor) return { kind: 'this' }
  if (platform !== 'linux' || !bundledArchs.includes(arch)) {
    return {
      kind: 'none',
      message: `Roomful needs Node ${neededMajor} or newer; this is ${version} on ${platform} ${arch}. It brings its own Node only for Linux on ${bundledArchs.join(' and ')}: install Node ${neededMajor} and run the command again.`,
    }
  }
  const path = join(root, 'node_modules', `node-linux-${arch}`, 'bin', 'node')
  if (exists(path)) return { kind: 'bundled', path }
  return {
    kind: 'none',
    message: `The package node-linux-${arch}, which brings Node ${neededMajor}, is not installed: it is an optional dependency, and npm was told to omit those. Run \`npm ci --include=optional\`, or install Node ${neededMajor} yourself (this is ${version}).`,
  }
}

/** True on Linux with musl (Alpine): neither our Node nor the codecs are built for it. */
export function isMusl(platform = process.platform) {
  if (platform !== 'linux') return false
  const { header } = /** @type {any} */ (process.report.getReport())
  return header.glibcVersionRuntime === undefined
}
