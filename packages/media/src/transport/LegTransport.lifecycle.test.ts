import { createSocket } from 'node:dgram'
import { readdirSync } from 'node:fs'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { freePort } from '../testing/freePorts.ts'
import { shutdownTransport } from './index.ts'
import { livingPeerCount } from './nativePeer.ts'
import { attributeOf } from './sdpLines.ts'
import { closeAll, createClient, createLeg, exchange, join, member, sectionsOf } from './testing/legs.ts'
import { rtpPacket } from './testing/packets.ts'
import { seededRandom } from './testing/random.ts'
import { until } from './testing/until.ts'

const rtcHost = '127.0.0.1'
const rtcPort = await freePort()
const takenPort = await freePort()

afterEach(closeAll)
afterAll(() => shutdownTransport())

describe('the end of a leg', () => {
  it('is silent after close(), which may come twice and while an offer is answered', async () => {
    const leg = createLeg(rtcPort)
    const client = createClient()
    const offer = await client.offerer.createOffer()
    const pending = leg.transport.answer(offer, member)
    leg.transport.close()
    leg.transport.close()
    await expect(pending).rejects.toMatchObject({ code: 'leg_not_found' })
    await expect(leg.transport.answer(offer, member)).rejects.toMatchObject({ code: 'leg_not_found' })
    const packet = rtpPacket({ payloadType: 96, ssrc: leg.ssrcs.video, sequenceNumber: 1 })
    expect(leg.transport.sendRtp('video', packet)).toBe(false)
    expect(leg.transport.sendRtcp('video', packet)).toBe(false)
    await until('only the offerer is left', () => livingPeerCount() === 2)
    expect([leg.connected, leg.closed]).toEqual([0, 0])
  })

  it('says so when the port is taken', async () => {
    const blocker = createSocket('udp4')
    await new Promise<void>((resolve) => blocker.bind(takenPort, rtcHost, resolve))
    try {
      const leg = createLeg(takenPort)
      const client = createClient()
      await expect(leg.transport.answer(await client.offerer.createOffer(), member)).rejects.toMatchObject({
        code: 'internal',
        message: expect.stringContaining(`UDP port ${takenPort} of 127.0.0.1 cannot be bound`) as string,
      })
    } finally {
      await new Promise<void>((resolve) => blocker.close(() => resolve()))
    }
  })

  it('leaves handles as they were after 50 joins and closes', async () => {
    const handles = () => ({
      files: readdirSync('/proc/self/fd').length,
      threads: readdirSync('/proc/self/task').length,
      timers: process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length,
    })
    const cycle = async () => {
      const leg = createLeg(rtcPort)
      const client = createClient()
      await join(leg, client)
      client.offerer.close()
      leg.transport.close()
      await closeAll()
    }
    for (let i = 0; i < 5; i++) await cycle()
    const before = handles()
    for (let i = 0; i < 50; i++) await cycle()
    // Sockets are closed on a native thread a moment later.
    await until('files are as before', () => handles().files <= before.files + 1)
    expect(handles().threads).toBeLessThanOrEqual(before.threads + 1)
    expect(handles().timers).toBeLessThanOrEqual(before.timers + 1)
  }, 60_000)
})

describe('strangers at the media port', () => {
  it('are ignored: random datagrams, and packets that look like STUN, DTLS, RTP and RTCP', async () => {
    const seed = Date.now() & 0xffffffff
    const random = seededRandom(seed)
    const leg = createLeg(rtcPort)
    const client = createClient()
    const { sdp } = await join(leg, client)
    await exchange(leg, client)
    const ufrag = attributeOf(sectionsOf(sdp)[1] ?? [], 'ice-ufrag') ?? ''
    const stranger = createSocket('udp4')
    try {
      const firstBytes = [0x00, 0x01, 0x16, 0x80, 0x81, 0xff]
      for (let i = 0; i < 1500; i++) {
        const datagram = Buffer.from(Array.from({ length: Math.floor(random() * 200) }, () => random() * 256))
        const first = firstBytes[i % firstBytes.length] ?? 0
        if (datagram.length > 0 && i % 3 > 0) datagram[0] = first
        if (first <= 1 && datagram.length >= 28)
          writeStunHeader(datagram, i % 2 === 0 ? `${ufrag}:x` : 'nobody:x')
        await new Promise((resolve) => stranger.send(datagram, rtcPort, rtcHost, resolve))
      }
      await exchange(leg, client)
      expect([leg.closed, client.closed], `seed ${seed}`).toEqual([0, 0])
    } finally {
      stranger.close()
    }
    leg.rtp.length = 0
    await exchange(leg, client)
    const known = new Set<number>(Object.values(client.ssrcs))
    expect(leg.rtp.every(({ packet }) => known.has(packet.readUInt32BE(8)))).toBe(true)
  })
})

/** A binding request with a USERNAME and no valid integrity. */
function writeStunHeader(datagram: Buffer, username: string): void {
  datagram.writeUInt16BE(0x0001, 0)
  datagram.writeUInt16BE((datagram.length - 20) & ~3, 2)
  datagram.writeUInt32BE(0x2112a442, 4)
  datagram.writeUInt16BE(0x0006, 20)
  datagram.writeUInt16BE(Math.min(username.length, datagram.length - 24), 22)
  datagram.write(username, 24)
}
