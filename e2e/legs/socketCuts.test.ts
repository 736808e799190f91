import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Rgb, SimulatedMember } from '@roomful/load-test'
import type { VideoMember } from '@roomful/protocol'
import { BrowserMember } from '../support/BrowserMember.ts'
import { person } from '../support/people.ts'
import { expectTiles } from '../support/picture.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { memberOf } from '../support/state.ts'
import { joinSimulated } from '../support/simulated.ts'
import { waitFor } from '../support/waitFor.ts'
import { cutSocket, mendSocket, preparePage } from './pages.ts'

const room = 'cuts'
const witnessPerson = person(5)

let server: TestServer
let witness: SimulatedMember
const members: BrowserMember[] = []
const colors = new Map<string, Rgb>()
const left: string[] = []
/** The long cuts go on while the short ones are tried. */
let longCuts: Promise<unknown> | undefined

beforeAll(async () => {
  server = await startTestServer()
  witness = await joinSimulated(server, room, witnessPerson, {
    onEvent: (type, params) => {
      if (type === 'video.member.left') left.push((params['member'] as VideoMember).id)
    },
  })
  colors.set(witness.memberId, witnessPerson.color)
  for (const [index, client] of (['roomful', 'stock'] as const).entries()) {
    const member = await BrowserMember.open(person(index), client, server.url)
    // One for the short cuts, one for the long one; in one Chromium, so of one colour.
    for (const each of [member, await BrowserMember.open(person(index), client, server.url, member)]) {
      members.push(each)
      await preparePage(each)
      await each.join(await server.token(room, `${client} ${members.length}`))
      await each.call('setInputVolume', { volume: -members.length })
      colors.set(await each.memberId(), each.person.color)
    }
  }
  for (const member of members) await expectTiles(member, colors, 30_000)
})

afterAll(async () => {
  for (const member of [...members].reverse()) await member.close()
  await witness?.leave()
  await server?.close()
})

/** Cuts the socket, mends it, and looks at everything that is to be as before. */
async function cut(member: BrowserMember, seconds: number): Promise<void> {
  const { client } = member
  const [id, session] = [await member.memberId(), await member.property('roomSessionId')]
  const joins = (await member.events('room.joined')).length
  await member.clearEvents()
  await cutSocket(member)
  // Our SDK's requests wait for the connection, within their ten seconds.
  const pending = client === 'roomful' && seconds < 5 ? member.call('getMeta') : undefined
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  await mendSocket(member)
  const mendedAtMs = performance.now()
  const answers = async (): Promise<boolean> => {
    const result = (await member.call('getMembers')) as { members: { id: string }[] } | null
    return result?.members.some((each) => each.id === id) === true
  }
  await waitFor(`${client} to be served again after ${seconds} s`, answers, { timeoutMs: 20_000 })
  const servedMs = performance.now() - mendedAtMs
  const time = await member.videoTime()
  await waitFor('the picture to move', async () => (await member.videoTime()) > time + 0.3)
  await waitFor('the witness to be heard', async () => {
    return ((await member.tonesDb([witnessPerson.toneHz], 1))[0] ?? -200) > -60
  })
  const wholeMs = performance.now() - mendedAtMs
  console.info(
    `${client}, socket away for ${seconds} s: requests after ${(servedMs / 1000).toFixed(1)} s, ` +
      `picture and sound seen after ${(wholeMs / 1000).toFixed(1)} s`,
  )
  expect(servedMs).toBeLessThan(10_000)
  expect(await member.memberId()).toBe(id)
  expect(await member.property('roomSessionId')).toBe(session)
  expect(await memberOf(member, id)).toMatchObject({ input_volume: -1 - members.indexOf(member) })
  expect(await member.events('room.left')).toEqual([])
  // The stock client would follow every change twice from then on.
  expect((await member.events('room.joined')).length, `of ${joins} before`).toBe(0)
  if (pending) expect(await pending).toEqual({ meta: {} })
}

test(
  'cuts of 2 and of 15 s: nobody leaves, and what was missed is made up for',
  { timeout: 120_000 },
  async () => {
    const [ours, ours60, stock, stock60] = members as [
      BrowserMember,
      BrowserMember,
      BrowserMember,
      BrowserMember,
    ]
    longCuts = Promise.all([cut(ours60, 60), cut(stock60, 60)])
    longCuts.catch(() => undefined) // Looked at in the next test.
    await Promise.all([cut(ours, 2), cut(stock, 2)])
    const longCut = Promise.all([cut(ours, 15), cut(stock, 15)])
    await waitFor('the sockets to be gone', () =>
      ours.page.evaluate(() => window.legs.sockets.at(-1)?.readyState !== 1),
    )
    await witness.request('video.lock')
    await longCut
    for (const member of [ours, stock]) {
      await waitFor(`${member.client} to be told that the room is locked`, async () => {
        const updates = await member.events('room.updated')
        return updates.some(({ payload }) => (payload['room'] as { locked?: boolean }).locked === true)
      })
    }
    await witness.request('video.unlock')
    expect(left).toEqual([])
    for (const member of members) await expectTiles(member, colors, 30_000)
  },
)

test('a cut of 60 s', { timeout: 150_000 }, async () => {
  await longCuts
  for (const member of members) await expectTiles(member, colors, 30_000)
})
