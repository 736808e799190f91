import { afterAll, beforeAll, expect, test } from 'vitest'
import { cameraClip, type SimulatedMember } from '@roomful/load-test'
import type { ReceivedFrame } from '@roomful/media/rtp/index'
import { person } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { joinSimulated } from '../support/simulated.ts'
import { waitFor } from '../support/waitFor.ts'
import { throughProxy, UdpProxy } from './UdpProxy.ts'

const roomName = 'thin'

/** What a member has got of the picture, frame by frame. */
class Receiver {
  member: SimulatedMember | undefined
  frames = 0
  keyframes = 0
  widths: number[] = []
  /** Frames whose time did not rise. */
  backwards = 0
  #rtpTimestamp: number | undefined

  take(frame: ReceivedFrame): void {
    this.frames++
    if (this.#rtpTimestamp !== undefined && ((frame.rtpTimestamp - this.#rtpTimestamp) | 0) <= 0)
      this.backwards++
    this.#rtpTimestamp = frame.rtpTimestamp
    if (!frame.isKey) return
    this.keyframes++
    // RFC 6386 9.1: 14 bits of width after the start code.
    const width = ((frame.data[7] ?? 0) << 8) | (frame.data[6] ?? 0)
    this.widths.push(width & 0x3fff)
  }

  get width(): number | undefined {
    return this.widths.at(-1)
  }
}

let server: TestServer
let proxy: UdpProxy
const good = [new Receiver(), new Receiver()] as const
const thin = new Receiver()

beforeAll(async () => {
  server = await startTestServer()
  proxy = await UdpProxy.open(server.config.rtcPort)
  const clip = cameraClip()
  for (const [index, receiver] of [...good, thin].entries()) {
    receiver.member = await joinSimulated(server, roomName, person(index), {
      video: clip,
      onFrame: (frame) => receiver.take(frame),
      ...(receiver === thin ? { reroute: (sdp: string) => throughProxy(sdp, proxy) } : {}),
    })
  }
  await waitFor('the picture everywhere', () => [...good, thin].every(({ frames }) => frames > 25))
})
afterAll(async () => {
  for (const { member } of [...good, thin]) await member?.leave()
  proxy?.close()
  await server?.close()
})

const heights = async (): Promise<number[]> => {
  const { rungs } = (await server.mediaStats(roomName)) ?? { rungs: [] }
  return rungs.filter(({ isWanted }) => isWanted).map(({ height }) => height)
}
const receiversOf = async (height: number): Promise<number> => {
  const { rungs } = (await server.mediaStats(roomName)) ?? { rungs: [] }
  return rungs.find((rung) => rung.height === height)?.receivers ?? 0
}

test('one member on a line of 50 kB/s gets a smaller picture, and nobody else notices', async () => {
  expect(await heights()).toEqual([720])
  const before = good.map(({ frames, keyframes }) => ({ frames, keyframes }))
  const statsBefore = await server.mediaStats(roomName)

  const limitedAtMs = performance.now()
  proxy.impair({ rateBps: 400_000 }, ['down'])
  await waitFor('a smaller picture', () => thin.width === 320, { timeoutMs: 30_000 })
  const downMs = performance.now() - limitedAtMs
  const framesAtDown = thin.frames
  await waitFor('a running smaller picture', () => thin.frames >= framesAtDown + 40, { timeoutMs: 30_000 })
  expect(await receiversOf(720)).toBe(2)

  // While the line was too thin for one, the others got every frame, and not one keyframe more.
  const statsAfter = await server.mediaStats(roomName)
  expect(good.map(({ keyframes }) => keyframes)).toEqual(before.map(({ keyframes }) => keyframes))
  const encodedOf = (stats: typeof statsAfter): number =>
    stats?.rungs.find(({ height }) => height === 720)?.framesEncoded ?? 0
  const encoded = encodedOf(statsAfter) - encodedOf(statsBefore)
  for (const [index, { frames }] of good.entries()) {
    const got = frames - (before[index]?.frames ?? 0)
    // The counts are taken at slightly different moments.
    expect(Math.abs(got - encoded), `${got} frames of ${encoded}`).toBeLessThan(10)
  }

  proxy.mend()
  const mendedAtMs = performance.now()
  await waitFor('the full picture again', () => thin.width === 1280, { timeoutMs: 60_000 })
  const upMs = performance.now() - mendedAtMs
  await waitFor('the smaller encodes to end', async () => (await heights()).join() === '720')
  expect(await receiversOf(720)).toBe(3)
  expect([...good, thin].map(({ backwards }) => backwards)).toEqual([0, 0, 0])
  for (const { keyframes } of good) expect(keyframes).toBeLessThanOrEqual((before[0]?.keyframes ?? 0) + 1)
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
  console.info(
    `line of 50 kB/s: a small picture after ${seconds(downMs)}; good again: the full one after ${seconds(upMs)}; ` +
      `widths ${thin.widths.join(', ')}`,
  )
})
