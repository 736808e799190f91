export { ConfigError, loadConfig, type Config } from './config/index.ts'
export { startServer, type RunningServer, type StartOptions } from './startServer.ts'
