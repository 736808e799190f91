import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { colorDistance, type Rgb } from '@roomful/load-test'
import { BrowserMember } from '../support/BrowserMember.ts'
import { describeClients } from '../support/clients.ts'
import { person } from '../support/people.ts'
import { colorTolerance } from '../support/picture.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { waitFor } from '../support/waitFor.ts'
import { Firefox } from './Firefox.ts'

/** In Firefox, whose camera wanders through the colours. */
const ada = person(0)
/** In Chromium. */
const bo = person(1)
const recordedTones = readFileSync(new URL('./recordedTones.js', import.meta.url), 'utf8')

let server: TestServer
let chromium: BrowserMember
beforeAll(async () => {
  server = await startTestServer()
  chromium = await BrowserMember.open(bo, 'roomful', server.url)
})
afterAll(async () => {
  await chromium?.close()
  await server?.close()
})

/** What is seen in somebody's tile, beside its middle, where the mute image has its circle. */
async function tileColor(viewer: BrowserMember, memberId: string): Promise<Rgb> {
  const layer = (await viewer.layout())?.layers.find((candidate) => candidate.member_id === memberId)
  if (layer === undefined) throw new Error('the member has no tile')
  const point = [layer.x + layer.width * 0.85, layer.y + layer.height * 0.7] as const
  const seen = (await viewer.colorsAt([point]))?.colors[0]
  if (seen === undefined) throw new Error('no picture yet')
  return seen
}

/** The colour of the own camera at this moment; null while it is off. */
const cameraColor = ({ page }: BrowserMember): Promise<Rgb | null> =>
  page.evaluate(async () => {
    const video = document.createElement('video')
    video.muted = true
    video.srcObject = new MediaStream(window.room.localStream?.getVideoTracks() ?? [])
    // Without a track, or with one that ends meanwhile, it would never play.
    const playing = video.play().then(
      () => true,
      () => false,
    )
    const tooLong = new Promise<boolean>((resolve) => setTimeout(resolve, 1000, false))
    if (!(await Promise.race([playing, tooLong]))) return null
    const context = document.createElement('canvas').getContext('2d') as CanvasRenderingContext2D
    context.drawImage(video, 0, 0, 64, 36)
    const [r = 0, g = 0, b = 0] = context.getImageData(54, 25, 1, 1).data
    return { r, g, b }
  })

const near = (a: Rgb, b: Rgb): boolean => colorDistance(a, b) < colorTolerance

describeClients((client) => {
  const room = `firefox-${client}`
  let firefox: BrowserMember
  let ids: { ada: string; bo: string }

  beforeAll(async () => {
    const browser = await Firefox.launch(ada.toneHz)
    firefox = await BrowserMember.open(ada, client, server.url, browser.asTestBrowser)
    await firefox.page.addScriptTag({ content: recordedTones })
    await chromium.join(await server.token(room, bo.name))
    await firefox.join(await server.token(room, ada.name))
    ids = { ada: await firefox.memberId(), bo: await chromium.memberId() }
  })
  afterAll(async () => {
    await firefox?.close()
    await chromium.leave()
  })

  const hears = async (viewer: BrowserMember, toneHz: number): Promise<number> =>
    (await viewer.tonesDb([toneHz], 1))[0] ?? 0

  /** Waits until Chromium has seen two different colours, both of which the camera has shown. */
  async function expectCameraSeen(): Promise<void> {
    const shown: Rgb[] = []
    const seen: Rgb[] = []
    await waitFor('the camera of Firefox to be seen in Chromium', async () => {
      const own = await cameraColor(firefox)
      if (own !== null) shown.push(own)
      const color = await tileColor(chromium, ids.ada)
      if (!shown.some((each) => near(each, color))) throw new Error(`saw ${JSON.stringify(color)}`)
      seen.push(color)
      return seen.some((each) => !near(each, color))
    })
  }

  test('Firefox is seen and heard in Chromium, and sees and hears it, but not itself', async () => {
    await expectCameraSeen()
    await waitFor('the tile of Chromium in Firefox', async () =>
      near(await tileColor(firefox, ids.bo), bo.color),
    )
    await waitFor('Firefox to be heard', async () => (await hears(chromium, ada.toneHz)) > -60)
    await waitFor('Chromium to be heard, and no echo', async () => {
      const [own = 0, other = -200] = await firefox.tonesDb([ada.toneHz, bo.toneHz], 1)
      return other > -60 && other - own >= 30
    })
  })

  test('mutes of Firefox are seen and heard, and taken back', async () => {
    await firefox.call('videoMute')
    await firefox.call('audioMute')
    await waitFor('the mute image', async () => {
      const { r, g, b } = await tileColor(chromium, ids.ada)
      return r + g + b < 240 && Math.max(r, g, b) - Math.min(r, g, b) < 40
    })
    await waitFor('silence', async () => (await hears(chromium, ada.toneHz)) < -90)
    await firefox.call('videoUnmute')
    await firefox.call('audioUnmute')
    await expectCameraSeen()
    await waitFor('the tone again', async () => (await hears(chromium, ada.toneHz)) > -60)
  })

  test('leaving takes Firefox out of the picture', async () => {
    await firefox.leave()
    await waitFor('its tile to be gone', async () => {
      const layers = (await chromium.layout())?.layers ?? []
      return layers.length > 0 && layers.every((layer) => layer.member_id !== ids.ada)
    })
    // The stock client watches speakers, which Firefox does not list on a machine without a sound card.
    if (client === 'roomful') expect(firefox.pageErrors).toEqual([])
  })
})
