export { ConfigError } from './ConfigError.ts'
export { isLoopback, loadConfig, resolvePublicUrl, type Config } from './load.ts'
