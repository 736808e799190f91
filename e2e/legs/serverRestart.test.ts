import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ServerUnderTest, type Rgb } from '@roomful/load-test'
import { allPermissions, type VideoMember } from '@roomful/protocol'
import { BrowserMember } from '../support/BrowserMember.ts'
import { person } from '../support/people.ts'
import { memberOf } from '../support/state.ts'
import { waitFor } from '../support/waitFor.ts'
import { expectPicture, secondsUntilBack } from './comeBack.ts'

/** All pages are in one Chromium, so they share colour and tone; nobody hears itself. */
const someone = person(0)
const roomName = 'restart'

const dataDir = mkdtempSync(join(tmpdir(), 'roomful-restart-'))
let server: ServerUnderTest
let ours: BrowserMember
let stock: BrowserMember
/** Has its microphone muted, so that the others hear one another alone. */
let muted: BrowserMember
const ids = new Map<BrowserMember, string>()
/** Of those who show a picture. */
const colors = new Map<string, Rgb>()

beforeAll(async () => {
  server = await ServerUnderTest.start({ dataDir })
  ours = await BrowserMember.open(someone, 'roomful', server.url)
  stock = await BrowserMember.open(someone, 'stock', server.url, ours)
  muted = await BrowserMember.open(someone, 'roomful', server.url, ours)
  for (const [index, member] of [ours, stock, muted].entries()) {
    const claims = { permissions: [...allPermissions], meta: { index } }
    await member.join(await server.tokens.token(roomName, `${member.client} ${index}`, claims))
    ids.set(member, await member.memberId())
    await member.call('setInputVolume', { volume: -1 - index })
  }
  await stock.call('setMeta', { changed: true })
  await stock.call('videoMute')
  await muted.call('audioMute')
  await muted.call('setRaisedHand')
  for (const member of [ours, muted]) colors.set(ids.get(member) ?? '', someone.color)
  for (const member of ids.keys()) await expectPicture(member, ids.size, colors)
})

afterAll(async () => {
  for (const member of [stock, muted, ours]) await member?.close()
  await server?.close()
  rmSync(dataDir, { recursive: true, force: true })
})

test.each([
  ['killed', 'at once', 'media.reconnecting'],
  ['killed', 'when its members have noticed that media is gone too', 'media.disconnected'],
  ['told to stop', 'at once', 'media.reconnecting'],
])(
  'the server is %s and started again %s: room and members come back by themselves',
  async (how, _, sign) => {
    const session = await ours.property('roomSessionId')
    const before = await members(ours)
    for (const member of ids.keys()) await member.clearEvents()

    if (how === 'killed') await server.kill()
    else await server.close()
    if (sign === 'media.disconnected') {
      for (const member of [ours, muted]) {
        await waitFor(sign, async () => (await member.events(sign)).length > 0, { timeoutMs: 30_000 })
      }
    }
    const { port } = new URL(server.url)
    server = await ServerUnderTest.start({ dataDir, port: Number(port), rtcPort: server.rtcPort })
    const startedAtMs = performance.now()
    await Promise.all([...ids].map(([member, id]) => expectBack(member, id, how, startedAtMs)))

    for (const [member, id] of ids) {
      expect(await member.memberId()).toBe(id)
      expect(await member.property('roomSessionId')).toBe(session)
      // Who talks is known a moment later.
      await expect.poll(() => members(member), { timeout: 10_000 }).toEqual(before)
      expect(await member.events('room.left')).toEqual([])
      await expectPicture(member, ids.size, colors)
      const told = (await member.eventNames()).filter((name) => name.startsWith('media.'))
      if (member.client === 'roomful') {
        // A server that takes its time to come back is noticed by both signs, whatever was waited for.
        expect(told.filter((name) => name !== 'media.disconnected')).toEqual([
          'media.reconnecting',
          'media.connected',
        ])
        expect(told).toContain(sign)
      } else expect(told).toContain('media.connected')
    }
  },
)

/** As this client lists them, apart from their places: who is back first has the first. */
function members(viewer: BrowserMember): Promise<Partial<VideoMember>[]> {
  return Promise.all(
    [...ids.values()].map(async (id) => {
      const { current_position: _, ...member } = await memberOf(viewer, id)
      return member
    }),
  )
}

async function expectBack(
  member: BrowserMember,
  id: string,
  how: string,
  startedAtMs: number,
): Promise<void> {
  const secondsSince = (): number => (performance.now() - startedAtMs) / 1000
  const answers = async (): Promise<boolean> => {
    const { value } = (await member.tryCall('getMembers')) as { value?: { members?: { id: string }[] } }
    return value?.members?.some((each) => each.id === id) === true
  }
  await waitFor(`${member.client} to be served again`, answers, { timeoutMs: 30_000 })
  const served = secondsSince()
  const whole = await secondsUntilBack(member, someone.toneHz, startedAtMs)
  console.info(
    `${member.client}, server ${how}: requests ${served.toFixed(1)} s, picture and sound ${whole.toFixed(1)} s ` +
      'after it was back',
  )
  expect(whole).toBeLessThan(10)
}
