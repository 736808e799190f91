import { afterAll, beforeAll, expect, test } from 'vitest'
import { colorDistance, type Rgb, type SimulatedMember } from '@roomful/load-test'
import { cutSocket, mendSocket, preparePage } from '../legs/pages.ts'
import { BrowserMember } from '../support/BrowserMember.ts'
import { launchBrowser } from '../support/browser.ts'
import { person } from '../support/people.ts'
import { colorTolerance } from '../support/picture.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { joinSimulated } from '../support/simulated.ts'
import { waitFor } from '../support/waitFor.ts'
import { putBehindWall, selectedPairs, ufragsOf, type TurnTransport } from './relay.ts'
import { TurnServer } from './TurnServer.ts'

const room = 'walls'
const bo = person(1)

let turn: TurnServer
let server: TestServer
let witness: SimulatedMember
/** Our SDK over TLS and UDP to the TURN server, the stock client over TCP, and our SDK with a wrong password. */
let overUdp: BrowserMember
let overTcp: BrowserMember
let refused: BrowserMember
/** Of those who are in the room with media. */
const colors = new Map<string, Rgb>()

beforeAll(async () => {
  turn = await TurnServer.start()
  const credentials = { type: 'timeLimited', secret: turn.secret, ttlSeconds: 600 } as const
  server = await startTestServer({ config: { turn: { urls: turn.urls, credentials } } })
  witness = await joinSimulated(server, room, bo)
  colors.set(witness.memberId, bo.color)
  // Without the flag Chromium does not trust the TURN server's certificate (error 701).
  const browser = await launchBrowser(person(0), ['--ignore-certificate-errors'])
  overUdp = await BrowserMember.open(person(0), 'roomful', server.url, browser)
  overTcp = await BrowserMember.open(person(0), 'stock', server.url, overUdp)
  refused = await BrowserMember.open(person(0), 'roomful', server.url, overUdp)
  await putBehindWall(refused, { transport: 'udp', password: 'wrong' })
  await preparePage(overTcp)
})
afterAll(async () => {
  await refused?.close()
  await overTcp?.close()
  await overUdp?.close()
  await witness?.leave()
  await server?.close()
  await turn?.close()
})

const secondsSince = (startedAtMs: number): string => ((performance.now() - startedAtMs) / 1000).toFixed(1)

async function join(member: BrowserMember, transport: TurnTransport): Promise<void> {
  const who = member.client === 'stock' ? 'the stock client' : 'our SDK'
  const what = `${who}, TURN over ${transport.toUpperCase()}`
  await putBehindWall(member, { transport })
  // The picture of an earlier join does not count.
  await member.page.evaluate(() => window.probe.attach(new MediaStream()))
  const startedAtMs = performance.now()
  await member.join(await server.token(room, what))
  colors.set(await member.memberId(), member.person.color)
  await waitFor('a picture', async () => (await member.videoTime()) > 0)
  const tookS = secondsSince(startedAtMs)
  // Not bundled: one relayed address for each section.
  const pairs = await waitFor('a pair for sound and one for the picture', async () => {
    const selected = await selectedPairs(member)
    return selected.length === 2 ? selected : undefined
  })
  for (const { local } of pairs)
    expect(local).toMatchObject({ candidateType: 'relay', relayProtocol: transport })
  const needsRelayPort = pairs.every(({ remote }) => remote.port === server.config.rtcPort + 1)
  console.info(
    `${what}: picture ${tookS} s after join(), by the ${needsRelayPort ? 'relay' : 'media'} port of the server`,
  )
}

/** They see everybody, themselves too, and hear Bo and each other. */
async function expectBothWays(...members: BrowserMember[]): Promise<void> {
  for (const member of members) {
    await waitFor(
      `${member.client} to see everybody`,
      async () => {
        const layers = (await member.layout())?.layers ?? []
        const tiles = layers.filter(({ member_id }) => colors.has(member_id ?? ''))
        // The two pages have one colour, so there may be no edge between their tiles.
        const points = tiles.map(({ x, y, width, height }) => [x + width * 0.8, y + height * 0.2] as const)
        const seen = (await member.colorsAt(points))?.colors ?? []
        const isRight = (id: string | null, color: Rgb | undefined) =>
          color && colorDistance(color, colors.get(id ?? '') as Rgb) < colorTolerance
        return tiles.length === colors.size && tiles.every((tile, i) => isRight(tile.member_id, seen[i]))
      },
      { timeoutMs: 30_000 },
    )
    // The second tone is what the other page sends: nobody hears their own.
    const tones = members.length > 1 ? [bo.toneHz, member.person.toneHz] : [bo.toneHz]
    await waitFor(
      `${member.client} to hear the others`,
      async () => (await member.tonesDb(tones, 1)).every((level) => level > -60),
      { timeoutMs: 30_000 },
    )
  }
}

test('picture and sound both ways through a TURN server that is told of by the room server', async () => {
  // For the last test: it takes some seconds.
  const refusal = await refused.tryJoin(await server.token(room, 'refused'))
  expect(refusal).toEqual({ ok: true, value: null })

  await join(overUdp, 'tls')
  await expectBothWays(overUdp)
  colors.delete(await overUdp.memberId())
  await overUdp.leave()

  await join(overUdp, 'udp')
  await join(overTcp, 'tcp')
  await expectBothWays(overUdp, overTcp)
})

test('changes of direction and an ICE restart go through it too', async () => {
  const id = await overTcp.memberId()
  await overTcp.call('setVideoDirection', 'recvonly')
  await overTcp.call('setVideoDirection', 'sendrecv')
  await expectBothWays(overUdp, overTcp)

  // The stock client restarts ICE when its socket comes back; Chromium's first restart needs an earlier re-offer.
  const before = await ufragsOf(overTcp)
  await cutSocket(overTcp)
  await mendSocket(overTcp)
  const mendedAtMs = performance.now()
  await waitFor(
    'pairs with new ICE credentials',
    async () => {
      const now = (await ufragsOf(overTcp)).filter((ufrag) => !before.includes(ufrag))
      const pairs = await selectedPairs(overTcp)
      return pairs.length === 2 && pairs.every(({ remote }) => now.includes(remote.usernameFragment))
    },
    { timeoutMs: 30_000 },
  )
  console.info(
    `the stock client, TURN over TCP: ICE restarted ${secondsSince(mendedAtMs)} s after its socket`,
  )
  await expectBothWays(overUdp, overTcp)
  expect(await overTcp.memberId()).toBe(id)
})

test('a TURN server that refuses the password is named with its answer', async () => {
  const lost = await waitFor(
    'media.disconnected',
    async () => (await refused.events('media.disconnected'))[0],
    { timeoutMs: 30_000 },
  )
  // Not after the 15 s that others have to connect: nothing could come of it.
  const joined = (await refused.events('room.joined'))[0]
  expect(lost.atMs - (joined?.atMs ?? -Infinity)).toBeLessThan(14_000)
  const reason = String(lost.payload['reason'])
  console.info(`our SDK, refused by TURN: ${reason}`)
  expect(reason).toMatch(
    /^No media can pass\. Candidates of this browser: none; of the server: 4 host\/udp\./,
  )
  expect(reason).toContain(`ICE servers: ${turn.urls[0]} (401 Unauthorized).`)
  expect(reason).toContain('check the TURN server')
})
