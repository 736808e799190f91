/** The configuration cannot be used; the message names the variable and what it may hold. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}
