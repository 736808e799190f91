import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { installReason, isCovered, npmCommand } from './lib/install.mjs'

const lock = {
  packages: {
    '': { version: '1.0.0' },
    'packages/media': { version: '0.1.0' },
    'node_modules/ws': { version: '8.23.0' },
    'node_modules/other-machine': { version: '1.0.0', optional: true },
  },
}

describe('isCovered', () => {
  it('asks for every package but optional ones and workspace folders', () => {
    expect(isCovered(lock, { packages: { 'node_modules/ws': { version: '8.23.0' } } })).toBe(true)
  })

  it('is false for a missing package and for another version', () => {
    expect(isCovered(lock, { packages: {} })).toBe(false)
    expect(isCovered(lock, { packages: { 'node_modules/ws': { version: '8.22.0' } } })).toBe(false)
  })
})

describe('installReason', () => {
  let directory = ''
  let stamp = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'roomful-install-'))
    stamp = join(directory, 'stamps', 'installed')
    writeFileSync(join(directory, 'package-lock.json'), JSON.stringify(lock))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  function install(version = '8.23.0') {
    mkdirSync(join(directory, 'node_modules'), { recursive: true })
    const hidden = { packages: { 'node_modules/ws': { version } } }
    writeFileSync(join(directory, 'node_modules', '.package-lock.json'), JSON.stringify(hidden))
  }

  it('wants an installation when nothing is there, or only half', () => {
    expect(installReason(directory, stamp)).toBe('first start')
    mkdirSync(join(directory, 'node_modules'))
    expect(installReason(directory, stamp)).toBe('the last installation did not finish')
  })

  it('takes what somebody installed by hand, and remembers it', () => {
    install()
    expect(installReason(directory, stamp)).toBeNull()
    expect(readFileSync(stamp, 'utf8')).toMatch(/^[0-9a-f]{64}$/)
    // From now on the stamp alone decides.
    rmSync(join(directory, 'node_modules', '.package-lock.json'))
    expect(installReason(directory, stamp)).toBeNull()
  })

  it('wants one when the lockfile has moved on', () => {
    install()
    expect(installReason(directory, stamp)).toBeNull()
    const newer = { packages: { 'node_modules/ws': { version: '9.0.0' } } }
    writeFileSync(join(directory, 'package-lock.json'), JSON.stringify(newer))
    expect(installReason(directory, stamp)).toBe('package-lock.json has changed')
  })
})

describe('npmCommand', () => {
  it('is the npm that called us, else the one on PATH', () => {
    expect(npmCommand({ npm_execpath: '/lib/npm/bin/npm-cli.js' })).toEqual([
      process.execPath,
      '/lib/npm/bin/npm-cli.js',
    ])
    expect(npmCommand({})).toEqual(['npm'])
    expect(npmCommand({ npm_execpath: '/lib/yarn.js' })).toEqual(['npm'])
  })
})
