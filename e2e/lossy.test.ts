import { cpus, loadavg } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cameraClip, type SimulatedMember } from '@roomful/load-test'
import { useProxyWithStock } from './legs/stockProxy.ts'
import { UdpProxy, useProxy } from './legs/UdpProxy.ts'
import { BrowserMember, type Client } from './support/BrowserMember.ts'
import { person } from './support/people.ts'
import { startTestServer, type TestServer } from './support/server.ts'
import { joinSimulated } from './support/simulated.ts'
import { waitFor } from './support/waitFor.ts'

const roomName = 'lossy'
const bo = person(1)
const settleMs = 5000
const measureMs = 17_000

declare global {
  interface Window {
    connections: Set<RTCPeerConnection>
  }
}

/** What Chromium says of what it gets; totals since it joined. */
type Received = {
  atMs: number
  framesDecoded: number
  width: number
  freezeSeconds: number
  samples: number
  concealedSamples: number
  keyframeRequests: number
  /** Sums over all frames and samples that came out of the jitter buffers. */
  videoDelaySeconds: number
  videoEmitted: number
}

type Page = { client: Client; member: BrowserMember; proxy: UdpProxy }

let server: TestServer
let camera: SimulatedMember
const pages: Page[] = []

beforeAll(async () => {
  server = await startTestServer()
  camera = await joinSimulated(server, roomName, bo, { video: cameraClip() })
  for (const [index, client] of (['roomful', 'stock'] as const).entries()) {
    const proxy = await UdpProxy.open(server.config.rtcPort, 10 + index)
    const member = await BrowserMember.open(person(0), client, server.url, pages[0]?.member)
    pages.push({ client, member, proxy })
    await (client === 'stock' ? useProxyWithStock : useProxy)(member, proxy)
    await member.page.evaluate(() => {
      window.connections = new Set()
      const original = RTCPeerConnection.prototype.setRemoteDescription
      RTCPeerConnection.prototype.setRemoteDescription = function (this: RTCPeerConnection, description) {
        window.connections.add(this)
        return Reflect.apply(original, this, [description]) as Promise<void>
      } as typeof original
    })
    await member.join(await server.token(roomName, client))
  }
  for (const { client, member } of pages) {
    await waitFor(`${client}: a running picture`, async () => (await receivedBy(member)).framesDecoded > 50)
  }
})
afterAll(async () => {
  for (const { member, proxy } of [...pages].reverse()) {
    await member.close()
    proxy.close()
  }
  await camera?.leave()
  await server?.close()
})

function receivedBy({ page }: BrowserMember): Promise<Received> {
  return page.evaluate(async () => {
    const received = {
      atMs: performance.now(),
      framesDecoded: 0,
      width: 0,
      freezeSeconds: 0,
      samples: 0,
      concealedSamples: 0,
      keyframeRequests: 0,
      videoDelaySeconds: 0,
      videoEmitted: 0,
    }
    for (const connection of window.connections) {
      const stats = await connection.getStats()
      stats.forEach((entry: RTCInboundRtpStreamStats & { totalFreezesDuration?: number }) => {
        if (entry.type !== 'inbound-rtp') return
        if (entry.kind === 'video') {
          received.framesDecoded += entry.framesDecoded ?? 0
          received.width = entry.frameWidth ?? received.width
          received.freezeSeconds += entry.totalFreezesDuration ?? 0
          received.keyframeRequests += entry.pliCount ?? 0
          received.videoDelaySeconds += entry.jitterBufferDelay ?? 0
          received.videoEmitted += entry.jitterBufferEmittedCount ?? 0
        } else {
          received.samples += entry.totalSamplesReceived ?? 0
          received.concealedSamples += entry.concealedSamples ?? 0
        }
      })
    }
    return received
  })
}

const elapsed = (ms: number): Promise<unknown> => {
  const untilMs = performance.now() + ms
  return waitFor('time to pass', () => performance.now() >= untilMs, { timeoutMs: ms + 10_000 })
}

/** What share of the time, and of the sound, was bad in between. */
function between(before: Received, after: Received) {
  const seconds = (after.atMs - before.atMs) / 1000
  return {
    frozen: (after.freezeSeconds - before.freezeSeconds) / seconds,
    concealed: (after.concealedSamples - before.concealedSamples) / (after.samples - before.samples),
    fps: (after.framesDecoded - before.framesDecoded) / seconds,
    delayMs:
      ((after.videoDelaySeconds - before.videoDelaySeconds) * 1000) /
      (after.videoEmitted - before.videoEmitted),
    keyframeRequests: after.keyframeRequests - before.keyframeRequests,
    width: after.width,
  }
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
const inWords = ({
  frozen,
  concealed,
  fps,
  width,
  delayMs,
  keyframeRequests,
}: ReturnType<typeof between>): string =>
  `picture frozen ${percent(frozen)} of the time, sound concealed ${percent(concealed)} ` +
  `(${fps.toFixed(1)} fps, ${width} pixels wide, ${delayMs.toFixed(0)} ms in the jitter buffer, ` +
  `${keyframeRequests} keyframe requests)`

test(
  '5 % of the packets lost and 200 ms of jitter, both ways: watchable and understandable',
  { retry: 1 },
  async () => {
    for (const { proxy } of pages) proxy.mend()
    const all = (): Promise<Received[]> => Promise.all(pages.map(({ member }) => receivedBy(member)))
    const start = await all()
    await elapsed(2000)
    const good = await all()
    for (const { proxy } of pages) proxy.impair({ loss: 0.05, jitterMs: 200 })
    await elapsed(settleMs)
    const before = await all()
    const statsBefore = await server.mediaStats(roomName)
    await elapsed(measureMs)
    const after = await all()
    const stats = await server.mediaStats(roomName)
    const lossy = pages.map((_, index) => between(before[index]!, after[index]!))

    const perSecond = (name: 'framesComposed' | 'framesDecoded'): number =>
      ((stats?.[name] ?? 0) - (statsBefore?.[name] ?? 0)) / (measureMs / 1000)
    const load = `load ${loadavg()[0]?.toFixed(1)} on ${cpus().length} cores, ${perSecond('framesComposed').toFixed(1)} of 25 fps composed`
    for (const [index, { client, proxy }] of pages.entries()) {
      const lost = percent(proxy.down.lost / (proxy.down.lost + proxy.down.passed))
      console.info(
        `${client} (${load}): on the good line ${inWords(between(start[index]!, good[index]!))}; ` +
          `first ${settleMs / 1000} s of the bad one ${inWords(between(good[index]!, before[index]!))}; ` +
          `then ${measureMs / 1000} s ${inWords(lossy[index]!)}; ${lost} of all packets lost`,
      )
    }
    const sent = (perSecond('framesDecoded') / (pages.length + 1)).toFixed(1)
    console.info(`what they sent, with the one on a good line: ${sent} frames a second each`)
    // A machine that has no time to make the picture has none to show it either, whatever the network does.
    const keptUp = perSecond('framesComposed') >= 23
    if (!keptUp) console.warn('The machine did not keep up: how long the picture froze is not judged')
    for (const { frozen, concealed, fps } of lossy) {
      if (keptUp) expect(frozen).toBeLessThan(0.05)
      expect(concealed).toBeLessThan(0.05)
      expect(fps).toBeGreaterThan(12)
    }
  },
)
