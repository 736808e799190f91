import { pino } from 'pino'
import { expect, it } from 'vitest'
import { freePorts } from '@roomful/media/testing/freePorts'
import { MediaProcessPool } from './MediaProcessPool.ts'

it('spreads rooms that are made at the same moment', async () => {
  const rtcPort = await freePorts(4)
  const pool = await MediaProcessPool.start({
    processes: 2,
    config: { rtcPort, rtcHost: '127.0.0.1', announcedIp: undefined, logLevel: 'silent', allowedHosts: [] },
    logger: pino({ level: 'silent' }),
  })
  try {
    const dead: string[] = []
    const ids = ['a', 'b', 'c', 'd']
    const options = { width: 320, height: 180, fps: 20, videoBitrateBps: 100_000 }
    let onDeath = (): void => {}
    const died = new Promise<void>((resolve) => (onDeath = resolve))
    await Promise.all(
      ids.map((id) =>
        pool.createRoom(id, options, {
          onMediaEvent: () => {},
          onMediaDied: () => {
            dead.push(id)
            if (dead.length === 2) onDeath()
          },
        }),
      ),
    )
    const [pid = 0] = pool.pids
    process.kill(pid, 'SIGKILL')
    await died
    expect(dead).toHaveLength(2)
  } finally {
    await pool.close()
  }
}, 30_000)
