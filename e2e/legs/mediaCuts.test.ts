import { afterAll, beforeAll, expect, test } from 'vitest'
import { colorDistance, type Rgb, type SimulatedMember } from '@roomful/load-test'
import type { VideoMember } from '@roomful/protocol'
import { BrowserMember } from '../support/BrowserMember.ts'
import { person } from '../support/people.ts'
import { colorTolerance, expectTiles } from '../support/picture.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { joinSimulated } from '../support/simulated.ts'
import { waitFor } from '../support/waitFor.ts'
import { UdpProxy, useProxy } from './UdpProxy.ts'

const bo = person(1)

let server: TestServer
let proxy: UdpProxy
let member: BrowserMember
let other: SimulatedMember
let id = ''
const colors = new Map<string, Rgb>()
const left: string[] = []

beforeAll(async () => {
  server = await startTestServer()
  other = await joinSimulated(server, 'media', bo, {
    onEvent: (type, params) => {
      if (type === 'video.member.left') left.push((params['member'] as VideoMember).id)
    },
  })
  proxy = await UdpProxy.open(server.config.rtcPort)
  member = await BrowserMember.open(person(0), 'roomful', server.url)
  await useProxy(member, proxy)
  await member.join(await server.token('media', 'Ada'))
  id = await member.memberId()
  colors.set(id, member.person.color)
  colors.set(other.memberId, bo.color)
  await expectTiles(member, colors)
})
afterAll(async () => {
  await member?.close()
  await other?.leave()
  proxy?.close()
  await server?.close()
})

/** Frames that have arrived over the present connection. */
const packets = (): Promise<number> =>
  member.page.evaluate(async () => {
    const track = window.room.remoteStream?.getVideoTracks()[0]
    const video = [...document.querySelectorAll('video')].find((element) =>
      (element.srcObject as MediaStream | null)?.getVideoTracks().includes(track as MediaStreamTrack),
    )
    return Promise.resolve(video?.getVideoPlaybackQuality().totalVideoFrames ?? 0)
  })

async function expectMediaBack(what: string, sinceMs: number): Promise<void> {
  const before = await packets()
  await waitFor(
    'new frames',
    async () => {
      const now = await packets()
      return now < before || now > before + 10
    },
    { timeoutMs: 30_000 },
  )
  await waitFor('Bo to be heard', async () => ((await member.tonesDb([bo.toneHz], 1))[0] ?? -200) > -60)
  const tookMs = performance.now() - sinceMs
  console.info(`${what}: picture and sound are back after ${(tookMs / 1000).toFixed(1)} s`)
  await expectTiles(member, colors, 30_000)
  expect(await member.memberId()).toBe(id)
  expect(await member.events('room.left')).toEqual([])
  expect(await member.events('room.joined')).toEqual([])
  expect(left).toEqual([])
}

test('media lost for some 10 s while the socket lives: told in words, and back by itself', async () => {
  await member.clearEvents()
  proxy.cut()
  const lost = await waitFor(
    'media.disconnected',
    async () => (await member.events('media.disconnected'))[0],
    { timeoutMs: 30_000 },
  )
  expect(lost.payload['reason']).toMatch(/^No media can pass\. .*of the server: \d+ host\/udp/)
  expect(await member.call('getMeta')).toEqual({ meta: {} })
  await new Promise((resolve) => setTimeout(resolve, 5_000))
  proxy.mend()
  await expectMediaBack('some 10 s without media', performance.now())
  const names = (await member.eventNames()).filter((name) => name.startsWith('media.'))
  expect(names).toEqual(['media.disconnected', 'media.reconnecting', 'media.connected'])
})

test('directions of a running call and hold, as the room sees and hears them', async () => {
  const ownTile = async (): Promise<boolean> => {
    const layer = (await member.layout())?.layers.find((each) => each.member_id === id)
    if (!layer) throw new Error('no tile')
    const picture = await member.colorsAt([[layer.x + layer.width * 0.9, layer.y + layer.height * 0.1]])
    return colorDistance(picture?.colors[0] as Rgb, member.person.color) < colorTolerance
  }
  await member.call('setVideoDirection', 'recvonly')
  await waitFor('the own picture to be gone', async () => !(await ownTile()))
  await member.call('updateMedia', { video: { direction: 'inactive' }, audio: { direction: 'sendonly' } })
  await waitFor('silence', async () => ((await member.tonesDb([bo.toneHz], 1))[0] ?? 0) < -80)
  await member.call('updateMedia', { video: { direction: 'sendrecv' }, audio: { direction: 'sendrecv' } })
  await expectTiles(member, colors, 30_000)
  await waitFor('Bo to be heard', async () => ((await member.tonesDb([bo.toneHz], 1))[0] ?? -200) > -60)

  await member.call('hold')
  await waitFor('the own picture to be gone', async () => !(await ownTile()))
  await waitFor('silence', async () => ((await member.tonesDb([bo.toneHz], 1))[0] ?? 0) < -80)
  await member.call('unhold')
  await expectTiles(member, colors, 30_000)
  await waitFor('Bo to be heard', async () => ((await member.tonesDb([bo.toneHz], 1))[0] ?? -200) > -60)
})

test('the address of the client changes', async () => {
  await member.clearEvents()
  proxy.changeAddresses()
  await expectMediaBack('another address', performance.now())
})
