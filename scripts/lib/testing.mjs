import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureChromium } from './chromium.mjs'
import { run } from './children.mjs'
import { tools } from './paths.mjs'
import { ensurePrograms } from './programs.mjs'
import { needsProject } from './projects.mjs'
import { say } from './say.mjs'

/**
 * Counts a run from vitest's JSON report. A file that could not be loaded is one failure; so is a run that
 * ended badly without a failed test to show for it, or without a report.
 *
 * @param {any} report null if there is none
 * @param {number} exitCode of vitest
 * @returns {{ passed: number, failed: number, skipped: number }}
 */
export function countTests(report, exitCode) {
  if (report === null) return { passed: 0, failed: 1, skipped: 0 }
  const unloaded = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length
  const failed = report.numFailedTests + unloaded
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && (exitCode !== 0 || !report.success) ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

/** The last line of a test run; continuous integration reads it. */
export function closingLine({ passed, failed, skipped }) {
  return `tests: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

/**
 * Runs the tests under vitest and resolves with the exit code. `args` are passed on to vitest.
 *
 * @param {string[]} args
 */
export async function runTests(args) {
  const env = { ...process.env }
  if (!(await ensurePrograms(args))) return 1
  if (needsProject(args, 'e2e')) {
    const chromium = await ensureChromium()
    if (chromium === undefined) return 1
    say(`browser tests run in ${chromium}`)
    env.CHROME_PATH = chromium
  }
  const directory = mkdtempSync(join(tmpdir(), 'roomful-tests-'))
  const reportPath = join(directory, 'report.json')
  try {
    const watch = args.includes('--watch') || args.includes('-w')
    const reporters = args.some((arg) => arg.startsWith('--reporter')) ? [] : ['--reporter=default']
    const exitCode = await run(
      process.execPath,
      [
        tools.vitest,
        ...(watch ? [] : ['run']),
        ...reporters,
        '--reporter=json',
        `--outputFile.json=${reportPath}`,
        ...args,
      ],
      { env },
    )
    const counts = countTests(readReport(reportPath), exitCode)
    process.stdout.write(`\n${closingLine(counts)}\n`)
    return exitCode === 0 && counts.failed > 0 ? 1 : exitCode
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    // Vitest died before it could write: the count says so.
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error)) return null
    throw error
  }
}
