import { pino } from 'pino'
import { startServer } from '../../../src/startServer.ts'
import { FakeMediaEngine } from '../FakeMediaEngine.ts'

// A whole server but for its media, in a process that can be killed. Started by `CrashingServer`.
const options = JSON.parse(process.argv[2] ?? '{}') as { dataDir: string; databaseUrl?: string }
const server = await startServer({
  ...options,
  host: '127.0.0.1',
  port: 0,
  engine: new FakeMediaEngine(),
  logger: pino({ level: 'error' }, pino.destination(2)),
})
process.on('disconnect', () => process.exit(1))
process.send?.({ url: server.url, webSocketUrl: server.webSocketUrl })
