import { pino } from 'pino'
import { loadConfig, readSettings, type Config } from '../config/index.ts'
import { openStore, type Store } from '../store/index.ts'
import type { CommandContext } from './Command.ts'

/** Opens the store that the settings name, for as long as `use` takes. A server may run on it at the same time. */
export async function withStore(
  settings: readonly string[],
  { environment }: CommandContext,
  use: (store: Store, config: Config) => Promise<void>,
): Promise<void> {
  const config = loadConfig(readSettings(settings, environment))
  const { dataDir, databaseUrl } = config
  const store = await openStore({
    dataDir,
    databaseUrl,
    logger: pino({ level: 'warn' }, pino.destination(2)),
  })
  try {
    await use(store, config)
  } finally {
    await store.close()
  }
}
