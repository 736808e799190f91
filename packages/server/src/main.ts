import { pino } from 'pino'
import { ConfigError, loadConfig, type Config } from './config/index.ts'
import { startServer, type RunningServer } from './startServer.ts'

/** A shutdown that takes longer than this is cut off. */
const shutdownTimeoutMs = 10_000

async function main(): Promise<void> {
  const config = loadConfig()
  const logger = pino({ level: config.logLevel })
  // One rejected promise that nobody waited for concerns one request; a process that ends concerns everybody.
  process.on('unhandledRejection', (error) => logger.error({ err: error }, 'Unhandled rejection'))
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'Uncaught exception')
    process.exit(1)
  })
  const server = await startServer({ ...config, logger })
  greet(server, config)

  let stopping = false
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1)
    stopping = true
    logger.info({ signal }, 'Shutting down')
    setTimeout(() => {
      logger.error('Shutting down took too long')
      process.exit(1)
    }, shutdownTimeoutMs).unref()
    server.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'Shutting down failed')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

function greet({ url }: RunningServer, config: Config): void {
  const lines = [`Roomful is ready: ${url}`]
  if (config.developmentCredentials) {
    lines.push(
      `  Development credentials, accepted on this machine only:`,
      `  ROOMFUL_PROJECT_ID=${config.projectId}  ROOMFUL_API_TOKEN=${config.apiToken}`,
    )
  }
  if (config.publicUrl === undefined && (config.host === '0.0.0.0' || config.host === '::')) {
    lines.push('  Set ROOMFUL_PUBLIC_URL to the URL by which browsers reach this server.')
  }
  lines.push('  Stop it with Ctrl-C.')
  process.stdout.write(`${lines.join('\n')}\n`)
}

main().catch((error: unknown) => {
  const isOurs = error instanceof ConfigError
  process.stderr.write(`Roomful did not start: ${isOurs ? error.message : explain(error)}\n`)
  process.exit(1)
})

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
    return `${error.message}: another program uses the port; set PORT to another one`
  }
  return error.stack ?? error.message
}
