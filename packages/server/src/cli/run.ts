import serverPackage from '../../package.json' with { type: 'json' }
import { ConfigError } from '../config/index.ts'
import { StoreOpenError } from '../store/index.ts'
import { UsageError } from './arguments.ts'
import type { Command, CommandContext } from './Command.ts'
import { doctor } from './doctor.ts'
import { keys } from './keys.ts'
import { projects } from './projects.ts'
import { secrets } from './secrets.ts'
import { token } from './token.ts'

const start: Command = {
  summary: 'run the server',
  usage: 'roomful start',
  async run(argv) {
    process.argv.splice(2, Infinity, ...argv)
    await import('../main.ts')
    // The server is this process now; it ends when it is told to.
    return await new Promise<never>(() => {})
  },
}

export const commands: Readonly<Record<string, Command>> = { start, token, keys, projects, secrets, doctor }

/** Runs a command of the command line; resolves with the exit code. */
export async function runCommand(
  [name = 'help', ...argv]: readonly string[],
  context: CommandContext & { complain: (text: string) => void },
): Promise<number> {
  const asksForHelp = ['help', '--help', '-h'].includes(name)
  if (asksForHelp && argv.length === 0) {
    context.print(help())
    return 0
  }
  if (name === 'version' || name === '--version') {
    context.print(`roomful ${serverPackage.version}`)
    return 0
  }
  const wanted = (asksForHelp ? argv[0] : name) ?? ''
  const command = Object.hasOwn(commands, wanted) ? commands[wanted] : undefined
  if (command === undefined) {
    context.complain(`There is no command "${wanted}".\n\n${help()}`)
    return 2
  }
  if (asksForHelp || argv.includes('--help') || argv.includes('-h')) {
    context.print(`Usage: ${command.usage}\n\n${settingsHelp}`)
    return 0
  }
  try {
    return await command.run(argv, context)
  } catch (error) {
    if (error instanceof UsageError) {
      context.complain(`${error.message}\n\nUsage: ${command.usage}`)
      return 2
    }
    if (error instanceof ConfigError || error instanceof StoreOpenError) {
      context.complain(error.message)
      return 1
    }
    throw error
  }
}

const settingsHelp =
  'Every setting of the server may be given too, as a flag (--data-dir DIR), in the environment (ROOMFUL_DATA_DIR)\n' +
  'or in a file (--config FILE); roomful.conf.sample names them all.'

function help(): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`)
  lines.push(`  ${'help'.padEnd(10)}tell how a command is typed: roomful help COMMAND`)
  lines.push(`  ${'version'.padEnd(10)}tell the version`)
  return `Usage: roomful COMMAND [options]\n\n${lines.join('\n')}\n\n${settingsHelp}`
}
