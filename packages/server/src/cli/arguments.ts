import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'

/** What was typed cannot be done; its message says what can. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Throws for words that a command has no use for, before it does something that was not meant. */
export function refuseMore([word]: readonly string[]): void {
  if (word !== undefined) throw new UsageError(`"${word}" is one word too many`)
}

/**
 * Takes a command's own options out of its arguments; the rest are settings of the server, such as `--data-dir`.
 * An option that is left out is undefined.
 */
export function takeOptions<Options extends ParseArgsOptionsConfig>(
  argv: readonly string[],
  options: Options,
) {
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const values: Record<string, string | boolean | string[]> = {}
  const positionals: string[] = []
  const settings: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') {
      // What follows an unknown option is its value: `--data-dir ./data`.
      const before = settings.at(-1)
      if (before?.startsWith('--') && !before.includes('=') && argv[token.index - 1] === before) {
        settings.push(token.value)
      } else positionals.push(token.value)
    } else if (token.kind === 'option') {
      const option = options[token.name]
      if (option === undefined) {
        settings.push(token.inlineValue ? `${token.rawName}=${token.value}` : token.rawName)
      } else if (option.type === 'boolean') values[token.name] = true
      else if (token.value === undefined || token.value === '')
        throw new UsageError(`${token.rawName} needs a value`)
      else values[token.name] = token.value
    }
  }
  return {
    values: values as { [Name in keyof Options]?: Options[Name]['type'] extends 'boolean' ? true : string },
    positionals,
    settings,
  }
}
