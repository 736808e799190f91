import { afterAll, beforeAll, expect, test } from 'vitest'
import { colorDistance, type Rgb } from '@roomful/load-test'
import type { VideoLayoutLayer, VideoMember } from '@roomful/protocol'
import { BrowserMember } from '../support/BrowserMember.ts'
import { describeClients } from '../support/clients.ts'
import { person } from '../support/people.ts'
import { colorTolerance, expectTiles } from '../support/picture.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { joinSimulated } from '../support/simulated.ts'
import { waitFor } from '../support/waitFor.ts'
import { fakeScreen, readBars, stopSharing } from './pages.ts'

const ada = person(0)
const screenColor: Rgb = { r: 230, g: 120, b: 20 }
const screenCss = 'rgb(230, 120, 20)'

let server: TestServer
/** Looks and listens; of our SDK. */
let viewer: BrowserMember
beforeAll(async () => {
  server = await startTestServer()
  viewer = await BrowserMember.open(person(2), 'roomful', server.url)
})
afterAll(async () => {
  await viewer?.close()
  await server?.close()
})

type Child = { memberId: string; callId: string }

describeClients((client) => {
  const room = `children-${client}`
  const colors = new Map<string, Rgb>()
  let owner: BrowserMember
  let ids: { owner: string; viewer: string }

  beforeAll(async () => {
    owner = await BrowserMember.open(ada, client, server.url)
    await owner.join(await server.token(room, 'Ada'))
    await viewer.join(await server.token(room, 'Cleo'))
    ids = { owner: await owner.memberId(), viewer: await viewer.memberId() }
    colors.set(ids.owner, ada.color)
    colors.set(ids.viewer, viewer.person.color)
    await expectTiles(viewer, colors)
    await fakeScreen(owner, screenCss)
  })
  afterAll(async () => {
    await viewer.leave()
    await owner?.close()
  })

  /** Calls a method that makes children; keeps them in the page, in the order of the calls. */
  const add = (...calls: [method: string, options: object][]): Promise<Child[]> =>
    owner.page.evaluate(async (all) => {
      const made = await Promise.all(
        all.map(async ([method, options]) => (await window.room[method]?.(options)) as Window['children'][0]),
      )
      window.children = made
      return made.map((child) => {
        const { memberId, callId } = child as unknown as Child
        return { memberId, callId }
      })
    }, calls)
  const callChild = (index: number, method: string, ...args: unknown[]): Promise<void> =>
    owner.page.evaluate(async ([at, name, values]) => void (await window.children[at]?.[name]?.(...values)), [
      index,
      method,
      args,
    ] as const)
  const childMembers = async (): Promise<VideoMember[]> => {
    const { members } = (await viewer.call('getMembers')) as { members: VideoMember[] }
    return members.filter((member) => member.parent_id === ids.owner)
  }
  const layerOf = async (memberId: string): Promise<VideoLayoutLayer> =>
    waitFor('a layer', async () =>
      (await viewer.layout())?.layers.find((layer) => layer.member_id === memberId && layer.visible),
    )
  const hears = async (): Promise<number> => (await viewer.tonesDb([ada.toneHz], 1))[0] ?? -200

  test('a shared screen fills its place, readable, and the earlier layout comes back after it', async () => {
    const before = await viewer.layout()
    const [screen] = await add(['startScreenShare', {}])
    const [member] = await childMembers()
    expect(member).toMatchObject({ id: screen?.memberId, type: 'screen', parent_id: ids.owner })
    const layer = await layerOf(screen?.memberId ?? '')
    expect([layer.x, layer.y, layer.width, layer.height]).toEqual([0, 0, 100, 100])
    const at = (right: number, down: number): [number, number] => [
      layer.x + (layer.width * right) / 100,
      layer.y + (layer.height * down) / 100,
    ]
    await waitFor('the screen in its place', async () => {
      const picture = await viewer.colorsAt([at(10, 10), at(20, 60), at(60, 20)])
      return picture?.colors.every((color) => colorDistance(color, screenColor) < colorTolerance)
    })
    // Bars of four pixels at the full size of the screen: each of them can be told from the next.
    const contrast = await waitFor('the bars to be sharp', async () => {
      const [left] = at(38, 50)
      const seen = await readBars(viewer, [left, ...at(61, 50)])
      return seen && seen.contrast > 120 && seen.bars > 30 ? seen : undefined
    })
    console.info(`${client}: ${contrast.bars} bars of the screen with a contrast of ${contrast.contrast}`)

    await viewer.clearEvents()
    await stopSharing(owner)
    const left = await waitFor(
      'member.left of the screen',
      async () => (await viewer.events('member.left'))[0],
    )
    expect(left.payload).toMatchObject({ member: { id: screen?.memberId, type: 'screen' } })
    const after = await expectTiles(viewer, colors)
    expect(after.name).toBe(before?.name)
    expect(after.layers.map(({ member_id, x, y }) => [member_id, x, y])).toEqual(
      before?.layers.map(({ member_id, x, y }) => [member_id, x, y]),
    )
    expect(await owner.page.evaluate(() => (window.room['screenShareList'] as unknown as []).length)).toBe(0)
  })

  test('a share may ask for a layout and a place', async () => {
    const before = (await viewer.layout())?.name
    const options = { layout: '2x2', positions: { self: 'standard-4' } }
    // By its older name, which does the same.
    const [screen] = await add(['createScreenShareObject', options])
    const layer = await layerOf(screen?.memberId ?? '')
    expect([(await viewer.layout())?.name, layer.position]).toEqual(['2x2', 'standard-4'])
    await callChild(0, 'leave')
    await waitFor('the earlier layout', async () => (await viewer.layout())?.name === before)
    await expectTiles(viewer, colors)
    // A layout that does not exist is refused before anything is shown.
    expect(await owner.tryCall('startScreenShare', { layout: 'nope' })).toMatchObject({ ok: false })
    expect(await childMembers()).toEqual([])
  })

  test('an extra camera and microphone are members with controls of their own', async () => {
    const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false }
    // The stock client takes children that come at once for each other.
    const [camera] = client === 'stock' ? await add(['addCamera', {}]) : []
    const made =
      client === 'stock'
        ? [camera as Child, ...(await add(['addMicrophone', audio]))]
        : await add(['addCamera', {}], ['addMicrophone', audio])
    const [cameraChild, microphone] = made as [Child, Child]
    expect(new Set(made.map(({ memberId }) => memberId)).size).toBe(2)
    const members = await childMembers()
    expect(new Set(members.map(({ id }) => id))).toEqual(new Set(made.map(({ memberId }) => memberId)))
    expect(members.map(({ type }) => type)).toEqual(['device', 'device'])
    await waitFor('the picture of the camera', async () => {
      const layer = await layerOf(cameraChild.memberId)
      const picture = await viewer.colorsAt([[layer.x + layer.width * 0.7, layer.y + layer.height * 0.3]])
      return picture && colorDistance(picture.colors[0] as Rgb, ada.color) < colorTolerance
    })

    // Heard through the extra microphone alone, until that is muted too.
    await owner.call('audioMute')
    await waitFor('the extra microphone to be heard', async () => {
      const own = ((await viewer.call('getMembers')) as { members: VideoMember[] }).members
      return own.find(({ id }) => id === ids.owner)?.audio_muted && (await hears()) > -60
    })
    const index = client === 'stock' ? 0 : 1
    await callChild(index, 'audioMute')
    await waitFor('silence', async () => (await hears()) < -80)
    await callChild(index, 'audioUnmute')
    await waitFor('the extra microphone again', async () => (await hears()) > -60)
    await owner.call('audioUnmute')

    await callChild(index, 'leave')
    await waitFor('the microphone to be gone', async () => (await childMembers()).length === 1)
    expect((await childMembers())[0]?.id).toBe(cameraChild.memberId)
    expect(microphone.memberId).not.toBe(cameraChild.memberId)

    const [device] = await add(['addDevice', { audio }])
    await waitFor('the device', async () =>
      (await childMembers()).some(({ id, type }) => id === device?.memberId && type === 'device'),
    )
    await callChild(0, 'leave')
    await waitFor('the device to be gone', async () => (await childMembers()).length === 1)
    await owner.leave()
    await waitFor('the camera to be gone with its owner', async () => (await childMembers()).length === 0)
    colors.delete(ids.owner)
    await expectTiles(viewer, colors)
  })
})

test('without the permission a share or a device is refused, and the call goes on', async () => {
  const owner = await BrowserMember.open(ada, 'roomful', server.url)
  const witness = await joinSimulated(server, 'refused', person(3))
  try {
    await owner.join(await server.token('refused', 'Ada', { s: ['room.self.audio_mute'] }))
    await fakeScreen(owner, screenCss)
    for (const [method, options] of [
      ['startScreenShare', {}],
      ['addDevice', { audio: true }],
    ] as const) {
      expect(await owner.tryCall(method, options)).toMatchObject({
        ok: false,
        error: { code: '403', isError: true },
      })
    }
    expect(await owner.tryCall('addDevice', {})).toMatchObject({
      ok: false,
      error: { code: 'invalid_argument' },
    })
    expect(await owner.page.evaluate(() => window.screens.map((track) => track.readyState))).toEqual([
      'ended',
    ])
    const colors = new Map([
      [await owner.memberId(), ada.color],
      [witness.memberId, person(3).color],
    ])
    await expectTiles(owner, colors)
  } finally {
    await witness.leave()
    await owner.close()
  }
})
