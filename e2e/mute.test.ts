import { afterAll, beforeAll, expect, test } from 'vitest'
import { colorDistance, type Rgb } from '@roomful/load-test'
import { BrowserMember } from './support/BrowserMember.ts'
import { person } from './support/people.ts'
import { colorTolerance, expectTiles } from './support/picture.ts'
import { startTestServer, type TestServer } from './support/server.ts'
import { waitFor } from './support/waitFor.ts'

let server: TestServer
let ada: BrowserMember
let bo: BrowserMember
const colors = new Map<string, Rgb>()
let ids: { ada: string; bo: string }

beforeAll(async () => {
  server = await startTestServer()
  ada = await BrowserMember.open(person(0), 'roomful', server.url)
  await ada.join(await server.token('mute', ada.person.name))
  bo = await BrowserMember.open(person(1), 'stock', server.url)
  await bo.join(await server.token('mute', bo.person.name))
  ids = { ada: await ada.memberId(), bo: await bo.memberId() }
  colors.set(ids.ada, ada.person.color)
  colors.set(ids.bo, bo.person.color)
  await expectTiles(ada, colors)
})

afterAll(async () => {
  await ada?.close()
  await bo?.close()
  await server?.close()
})

type Updated = { member: { id: string; updated: string[] } & Record<string, unknown> }

async function lastUpdate(viewer: BrowserMember, memberId: string): Promise<Updated['member']> {
  return waitFor(`${viewer.person.name} to be told of an update`, async () => {
    const events = (await viewer.events('member.updated')) as unknown as { payload: Updated }[]
    // The stock client repeats updates after each layout: only those with a list of changes are the server's.
    return events
      .map((event) => event.payload.member)
      .filter((member) => member.id === memberId)
      .at(-1)
  })
}

async function tileColor(viewer: BrowserMember, memberId: string): Promise<{ color: Rgb; visible: boolean }> {
  const layer = (await viewer.layout())?.layers.find((candidate) => candidate.member_id === memberId)
  if (layer === undefined) throw new Error('the member has no layer')
  const corner = [layer.x + layer.width * 0.12, layer.y + layer.height * 0.12] as const
  const seen = await viewer.colorsAt([corner])
  return { color: seen?.colors[0] as Rgb, visible: layer.visible }
}

for (const [who, muted, viewer] of [
  ['our SDK', () => ada, () => bo],
  ['the stock client', () => bo, () => ada],
] as const) {
  test(`video mute by ${who} shows the mute image and visible false; unmute restores the picture`, async () => {
    const memberId = await muted().memberId()
    await viewer().clearEvents()
    await muted().call('videoMute')
    const update = await lastUpdate(viewer(), memberId)
    expect([...update.updated].sort()).toEqual(['video_muted', 'visible'])
    expect(update).toMatchObject({ video_muted: true, visible: false })
    await waitFor('the mute image in the tile', async () => {
      const { color, visible } = await tileColor(viewer(), memberId)
      if (visible) throw new Error('the layer is still visible')
      return colorDistance(color, muted().person.color) > colorTolerance && color.r + color.g + color.b < 240
    })

    await viewer().clearEvents()
    await muted().call('videoUnmute')
    const restored = await lastUpdate(viewer(), memberId)
    expect([...restored.updated].sort()).toEqual(['video_muted', 'visible'])
    expect(restored).toMatchObject({ video_muted: false, visible: true })
    await expectTiles(viewer(), colors)
  })

  test(`audio mute by ${who} silences and unmute restores the sound`, async () => {
    const memberId = await muted().memberId()
    const { toneHz } = muted().person
    const level = async (): Promise<number> => (await viewer().tonesDb([toneHz], 3))[0] ?? 0
    await waitFor('the tone before', async () => (await level()) > -60)
    await viewer().clearEvents()
    await muted().call('audioMute')
    const update = await lastUpdate(viewer(), memberId)
    expect(update.updated).toEqual(['audio_muted'])
    expect(update).toMatchObject({ audio_muted: true, video_muted: false })
    await waitFor('silence', async () => (await level()) < -90)

    await viewer().clearEvents()
    await muted().call('audioUnmute')
    const restored = await lastUpdate(viewer(), memberId)
    expect(restored.updated).toEqual(['audio_muted'])
    await waitFor('the tone again', async () => (await level()) > -60)
  })
}

test('a moderator mutes somebody else: the target stops sending and everybody is told', async () => {
  await ada.clearEvents()
  await bo.clearEvents()
  await ada.call('audioMute', { memberId: ids.bo })
  expect(await lastUpdate(bo, ids.bo)).toMatchObject({ audio_muted: true, updated: ['audio_muted'] })
  expect(await lastUpdate(ada, ids.bo)).toMatchObject({ audio_muted: true, updated: ['audio_muted'] })
  await waitFor('silence', async () => ((await ada.tonesDb([bo.person.toneHz], 3))[0] ?? 0) < -90)
  await ada.call('audioUnmute', { memberId: ids.bo })
})
