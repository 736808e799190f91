import { pino } from 'pino'
import { ConfigError, loadConfig, readSettings, type Config } from './config/index.ts'
import { StoreOpenError } from './store/index.ts'
import { startServer, type RunningServer } from './startServer.ts'

/** A shutdown that takes longer than this is cut off. */
const shutdownTimeoutMs = 10_000
const sameSignalMs = 500

async function main(): Promise<void> {
  const config = loadConfig(readSettings(process.argv.slice(2), process.env))
  const logger = pino({ level: config.logLevel })
  // One rejected promise that nobody waited for concerns one request; a process that ends concerns everybody.
  process.on('unhandledRejection', (error) => logger.error({ err: error }, 'Unhandled rejection'))
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'Uncaught exception')
    process.exit(1)
  })
  const server = await startServer({ ...config, logger })
  greet(server, config)

  let stoppingSinceMs: number | null = null
  const stop = (signal: NodeJS.Signals): void => {
    if (stoppingSinceMs !== null) {
      // A terminal and npm may both pass on one Ctrl-C; a second one means now.
      if (performance.now() - stoppingSinceMs > sameSignalMs) process.exit(1)
      return
    }
    stoppingSinceMs = performance.now()
    logger.info({ signal, rooms: server.counts().rooms }, 'Shutting down')
    // Who sits at a terminal does not want to wait for the rooms, nor to leave anybody waiting.
    const drainMs = signal === 'SIGTERM' ? config.drainMs : 0
    const handOver = signal === 'SIGTERM' && config.onShutdown === 'resume'
    setTimeout(() => {
      logger.error('Shutting down took too long')
      process.exit(1)
    }, drainMs + shutdownTimeoutMs).unref()
    const drained = drainMs > 0 ? server.drain(drainMs) : Promise.resolve()
    drained
      .then(() => server.close({ handOver }))
      .then(
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
  const isOurs = error instanceof ConfigError || error instanceof StoreOpenError
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
