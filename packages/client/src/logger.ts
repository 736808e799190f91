export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/**
 * error: gave up and the user notices; warn: recovered or retried; info: one line per step of a session;
 * debug: the rest; trace: every frame. Tokens are never written.
 */
export type Logger = Record<Exclude<LogLevel, 'silent'>, (message: string, ...details: unknown[]) => void>

/** Looked up at each call, because tests and pages replace the console's functions. */
const writers: Logger = {
  // console.trace would print a stack with every frame.
  trace: (...all) => console.debug(...all),
  debug: (...all) => console.debug(...all),
  info: (...all) => console.info(...all),
  warn: (...all) => console.warn(...all),
  error: (...all) => console.error(...all),
}

/** A logger to the console that writes messages of `level` and above, each with the name of its part. */
export function createLogger(part: string, level: LogLevel = 'warn'): Logger {
  const threshold = logLevels.indexOf(level)
  const prefix = `[roomful:${part}]`
  const at = (own: Exclude<LogLevel, 'silent'>) => {
    if (logLevels.indexOf(own) < threshold) return () => undefined
    const write = writers[own]
    return (message: string, ...details: unknown[]) => write(`${prefix} ${message}`, ...details)
  }
  return { trace: at('trace'), debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
