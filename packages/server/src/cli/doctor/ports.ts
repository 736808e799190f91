import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { relayPortOf, type Config } from '../../config/index.ts'
import { fail, ok, reasonOf, type Check, type Finding } from './Finding.ts'

const aliveTimeoutMs = 2000

/** Whether the ports can be had: TCP for HTTP and WebSockets, UDP for media. */
export const checkPorts: Check = async (config) => {
  const isRunning = config.port !== 0 && (await answersAsRoomful(config))
  if (isRunning) return [ok(`Roomful is running on port ${config.port}; its ports are its own`)]
  const http = await checkHttp(config)
  const udpPorts = new Set(Array.from({ length: config.mediaProcesses }, (_, k) => config.rtcPort + k))
  const relayPort = relayPortOf(config)
  for (let k = 0; k < config.mediaProcesses; k++) udpPorts.add(relayPort + k)
  const taken: string[] = []
  for (const port of udpPorts) {
    const reason = await refusalOfUdp(port, config.rtcHost)
    if (reason !== null) taken.push(`${port} (${reason})`)
  }
  const media: Finding =
    taken.length === 0
      ? ok(`UDP ports for media are free: ${[...udpPorts].sort((a, b) => a - b).join(', ')}`)
      : fail(
          `UDP ports for media cannot be had: ${taken.join(', ')}`,
          'Set ROOMFUL_RTC_PORT to the first of as many free ports as there are media processes, and ROOMFUL_RTC_HOST to an address of this machine or to nothing.',
        )
  return [http, media]
}

async function checkHttp({ host, port }: Config): Promise<Finding> {
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
    return ok(`TCP port ${port} on ${host} is free`)
  } catch (error) {
    return fail(
      `TCP port ${port} on ${host} cannot be had: ${reasonOf(error)}`,
      'Set PORT to a free port, and HOST to an address of this machine, 0.0.0.0 or 127.0.0.1; ports below 1024 need the right to bind them.',
    )
  } finally {
    server.close()
  }
}

async function refusalOfUdp(port: number, host: string | undefined): Promise<string | null> {
  const socket = createSocket(host?.includes(':') ? 'udp6' : 'udp4')
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind({ port, address: host, exclusive: true }, resolve)
    })
    return null
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? reasonOf(error)
  } finally {
    socket.close()
  }
}

async function answersAsRoomful({ host, port, tls }: Config): Promise<boolean> {
  const address = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host
  try {
    const response = await fetch(`${tls === undefined ? 'http' : 'https'}://${address}:${port}/healthz`, {
      signal: AbortSignal.timeout(aliveTimeoutMs),
    })
    const body = (await response.json()) as { status?: unknown }
    return response.ok && body.status === 'ok'
  } catch {
    return false
  }
}
