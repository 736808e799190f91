import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { ConfigError } from './ConfigError.ts'
import { envSchema } from './schema.ts'

type Settings = Record<string, string | undefined>

const names: readonly string[] = Object.keys(envSchema.shape)
/** Settings that may be given without a value: `--demo`. */
const switches = new Set(['ROOMFUL_DEMO'])

/** `ROOMFUL_RTC_PORT` is `--rtc-port`. */
export function flagOf(name: string): string {
  return `--${name
    .replace(/^ROOMFUL_/, '')
    .toLowerCase()
    .replaceAll('_', '-')}`
}

/**
 * Settings of the three places they may stand in, by the names of the environment variables: flags win over the
 * environment, the environment over the file. The file is that of `--config` or `ROOMFUL_CONFIG`, if any. Throws
 * `ConfigError` for a flag or a line of the file that nobody knows.
 */
export function readSettings(argv: readonly string[], environment: Settings): Settings {
  const { flags, file } = readFlags(argv)
  const path = file ?? environment['ROOMFUL_CONFIG']
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()))
  return { ...(path && readFile(path)), ...set, ...flags }
}

function readFlags(argv: readonly string[]): { flags: Settings; file: string | undefined } {
  const known = new Map(names.map((name) => [flagOf(name), name]))
  const flags: Settings = {}
  let file: string | undefined
  const rest = [...argv]
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    const [flag = '', ...after] = argument.split('=')
    const inline = after.length > 0 ? after.join('=') : undefined
    const name = known.get(flag)
    if (name === undefined && flag !== '--config') throw unknownFlag(argument, [...known.keys(), '--config'])
    let value = inline
    if (value === undefined && name !== undefined && switches.has(name)) {
      value = rest[0] === 'true' || rest[0] === 'false' ? rest.shift() : 'true'
    }
    value ??= rest.shift()
    if (value === undefined) throw new ConfigError(`${flag} needs a value, as in ${flag}=…`)
    if (name === undefined) file = value
    else flags[name] = value
  }
  return { flags, file }
}

function unknownFlag(argument: string, known: readonly string[]): ConfigError {
  return new ConfigError(`There is no ${argument.split('=')[0]}. There are: ${[...known].sort().join(', ')}`)
}

function readFile(path: string): Settings {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError(`The configuration file cannot be read: ${(error as Error).message}`)
  }
  const settings = parseEnv(text)
  const unknown = Object.keys(settings).filter((name) => !names.includes(name))
  if (unknown.length > 0) {
    throw new ConfigError(
      `${path} sets ${unknown.join(', ')}, which Roomful does not know. It knows: ${names.join(', ')}`,
    )
  }
  return settings
}
