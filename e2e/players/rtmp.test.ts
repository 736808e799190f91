import { createServer as createTlsServer } from 'node:tls'
import { readFileSync } from 'node:fs'
import { connect, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeClip } from '../../packages/media/src/players/testing/clips.ts'
import { livingPlayerPids } from '../../packages/media/src/players/testing/livingPlayers.ts'
import { PlayerRig } from '../../packages/media/src/players/testing/PlayerRig.ts'
import { NginxRtmp } from '../support/NginxRtmp.ts'

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../packages/media/src/net/testing/${name}`, import.meta.url))

let nginx: NginxRtmp
let rig: PlayerRig

beforeAll(async () => {
  nginx = await NginxRtmp.start()
  rig = await PlayerRig.create()
})
afterAll(async () => {
  await rig.close()
  await nginx.close()
})

/** Sends a clip until it is told to stop. */
function publish(key: string): { stop: () => Promise<void> } {
  let stopped = false
  const sent = writeClip({
    path: nginx.url(key),
    format: 'flv',
    seconds: 120,
    live: { stop: () => stopped },
  }).catch(() => {
    // The server went away under it.
  })
  return {
    stop: () => {
      stopped = true
      return sent
    },
  }
}

/** The sender's colour and tone, close to each other. */
const isSeenAndHeard = (): boolean => rig.second() >= 0 && rig.levelDb() > -14

test('a live RTMP source: seen and heard, paused, back after its server was gone, ended when it stays away', async () => {
  let sender = publish('film')
  rig.show('live')
  const open = (): Promise<unknown> => rig.open('live', nginx.url('film'))
  // Who comes before the first keyframe waits for it.
  await expect(open()).resolves.toEqual({
    seekable: false,
    durationMs: null,
    hasAudio: true,
    hasVideo: true,
  })
  await rig.until('it is seen and heard', isSeenAndHeard)
  await expect(rig.players.seek('live', 10)).rejects.toThrow('no other places')

  rig.players.pause('live')
  await rig.until('silence', () => rig.levelDb() === -200)
  const frozen = rig.second()
  await rig.ticks(60)
  expect(rig.second()).toBe(frozen)
  rig.players.resume('live')
  await rig.until('it is heard again', () => rig.levelDb() > -14)
  await rig.until('another second is seen', () => rig.second() !== frozen)

  rig.events.length = 0
  await nginx.stop()
  await sender.stop()
  await rig.until('silence', () => rig.levelDb() === -200)
  // The last picture stays.
  expect(rig.second()).toBeGreaterThanOrEqual(0)
  await nginx.run()
  sender = publish('film')
  await rig.until('it came back', () => rig.events.some(({ type }) => type === 'player.state'), 30_000)
  await rig.until('it is seen and heard again', isSeenAndHeard, 30_000)

  await nginx.stop()
  await sender.stop()
  await rig.until('it has ended', () => rig.ended('live') !== undefined, 40_000)
  expect(rig.ended('live')!.error).toMatch(/did not come back: 127\.0\.0\.1:\d+ refused the connection/)
  await rig.until('its process is gone', () => livingPlayerPids().length === 0)
  await nginx.run()
  expect(rig.problems).toEqual([])
})

test('RTMPS: only with a certificate that somebody vouches for', async () => {
  const sender = publish('secure')
  const certificate = {
    key: readFileSync(fixture('localhost.key.pem')),
    cert: readFileSync(fixture('localhost.pem')),
  }
  // nginx without TLS for RTMP, behind one who has it.
  const tls = createTlsServer(certificate, (socket) => {
    const inner = connect(nginx.port, '127.0.0.1')
    for (const each of [socket, inner]) each.on('error', () => each.destroy())
    socket.pipe(inner).pipe(socket)
  })
  await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', () => resolve()))
  const url = `rtmps://127.0.0.1:${(tls.address() as AddressInfo).port}/live/secure`
  try {
    await expect(rig.open('live', url)).rejects.toThrow('shows a certificate that cannot be trusted')
    process.env['SSL_CERT_FILE'] = fixture('testAuthority.pem')
    rig.show('live')
    await rig.open('live', url)
    await rig.until('it is seen and heard', isSeenAndHeard)
  } finally {
    delete process.env['SSL_CERT_FILE']
    await rig.players.closeAll()
    await sender.stop()
    tls.close()
  }
})
