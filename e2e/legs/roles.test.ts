import { afterAll, beforeAll, expect, test } from 'vitest'
import { colorDistance, type Rgb } from '@roomful/load-test'
import { BrowserMember, type Client } from '../support/BrowserMember.ts'
import { describeClients } from '../support/clients.ts'
import { checkPointsOf } from '../support/composite.ts'
import { person } from '../support/people.ts'
import { colorTolerance, expectTiles } from '../support/picture.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { Watcher } from '../support/simulated.ts'
import { waitFor } from '../support/waitFor.ts'
import { soundPackets, watched, watchElement } from './pages.ts'

/** A new layout is on screen, in the right colours, within this. */
const settleMs = 500
const ada = person(0)
const bo = person(1)

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  await server?.close()
})

describeClients((client: Client) => {
  const room = `roles-${client}`
  const colors = new Map<string, Rgb>()
  const foreign: string[] = []
  let viewer: BrowserMember
  let moderator: Watcher | undefined
  let id = ''

  const hears = async (frequencyHz: number): Promise<boolean> =>
    ((await viewer.tonesDb([frequencyHz], 1))[0] ?? -200) > -60

  beforeAll(async () => {
    viewer = await BrowserMember.open(bo, client, server.url)
  })
  afterAll(async () => {
    await moderator?.close()
    await viewer?.close()
  })

  test('an audience alone in a room gets picture and sound', async () => {
    await viewer.join(await server.token(room, 'Bo', { ja: 'audience' }))
    id = await viewer.memberId()
    const before = { time: await viewer.videoTime(), packets: await soundPackets(viewer) }
    await waitFor('the picture to move', async () => (await viewer.videoTime()) > before.time + 0.5)
    await waitFor('sound to come', async () => (await soundPackets(viewer)) > before.packets + 20)
    expect(await viewer.property('interactivityMode')).toBe('audience')
    expect(await viewer.property('permissions')).toEqual([])
  })

  test('it sees and hears a member, and is not in the picture', async () => {
    moderator = await Watcher.join(server, room, ada, (picture, layout, heldMs) => {
      if (heldMs < settleMs) return
      for (const { point, layer } of checkPointsOf(layout)) {
        const own = colors.get(layer?.member_id ?? '')
        if (!own) continue
        const seen = picture.colorAt(...point)
        const other = [...colors.values()].find(
          (color) => color !== own && colorDistance(seen, color) < colorTolerance,
        )
        if (other) foreign.push(`${layer?.position} shows ${JSON.stringify(seen)} at ${point.join()}`)
      }
    })
    colors.set(moderator.member.memberId, ada.color)
    await expectTiles(viewer, colors)
    await waitFor('Ada to be heard', () => hears(ada.toneHz))
  })

  test('promoted, it is a member with the same id; nobody sees it in a wrong place', async () => {
    if (client === 'roomful') await watchElement(viewer)
    await viewer.clearEvents()
    const permissions = ['room.self.audio_mute', 'room.self.video_mute']
    await moderator?.member.request('video.member.promote', {
      member_id: id,
      permissions,
      meta: { seat: 7 },
      media_allowed: 'all',
    })
    colors.set(id, bo.color)
    await expectTiles(viewer, colors, 30_000)
    expect(await viewer.memberId()).toBe(id)
    expect(await viewer.property('interactivityMode')).toBe('member')
    expect(await viewer.property('permissions')).toEqual(permissions)
    const { members } = (await viewer.call('getMembers')) as { members: { id: string; meta: object }[] }
    expect(members.find((member) => member.id === id)?.meta).toEqual({ seat: 7 })
    expect(await viewer.events('room.joined')).toHaveLength(1)
    expect(await viewer.events('room.left')).toEqual([])
    await waitFor('Ada to be heard still', () => hears(ada.toneHz))
    if (client === 'roomful') await expectNoGap('promotion')
  })

  test('demoted, it leaves the picture, and sees and hears on', async () => {
    if (client === 'roomful') await watchElement(viewer)
    await viewer.clearEvents()
    await moderator?.member.request('video.member.demote', { member_id: id })
    colors.delete(id)
    await expectTiles(viewer, colors, 30_000)
    await waitFor('the new call', async () => (await viewer.events('room.joined')).length > 0)
    expect(await viewer.memberId()).toBe(id)
    expect(await viewer.property('interactivityMode')).toBe('audience')
    expect(await viewer.property('permissions')).toEqual([])
    await waitFor('Ada to be heard still', () => hears(ada.toneHz))
    if (client === 'roomful') {
      await waitFor('camera and microphone to go off', () =>
        viewer.page.evaluate(() => window.room.localStream?.getTracks().length === 0),
      )
      await expectNoGap('demotion')
    }
    expect(await viewer.events('room.left')).toEqual([])
    expect(foreign).toEqual([])
    // The stock client asks for speakers without permission (a defect of its own).
    expect(viewer.pageErrors.filter((error) => !error.includes('permissions'))).toEqual([])
  })

  async function expectNoGap(what: string): Promise<void> {
    const seen = await waitFor('enough frames to have been looked at', async () => {
      const now = await watched(viewer)
      return now.frames > 90 ? now : undefined
    })
    console.info(
      `${what}: longest still picture ${Math.round(seen.longestStillMs)} ms of ${seen.frames} frames`,
    )
    // Where the browser has no time, it paints the element once or twice before the new stream's first picture.
    expect(seen.blank).toBeLessThanOrEqual(2)
    expect(seen.longestStillMs).toBeLessThan(2_000)
  }
})
