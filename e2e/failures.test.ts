import { kill } from 'node:process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Rgb } from '@roomful/load-test'
import { BrowserMember, type Client } from './support/BrowserMember.ts'
import { person } from './support/people.ts'
import { expectTiles } from './support/picture.ts'
import { startTestServer, type TestServer } from './support/server.ts'
import { waitFor } from './support/waitFor.ts'

let server: TestServer
const members: BrowserMember[] = []
const colors = new Map<string, Rgb>()

async function join(index: number, client: Client, room: string): Promise<BrowserMember> {
  const member = await BrowserMember.open(person(index), client, server.url)
  members.push(member)
  await member.join(await server.token(room, member.person.name))
  colors.set(await member.memberId(), member.person.color)
  return member
}

beforeEach(async () => {
  server = await startTestServer()
})

afterEach(async () => {
  await Promise.all(members.splice(0).map((member) => member.close()))
  colors.clear()
  await server.close()
})

test('a killed browser is gone within 10 s: member.left, and the layout closes up', async () => {
  const ada = await join(0, 'roomful', 'killed')
  const bo = await join(1, 'roomful', 'killed')
  await expectTiles(ada, colors)
  const boId = await bo.memberId()
  await ada.clearEvents()
  const killedAtMs = performance.now()
  bo.kill()
  await waitFor(
    'member.left',
    async () => {
      const events = (await ada.events('member.left')) as unknown as { payload: { member: { id: string } } }[]
      return events.some((event) => event.payload.member.id === boId)
    },
    { timeoutMs: 10_000 },
  )
  console.info(
    `member.left ${((performance.now() - killedAtMs) / 1000).toFixed(1)} s after the browser was killed`,
  )
  colors.delete(boId)
  const layout = await expectTiles(ada, colors)
  expect(layout.layers[0]).toMatchObject({ x: 0, y: 0, width: 100, height: 100 })
})

test('a media process is killed: every member sees and hears the room again without a reload', async () => {
  const ada = await join(0, 'roomful', 'healing')
  const bo = await join(1, 'stock', 'healing')
  for (const member of [ada, bo]) await expectTiles(member, colors)
  const before = { ada: await ada.memberId(), bo: await bo.memberId() }
  for (const member of [ada, bo]) await member.clearEvents()

  const killedAtMs = performance.now()
  for (const pid of server.mediaPids()) kill(pid, 'SIGKILL')
  const hears = async (member: BrowserMember, other: BrowserMember): Promise<boolean> =>
    ((await member.tonesDb([other.person.toneHz], 1))[0] ?? -200) > -60
  // The picture that stood still would pass for a picture: its clock has to run on, too.
  await Promise.all(
    [ada, bo].map(async (member, index) => {
      const other = [bo, ada][index] as BrowserMember
      await waitFor(`${member.client} to have media again`, async () => {
        const events = await member.events(member.client === 'stock' ? 'room.joined' : 'media.connected')
        return events.length > 0
      })
      await expectTiles(member, colors)
      const shownAt = await member.videoTime()
      await waitFor('the picture to move', async () => (await member.videoTime()) > shownAt + 0.2)
      await waitFor('the other to be heard', () => hears(member, other))
      console.info(
        `${member.client} has the room back after ${((performance.now() - killedAtMs) / 1000).toFixed(1)} s`,
      )
    }),
  )
  expect(performance.now() - killedAtMs).toBeLessThan(healWithinMs)
  expect({ ada: await ada.memberId(), bo: await bo.memberId() }).toEqual(before)
})

/** Issue 2 asks for 5 s; what the tests themselves need to look and listen comes on top. */
const healWithinMs = 8000
