import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

/** Below the ports that Linux gives to outgoing sockets (32768 and up): none of those takes one that was free. */
const [lowest, end] = [10_000, 32_000]

/** A port that nobody had a moment ago, neither for TCP nor for UDP. */
export const freePort = (): Promise<number> => freePorts(1)

/** The first of `count` such ports in a row. */
export async function freePorts(count: number): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const first = randomInt(lowest, end - count)
    if (await areFree(first, count)) return first
  }
  throw new Error(`There are no ${count} free ports in a row between ${lowest} and ${end}`)
}

async function areFree(first: number, count: number): Promise<boolean> {
  for (let port = first; port < first + count; port++) {
    if (!(await isFreeForTcp(port)) || !(await isFreeForUdp(port))) return false
  }
  return true
}

const isFreeForTcp = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, () => server.close(() => resolve(true)))
  })

const isFreeForUdp = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.once('error', () => {
      socket.close()
      resolve(false)
    })
    socket.bind({ port, exclusive: true }, () => socket.close(() => resolve(true)))
  })
