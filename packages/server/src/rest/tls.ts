import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import { Server, type ServerOptions } from 'node:https'
import type { Logger } from 'pino'
import type { Config } from '../config/index.ts'
import { ConfigError } from '../config/index.ts'

/** How often the files are looked at: a renewed certificate is in force so soon. */
const watchIntervalMs = 30_000

type TlsFiles = NonNullable<Config['tls']>

/** Options for a server with TLS. Throws `ConfigError` if the files cannot be read. */
export function readTls({ certPath, keyPath }: TlsFiles): Pick<ServerOptions, 'cert' | 'key'> {
  try {
    return { cert: readFileSync(certPath), key: readFileSync(keyPath) }
  } catch (error) {
    throw new ConfigError(`The TLS files cannot be read: ${(error as Error).message}`)
  }
}

/** Takes up the files anew when they change; connections that are open stay as they are. Returns what ends that. */
export function watchTls(server: object, files: TlsFiles, logger: Logger): () => void {
  if (!(server instanceof Server)) return () => {}
  const renew = (): void => {
    try {
      server.setSecureContext(readTls(files))
      logger.info('The TLS certificate was renewed')
    } catch (error) {
      // Both files are seldom written at one moment: the next look finds them together.
      logger.error({ err: error }, 'The new TLS files cannot be used; the old ones stay in force')
    }
  }
  const paths = [files.certPath, files.keyPath]
  for (const path of paths) watchFile(path, { interval: watchIntervalMs, persistent: false }, renew)
  return () => {
    for (const path of paths) unwatchFile(path, renew)
  }
}
