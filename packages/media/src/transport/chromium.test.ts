import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../testing/freePorts.ts'
import type { LegOptions } from '../types.ts'
import { LegTransport, shutdownTransport } from './index.ts'
import { livingPeerCount } from './nativePeer.ts'
import { findChromium, startChromium } from './testing/chromium.ts'
import { pli } from './testing/packets.ts'
import { until } from './testing/until.ts'
import type { MediaKind } from './types.ts'

const rtcPort = await freePort()
const streamId = 'room-stream'
const executablePath = findChromium()
if (executablePath === undefined) {
  process.stderr.write(
    'Skipped: no Chromium at CHROME_PATH or /usr/bin/chromium to test the transport with\n',
  )
}

const member: LegOptions = {
  sourceId: 's',
  audio: { send: true, receive: true },
  video: { send: true, receive: true },
}
const audience: LegOptions = {
  sourceId: null,
  audio: { send: false, receive: true },
  video: { send: false, receive: true },
}

/** A leg that sends what it receives on to `listeners`, with their SSRCs. */
function createEchoLeg(legId: string) {
  const ssrcs = { audio: 101, video: 102 }
  const leg = {
    rtp: { audio: 0, video: 0 },
    connected: 0,
    closed: 0,
    listeners: new Set<LegTransport>(),
    senderSsrc: 0,
  }
  const transport: LegTransport = new LegTransport({
    legId,
    rtcPort,
    rtcHost: '127.0.0.1',
    cname: 'mix',
    streamId,
    ssrcs,
    events: {
      onRtp: (kind, packet) => {
        leg.rtp[kind]++
        if (kind === 'video') leg.senderSsrc = packet.readUInt32BE(8)
        packet.writeUInt32BE(ssrcs[kind], 8)
        for (const listener of leg.listeners) listener.sendRtp(kind, packet)
      },
      onRtcp: () => undefined,
      onConnected: () => leg.connected++,
      onClosed: () => leg.closed++,
    },
  })
  const askKeyframe = () => transport.sendRtcp('video', pli(ssrcs.video, leg.senderSsrc))
  return Object.assign(leg, { transport, askKeyframe })
}

type Stats = { audioPackets: number; framesDecoded: number }

// `call` lives in the page, see testing/call.js.
const run = <T>(page: Page, expression: string): Promise<T> => page.evaluate<T>(expression)
const statsOf = (page: Page) => run<Stats>(page, 'call.stats()')

async function negotiate(page: Page, leg: LegTransport, options: LegOptions, getOffer: string) {
  const offer = await run<string>(page, getOffer)
  const answer = await leg.answer(offer, options)
  await run(page, `call.accept(${JSON.stringify(answer.sdp)})`)
  return { offer, ...answer }
}

async function untilStats(page: Page, what: string, condition: (stats: Stats) => boolean): Promise<Stats> {
  const deadline = performance.now() + 15_000
  for (;;) {
    const stats = await statsOf(page)
    if (condition(stats)) return stats
    if (performance.now() > deadline) throw new Error(`Not within 15 s: ${what}; ${JSON.stringify(stats)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Waits until the page decodes `frames` more; asks the sender for keyframes, as the mixer would. */
async function untilDecoding(page: Page, askKeyframe: () => void, frames = 10): Promise<void> {
  const before = await statsOf(page)
  let polls = 0
  await untilStats(page, 'sound and picture arrive', (stats) => {
    if (polls++ % 10 === 0) askKeyframe()
    return (
      stats.framesDecoded > before.framesDecoded + frames && stats.audioPackets > before.audioPackets + 20
    )
  })
}

describe.skipIf(executablePath === undefined)('a leg and Chromium', { timeout: 60_000 }, () => {
  let chromium: Awaited<ReturnType<typeof startChromium>>
  const legs: LegTransport[] = []
  const pages: Page[] = []

  async function newCall(legId: string) {
    const page = await chromium.newPage()
    pages.push(page)
    await page.addScriptTag({ path: fileURLToPath(new URL('./testing/call.js', import.meta.url)) })
    const leg = createEchoLeg(legId)
    legs.push(leg.transport)
    return { page, leg }
  }

  beforeAll(async () => {
    chromium = await startChromium(executablePath ?? '')
  }, 60_000)
  afterEach(async () => {
    for (const leg of legs.splice(0)) leg.close()
    for (const page of pages.splice(0)) await page.close()
    await until('native peers are gone', () => livingPeerCount() === 0)
  })
  afterAll(async () => {
    await chromium.close()
    await shutdownTransport()
  })

  it('joins, changes a direction, restarts ICE, and closes', async () => {
    const { page, leg } = await newCall('member')
    leg.listeners.add(leg.transport)
    const startAll = 'call.start({ audio: true, video: true })'
    const { sections } = await negotiate(page, leg.transport, member, startAll)
    expect(sections.map(({ kind, codec, send, receive }) => ({ kind, codec, send, receive }))).toEqual([
      { kind: 'audio', codec: 'opus', send: true, receive: true },
      { kind: 'video', codec: 'vp8', send: true, receive: true },
    ])
    await until('connected', () => leg.connected === 1)
    await untilDecoding(page, leg.askKeyframe)
    const streams = await run<string[]>(
      page,
      'call.pc.getReceivers().length === 2 && [...new Set(call.pc.remoteDescription.sdp.match(/a=msid:\\S+/g))]',
    )
    expect(streams).toEqual([`a=msid:${streamId}`])

    // The browser stops sending video, then sends it again. Its audio goes on.
    const video = "call.pc.getTransceivers().find((t) => t.receiver.track.kind === 'video')"
    await run(page, `void (${video}.direction = 'recvonly')`)
    const less = await negotiate(page, leg.transport, member, 'call.offer()')
    expect(less.sections[1]).toMatchObject({ send: true, receive: false })
    const stopped = { ...leg.rtp }
    await until('audio goes on', () => leg.rtp.audio > stopped.audio + 20)
    expect(leg.rtp.video).toBe(stopped.video)
    expect(await run(page, `${video}.currentDirection`)).toBe('recvonly')
    await run(page, `void (${video}.direction = 'sendrecv')`)
    await negotiate(page, leg.transport, member, 'call.offer()')
    await untilDecoding(page, leg.askKeyframe)
    expect([leg.connected, leg.closed]).toEqual([1, 0])

    // It stops receiving, more than once: what comes again is shown again.
    for (const stopped of ['sendonly', 'inactive', 'sendonly']) {
      await run(page, `void (${video}.direction = '${stopped}')`)
      await negotiate(page, leg.transport, member, 'call.offer()')
      await run(page, `void (${video}.direction = 'sendrecv')`)
      await negotiate(page, leg.transport, member, 'call.offer()')
      const shown = await run<number>(page, 'call.shownFrames()')
      const deadline = performance.now() + 15_000
      while ((await run<number>(page, 'call.shownFrames()')) < shown + 10) {
        if (performance.now() > deadline) throw new Error(`Not shown within 15 s of ${stopped}`)
        leg.askKeyframe()
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }

    const before = await run<string>(page, 'call.pc.localDescription.sdp')
    await run(page, 'call.pc.restartIce()')
    const restart = await negotiate(page, leg.transport, member, 'call.offer()')
    const ufrag = (sdp: string) => sdp.match(/a=ice-ufrag:(.*)/)?.[1]
    expect(ufrag(restart.offer)).not.toBe(ufrag(before))
    await until('connected again', () => leg.connected === 2)
    await untilDecoding(page, leg.askKeyframe)
    expect(leg.closed).toBe(0)
    await until('the connections before the restart are gone', () => livingPeerCount() === 2)

    await run(page, 'call.pc.close()')
    await until('told that the browser closed', () => leg.closed === 1)
    await until('native peers are gone', () => livingPeerCount() === 0)
  })

  it('serves an audience page that has no media permission', async () => {
    const sender = await newCall('sender')
    const listener = await newCall('listener')
    await negotiate(sender.page, sender.leg.transport, member, 'call.start({ audio: true, video: true })')
    const { sections } = await negotiate(
      listener.page,
      listener.leg.transport,
      audience,
      'call.start({ audio: false, video: false, receiveOnly: true })',
    )
    expect(sections.every(({ send, receive }) => send && !receive)).toBe(true)
    sender.leg.listeners.add(listener.leg.transport)
    await until('both connected', () => sender.leg.connected === 1 && listener.leg.connected === 1)
    await untilDecoding(listener.page, sender.leg.askKeyframe)
    expect(listener.leg.rtp).toEqual({ audio: 0, video: 0 } satisfies Record<MediaKind, number>)
  })

  it('answers an offer that begins with video with audio first', async () => {
    const { page, leg } = await newCall('video-first')
    leg.listeners.add(leg.transport)
    const { offer, sdp } = await negotiate(
      page,
      leg.transport,
      member,
      'call.start({ audio: false, video: true })',
    )
    expect(offer.match(/^m=\w+/gm)).toEqual(['m=video', 'm=audio'])
    expect(sdp.match(/^m=\w+/gm)).toEqual(['m=audio', 'm=video'])
    await until('connected', () => leg.connected === 1)
    await untilStats(page, 'the own picture comes back', ({ framesDecoded }) => {
      leg.askKeyframe()
      return framesDecoded > 10
    })
  })
})
