import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const postgresRoot = '/usr/lib/postgresql'

/**
 * Path of a server program that a test starts, e.g. `turnserver`, `nginx`, `postgres`, `initdb`. `npm test`
 * installs those that its tests need.
 */
export function needProgram(name: string): string {
  const versions = existsSync(postgresRoot) ? readdirSync(postgresRoot).sort().reverse() : []
  const directories = [
    // First: PATH may lead to one without the programs beside it.
    ...(name === 'turnserver' || name === 'nginx' ? [] : versions.map((v) => join(postgresRoot, v, 'bin'))),
    ...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean),
    '/usr/sbin',
    '/usr/local/sbin',
  ]
  for (const directory of directories) {
    const path = join(directory, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error
    }
  }
  throw new Error(`This test starts ${name}, which is not installed; \`npm test\` installs it on Debian`)
}
