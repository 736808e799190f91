import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer, type RunningServer, type StartOptions } from '@roomful/server'
import { freePorts } from '@roomful/media/testing/freePorts'
import { allPermissions, type RoomTokenClaims } from '@roomful/protocol'

export type TestServer = RunningServer & {
  /** A token with every permission unless the claims say otherwise. */
  token(roomName: string, userName: string, claims?: Partial<RoomTokenClaims>): Promise<string>
}

/** The whole server with its real media processes, on loopback. */
export async function startTestServer(
  options: {
    mediaProcesses?: number
    /** Of every room. */
    maxMembers?: number
    /** Anything else that `startServer` takes. */
    config?: StartOptions
  } = {},
): Promise<TestServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'roomful-data-'))
  const mediaProcesses = options.mediaProcesses ?? 1
  // Media, and the same again for relayed browsers.
  const rtcPort = await freePorts(2 * mediaProcesses)
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    rtcHost: '127.0.0.1',
    rtcPort,
    mediaProcesses,
    dataDir,
    ...(options.maxMembers === undefined
      ? {}
      : { room: { quality: '720p', fps: 25, maxMembers: options.maxMembers } }),
    logLevel: (process.env['ROOMFUL_LOG_LEVEL'] ?? 'warn') as 'warn',
    ...options.config,
  })
  return {
    ...server,
    token: (roomName, userName, claims) =>
      server.mintToken({
        r: roomName,
        u: userName,
        s: [...allPermissions],
        ja: 'member',
        ma: 'all',
        acr: true,
        ...claims,
      }),
    async close() {
      await server.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
