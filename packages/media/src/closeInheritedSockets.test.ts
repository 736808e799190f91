import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'

const script = `
import { closeInheritedSockets } from ${JSON.stringify(new URL('./closeInheritedSockets.ts', import.meta.url).href)}
closeInheritedSockets(2)
process.stdout.write('ready')
setInterval(() => {}, 1000)
`

test.runIf(process.platform === 'linux')(
  'a port of the parent is free once the parent has left it, though a child runs on',
  async () => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const { port } = socket.address() as AddressInfo
    const { fd } = (socket as unknown as { _handle: { fd: number } })._handle
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      // The descriptor gets through as one without FD_CLOEXEC does.
      stdio: ['ignore', 'pipe', 'inherit', fd],
    })
    try {
      await once(child.stdout!, 'data')
      socket.close()
      await once(socket, 'close')
      const next = createSocket('udp4')
      next.bind(port, '127.0.0.1')
      await once(next, 'listening')
      expect(next.address().port).toBe(port)
      next.close()
      expect(child.exitCode).toBeNull()
    } finally {
      child.kill('SIGKILL')
    }
  },
)
