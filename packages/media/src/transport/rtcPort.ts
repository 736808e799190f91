import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { MediaError } from '../MediaError.ts'

/** Our own socket at the port lives on for a moment after its last connection was closed. */
const retryForMs = 1500
const retryEveryMs = 25

/**
 * Makes sure that the media port can be bound. The native library aborts the process when it cannot, so this
 * has to be asked first.
 *
 * @throws MediaError `internal`, naming address and port, when the port stays taken for 1.5 s.
 */
export async function checkRtcPort(rtcPort: number, rtcHost?: string): Promise<void> {
  if (!Number.isInteger(rtcPort) || rtcPort < 1 || rtcPort > 65535) {
    throw new MediaError('internal', `The media port must be 1 to 65535, not ${rtcPort}`)
  }
  const deadline = performance.now() + retryForMs
  for (;;) {
    const error = await tryBind(rtcPort, rtcHost)
    if (error === undefined) return
    if (error.code !== 'EADDRINUSE' || performance.now() > deadline) {
      const where = `UDP port ${rtcPort}${rtcHost === undefined ? '' : ` of ${rtcHost}`}`
      const why = error.code === 'EADDRINUSE' ? 'another process has it' : error.message
      throw new MediaError('internal', `${where} cannot be bound for media: ${why}`, { cause: error })
    }
    await delay(retryEveryMs)
  }
}

type PortUse = { holders: number; check: Promise<void> | undefined }
const uses = new Map<string, PortUse>()

/**
 * To be called before a connection is made on the shared port: checks the port when none of this process is
 * on it yet.
 *
 * @returns gives the hold back, once the connection is gone; further calls do nothing.
 * @throws MediaError `internal` when the port is taken.
 */
export async function holdRtcPort(rtcPort: number, rtcHost?: string): Promise<() => void> {
  const key = `${rtcHost ?? '*'} ${rtcPort}`
  let use = uses.get(key)
  if (use === undefined) {
    use = { holders: 0, check: undefined }
    uses.set(key, use)
  }
  const held = use
  if (held.holders === 0) {
    held.check ??= checkRtcPort(rtcPort, rtcHost).finally(() => (held.check = undefined))
    await held.check
  }
  held.holders++
  let released = false
  return () => {
    if (released) return
    released = true
    held.holders--
  }
}

function tryBind(port: number, host: string | undefined): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(host !== undefined && isIPv6(host) ? 'udp6' : 'udp4')
    socket.once('error', (error) => {
      socket.close()
      resolve(error)
    })
    socket.bind({ port, exclusive: true, ...(host !== undefined && { address: host }) }, () => {
      socket.close(() => resolve(undefined))
    })
  })
}
