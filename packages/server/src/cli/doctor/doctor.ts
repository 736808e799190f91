import { ConfigError, type Config } from '../../config/index.ts'
import { checkAddress } from './address.ts'
import { checkCodecs } from './codecs.ts'
import { checkDatabase } from './database.ts'
import { checkDisk } from './disk.ts'
import { fail, reasonOf, type Check, type Finding } from './Finding.ts'
import { checkPorts } from './ports.ts'
import { checkTls } from './tls.ts'
import { checkTurn } from './turn.ts'

const checks: readonly Check[] = [
  checkPorts,
  checkAddress,
  checkTls,
  checkTurn,
  checkDatabase,
  checkDisk,
  checkCodecs,
]

/** Everything that was found; `load` may throw `ConfigError`, which is a finding too. */
export async function examine(load: () => Config): Promise<Finding[]> {
  let config: Config
  try {
    config = load()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message
      .split('\n')
      .map((line) => fail(line, 'Correct it in the environment, the configuration file or the flags.'))
  }
  const found: Finding[] = []
  for (const check of checks) {
    try {
      found.push(...(await check(config)))
    } catch (error) {
      found.push(
        fail(`${check.name} could not look: ${reasonOf(error)}`, 'Tell us, please: that is a fault of ours.'),
      )
    }
  }
  return found
}

const marks = { ok: '✓', warn: '!', fail: '✗' } as const

/** As text for people: a line for each finding, what to do below it, a count at the end. */
export function report(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ level, message, advice }) => [
    `${marks[level]} ${message}`,
    ...(advice === undefined ? [] : [`    ${advice}`]),
  ])
  const failed = findings.filter(({ level }) => level === 'fail').length
  const warned = findings.filter(({ level }) => level === 'warn').length
  const sum =
    failed + warned === 0
      ? 'All is well.'
      : `${failed === 0 ? 'It will run' : `${failed} to be mended first`}${warned > 0 ? `, ${warned} to think about` : ''}.`
  return `${lines.join('\n')}\n\n${sum}\n`
}
