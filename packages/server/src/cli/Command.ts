/** Where a command writes, and the settings it starts from. */
export type CommandContext = {
  environment: Record<string, string | undefined>
  print: (text: string) => void
}

export type Command = {
  /** One line for the list of commands. */
  summary: string
  /** How it is typed, with all its options. */
  usage: string
  /** Resolves with the exit code. Throws `UsageError`, `ConfigError` or `StoreOpenError` for what the user can mend. */
  run(argv: readonly string[], context: CommandContext): Promise<number>
}
