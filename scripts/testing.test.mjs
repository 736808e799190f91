import { describe, expect, it } from 'vitest'
import { findChromium } from './lib/chromium.mjs'
import { isInstalled } from './lib/programs.mjs'
import { needsProject } from './lib/projects.mjs'
import { closingLine, countTests } from './lib/testing.mjs'

const report = {
  success: true,
  numPassedTests: 7,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [{ status: 'passed', assertionResults: [{ status: 'passed' }] }],
}

describe('countTests', () => {
  it('takes the counts of the report', () => {
    expect(countTests(report, 0)).toEqual({ passed: 7, failed: 0, skipped: 0 })
  })

  it('counts a file that could not be loaded as a failure', () => {
    const broken = { ...report, success: false, testResults: [{ status: 'failed', assertionResults: [] }] }
    expect(countTests(broken, 1).failed).toBe(1)
  })

  it('does not count a file with failed tests twice', () => {
    const testResults = [{ status: 'failed', assertionResults: [{ status: 'failed' }] }]
    expect(countTests({ ...report, success: false, numFailedTests: 1, testResults }, 1).failed).toBe(1)
  })

  it('never says that all is well when vitest does not', () => {
    expect(countTests(report, 1).failed).toBe(1)
    expect(countTests({ ...report, success: false }, 0).failed).toBe(1)
    expect(countTests(null, 139)).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })
})

describe('closingLine', () => {
  it('is one that continuous integration reads', () => {
    expect(closingLine({ passed: 7, failed: 0, skipped: 0 })).toBe('tests: 7 passed, 0 failed')
    expect(closingLine({ passed: 7, failed: 1, skipped: 2 })).toBe('tests: 7 passed, 1 failed, 2 skipped')
  })
})

describe('findChromium', () => {
  const there = (...paths) => ({ isProgram: (path) => paths.includes(path) })

  it('takes CHROME_PATH, or nothing if that is wrong', () => {
    const env = { CHROME_PATH: '/opt/chrome', PATH: '/usr/bin' }
    expect(findChromium({ env, ...there('/opt/chrome', '/usr/bin/chromium') })).toBe('/opt/chrome')
    expect(findChromium({ env, ...there('/usr/bin/chromium') })).toBeUndefined()
  })

  it('looks for the usual names on PATH, Chromium first', () => {
    const env = { PATH: '/a:/b' }
    expect(findChromium({ env, ...there('/a/google-chrome', '/b/chromium') })).toBe('/b/chromium')
    expect(findChromium({ env, ...there('/a/google-chrome') })).toBe('/a/google-chrome')
    expect(findChromium({ env, ...there() })).toBeUndefined()
    expect(findChromium({ env: {}, ...there('/a/chromium') })).toBeUndefined()
  })
})

describe('needsProject', () => {
  it.each([
    [[], true],
    [['e2e/mix.test.ts'], true],
    [['e2e'], true],
    [['-t', 'joins'], true],
    [['--project', 'e2e'], true],
    [['packages/media'], false],
    [['packages/media', 'e2e/mix.test.ts'], true],
    [['--project=unit'], false],
    [['--project', 'unit', '--project', 'integration'], false],
  ])('%j: %s', (args, expected) => {
    expect(needsProject(args, 'e2e')).toBe(expected)
  })
})

describe('isInstalled', () => {
  it('finds a program on PATH, a file, and a file in a folder of any name', () => {
    expect(isInstalled(['sh'], '/nowhere:/bin')).toBe(true)
    expect(isInstalled(['/etc/passwd'])).toBe(true)
    expect(isInstalled(['no-such-program', '/proc/*/version-of-nothing', '/proc/*/stat'])).toBe(true)
  })

  it('does not find what is not there', () => {
    expect(isInstalled(['no-such-program', '/nowhere/*/file', '/nowhere/file'])).toBe(false)
  })
})
