import { afterAll, beforeAll, expect, test } from 'vitest'
import { colorDistance, type Rgb, type SimulatedMember } from '@roomful/load-test'
import type { VideoMember } from '@roomful/protocol'
import { BrowserMember } from '../support/BrowserMember.ts'
import { person } from '../support/people.ts'
import { colorTolerance } from '../support/picture.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { joinSimulated } from '../support/simulated.ts'
import { waitFor } from '../support/waitFor.ts'
import { expectPicture, secondsUntilBack } from './comeBack.ts'
import { cutSocket, preparePage } from './pages.ts'
import { useProxyWithStock } from './stockProxy.ts'
import { UdpProxy, useProxy } from './UdpProxy.ts'

/** The pages are in one Chromium, so they share a colour; each has a line of its own. */
const ada = person(0)
const bo = person(1)
let server: TestServer
let other: SimulatedMember
let ours: BrowserMember
let stock: BrowserMember
/** In a room of its own: it loses socket and media for good. */
let lost: BrowserMember
const proxies = new Map<BrowserMember, UdpProxy>()
const ids = new Map<BrowserMember, string>()
const colors = new Map<string, Rgb>()
const left: string[] = []

beforeAll(async () => {
  server = await startTestServer()
  other = await joinSimulated(server, 'media', bo, {
    onEvent: (type, params) => {
      if (type === 'video.member.left') left.push((params['member'] as VideoMember).id)
    },
  })
  colors.set(other.memberId, bo.color)
  ours = await BrowserMember.open(ada, 'roomful', server.url)
  stock = await BrowserMember.open(ada, 'stock', server.url, ours)
  lost = await BrowserMember.open(ada, 'stock', server.url, ours)
  for (const member of [ours, stock, lost]) {
    const proxy = await UdpProxy.open(server.config.rtcPort)
    proxies.set(member, proxy)
    await preparePage(member)
    await (member.client === 'stock' ? useProxyWithStock : useProxy)(member, proxy)
    const room = member === lost ? 'lost' : 'media'
    await member.join(await server.token(room, `Ada (${member.client})`))
    ids.set(member, await member.memberId())
    if (member !== lost) colors.set(await member.memberId(), ada.color)
  }
  for (const member of [ours, stock]) await expectPicture(member, colors.size, colors)
  await waitFor('media', async () => (await lost.events('media.connected')).length > 0)
})
afterAll(async () => {
  for (const member of [lost, stock, ours]) await member?.close()
  await other?.leave()
  for (const proxy of proxies.values()) proxy.close()
  await server?.close()
})

const mediaEvents = async (member: BrowserMember): Promise<string[]> =>
  (await member.eventNames()).filter((name) => name.startsWith('media.'))

async function expectMediaBack(member: BrowserMember, what: string, sinceMs: number): Promise<void> {
  const seconds = await secondsUntilBack(member, bo.toneHz, sinceMs)
  console.info(`${member.client}, ${what}: picture and sound are back after ${seconds.toFixed(1)} s`)
  expect(seconds).toBeLessThan(10)
  expect(await member.memberId()).toBe(ids.get(member))
  expect(await member.events('room.left')).toEqual([])
  expect(await member.events('room.joined')).toEqual([])
  expect(left).toEqual([])
}

/** Loses all packets until `isNoticed`, and 5 s longer. */
async function cutMedia(member: BrowserMember, isNoticed: () => Promise<boolean>): Promise<void> {
  await member.clearEvents()
  const cutAtMs = performance.now()
  proxies.get(member)?.cut()
  await waitFor(`${member.client} to notice`, isNoticed, { timeoutMs: 30_000 })
  // The stock client makes another socket first.
  const isServed = async (): Promise<boolean> => (await member.tryCall('getMembers')).ok
  await waitFor(`requests of ${member.client} to be served`, isServed, { timeoutMs: 30_000 })
  await new Promise((resolve) => setTimeout(resolve, 5000))
  proxies.get(member)?.mend()
  const seconds = Math.round((performance.now() - cutAtMs) / 1000)
  await expectMediaBack(member, `${seconds} s without media`, performance.now())
}

/** Loses everything for good: the client gives up. */
async function loseAll(member: BrowserMember): Promise<void> {
  proxies.get(member)?.cut()
  await cutSocket(member)
  const told = async () => (await member.events('room.left'))[0]
  const { payload } = await waitFor('room.left', told, { timeoutMs: 60_000 })
  expect(payload).toMatchObject({ reason: 'RECONNECTION_ATTEMPT_TIMEOUT' })
  expect(await mediaEvents(member)).toEqual(
    expect.arrayContaining(['media.disconnected', 'media.reconnecting']),
  )
}

test('media lost while the socket lives: told, and back by itself; lost with the socket: over', async () => {
  await Promise.all([
    ...[ours, stock].map((member) =>
      cutMedia(member, async () => (await mediaEvents(member)).includes('media.disconnected')),
    ),
    loseAll(lost),
  ])
  const [told] = await ours.events('media.disconnected')
  expect(told?.payload['reason']).toMatch(/^No media can pass\. .*of the server: \d+ host\/udp/)
  expect(await mediaEvents(ours)).toEqual(['media.disconnected', 'media.reconnecting', 'media.connected'])
  // It notices after 15 s, and says so anew each time.
  expect(new Set(await mediaEvents(stock))).toEqual(new Set(await mediaEvents(ours)))
  for (const member of [ours, stock]) {
    expect(await member.events('room.left')).toEqual([])
    await expectPicture(member, colors.size, colors)
  }
})

const clients = ['our SDK', 'the stock client'] as const
const memberOf = (client: (typeof clients)[number]): BrowserMember => (client === 'our SDK' ? ours : stock)

test('directions of a running call and hold, as the room sees and hears them', async () => {
  await changeDirections(ours)
  await changeDirections(stock)
})

async function changeDirections(member: BrowserMember): Promise<void> {
  const ownTile = async (): Promise<boolean> => {
    const layer = (await member.layout())?.layers.find((each) => each.member_id === ids.get(member))
    if (!layer) throw new Error('no tile')
    const picture = await member.colorsAt([[layer.x + layer.width * 0.9, layer.y + layer.height * 0.1]])
    return colorDistance(picture?.colors[0] as Rgb, member.person.color) < colorTolerance
  }
  const toneDb = async (): Promise<number> => (await member.tonesDb([bo.toneHz], 1))[0] ?? NaN
  const isGone = () => waitFor('the own picture to be gone', async () => !(await ownTile()))
  const isSilent = () => waitFor('silence', async () => (await toneDb()) < -80)
  const isWhole = async (): Promise<void> => {
    await expectPicture(member, colors.size, colors)
    await waitFor('Bo to be heard', async () => (await toneDb()) > -60)
  }
  await member.call('setVideoDirection', 'recvonly')
  await isGone()
  // The stock client stops the track that it received for good.
  if (member.client === 'roomful') {
    await member.call('updateMedia', { video: { direction: 'inactive' }, audio: { direction: 'sendonly' } })
    await isSilent()
  }
  await member.call('updateMedia', { video: { direction: 'sendrecv' }, audio: { direction: 'sendrecv' } })
  await isWhole()

  await member.call('hold')
  await isGone()
  await isSilent()
  await member.call('unhold')
  await isWhole()
}

test.each(clients)('the address of %s changes', async (client) => {
  const member = memberOf(client)
  await member.clearEvents()
  proxies.get(member)?.changeAddresses()
  await expectMediaBack(member, 'another address', performance.now())
  await expectPicture(member, colors.size, colors)
})
