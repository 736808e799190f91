import type { Config } from '../../config/index.ts'

export type Finding = {
  /** `fail`: it will not work; `warn`: it will not work for everybody, or not for long. */
  level: 'ok' | 'warn' | 'fail'
  /** What was found, as a sentence. */
  message: string
  /** What to do about it; none with `ok`. */
  advice?: string
}

/** One subject that the doctor looks at. Never rejects because of what it finds. */
export type Check = (config: Config) => Promise<Finding[]>

export const ok = (message: string): Finding => ({ level: 'ok', message })
export const warn = (message: string, advice: string): Finding => ({ level: 'warn', message, advice })
export const fail = (message: string, advice: string): Finding => ({ level: 'fail', message, advice })

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
