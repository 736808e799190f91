import { afterAll, beforeAll, expect, test } from 'vitest'
import { memberColors, VideoClip, type Rgb, type SimulatedMember } from '@roomful/load-test'
import { layoutNames, type LayoutName, type VideoLayout, type VideoPositions } from '@roomful/protocol'
import {
  checkPointsOf,
  lookAt,
  mismatch,
  ownersOf,
  spreadPoints,
  type CheckPoint,
} from '../support/composite.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { joinSimulated, Watcher, type Picture } from '../support/simulated.ts'
import { waitFor } from '../support/waitFor.ts'

const room = 'layouts'
/** Enough for the last step of `highlight-1-responsive`, with its 49 places. */
const memberCount = 29
const groups: readonly LayoutName[] = ['grid-responsive', 'grid-responsive-mobile', 'highlight-1-responsive']

let server: TestServer
let watcher: Watcher
const members: SimulatedMember[] = []
const colors = new Map<string, Rgb>()
const colorOf = (memberId: string): Rgb | undefined => colors.get(memberId)
let look: (picture: Picture, layout: VideoLayout) => void = () => {}
let onLayoutChanged: () => void = () => {}

/** Small and slow: 29 of them cost less than one camera. */
function smallClip(color: Rgb): VideoClip {
  return VideoClip.encode({ color, width: 160, height: 96, fps: 5, bitrateBps: 60_000, frames: 10 })
}

beforeAll(async () => {
  server = await startTestServer({ maxMembers: 200 })
  const clips = memberColors.map(smallClip)
  for (let index = 0; index < memberCount; index++) {
    const color = memberColors[index % memberColors.length] as Rgb
    // Nobody's name is wider than half a tile.
    const person = { name: String.fromCharCode(65 + (index % 26)), color, toneHz: 440 }
    const media = { audio: null, video: clips[index % clips.length] as VideoClip }
    if (index === 0) {
      watcher = await Watcher.join(server, room, person, (picture, layout) => look(picture, layout), {
        ...media,
        onEvent: (type) => type === 'video.layout.changed' && onLayoutChanged(),
      })
    }
    const member = index === 0 ? watcher.member : await joinSimulated(server, room, person, media)
    members.push(member)
    colors.set(member.memberId, color)
  }
})

afterAll(async () => {
  for (const member of members.slice(1)) await member.leave()
  await watcher?.close()
  await server?.close()
})

const request = (method: string, params: Record<string, unknown>): Promise<unknown> =>
  watcher.member.request(method, params)

/** Waits for a frame in which every point of every tile, and everything between them, is as the layout says. */
async function expectShown(what: string, isWanted: (layout: VideoLayout) => boolean): Promise<VideoLayout> {
  let shown: VideoLayout | undefined
  let wrong: string | null = 'no frame yet'
  let checks: CheckPoint[] = []
  let checksOf: VideoLayout | undefined
  look = (picture, layout) => {
    if (shown !== undefined || !isWanted(layout)) return
    if (checksOf !== layout) checks = checkPointsOf((checksOf = layout))
    wrong = lookAt(picture, checks, colorOf)
    if (wrong === null) shown = layout
  }
  try {
    return await waitFor(
      what,
      () => {
        if (shown !== undefined) return shown
        throw new Error(wrong ?? 'no such layout yet')
      },
      { intervalMs: 20 },
    )
  } finally {
    look = () => {}
  }
}

const occupied = (layout: VideoLayout): string[] =>
  layout.layers.filter((layer) => layer.member_id !== null).map((layer) => layer.position)

test('each fixed layout shows a member in every one of its rectangles, in the right colour', async () => {
  for (const name of layoutNames.filter((each) => !groups.includes(each))) {
    await request('video.set_position', { positions: everybody('auto') })
    await request('video.set_layout', { name })
    const first = await expectShown(name, (layout) => layout.name === name)
    expect(first.layers.slice(-2).map((layer) => layer.position)).toEqual(['playback', 'full-screen'])
    const places = first.layers.map((layer) => layer.position).filter((place) => place !== 'playback')
    for (let from = 0; from < places.length; from += memberCount) {
      const wanted = places.slice(from, from + memberCount)
      const positions: VideoPositions = everybody('off-canvas')
      wanted.forEach((place, index) => (positions[members[index]?.memberId ?? ''] = place))
      await request('video.set_position', { positions })
      const layout = await expectShown(
        `${name} with members in ${wanted.join(', ')}`,
        (each) => occupied(each).join() === wanted.join(),
      )
      for (const layer of layout.layers) {
        if (layer.member_id !== null) expect(positions[layer.member_id]).toBe(layer.position)
      }
    }
  }
})

function everybody(position: VideoPositions[string]): VideoPositions {
  return Object.fromEntries(members.map((member) => [member.memberId, position]))
}

test('each responsive layout shows 1 to 29 members, all in the right colour', async () => {
  for (const name of groups) {
    await request('video.set_layout', { name })
    for (let count = 1; count <= memberCount; count++) {
      const positions = everybody('auto')
      for (const member of members.slice(count)) positions[member.memberId] = 'off-canvas'
      await request('video.set_position', { positions })
      const layout = await expectShown(
        `${name} with ${count} members`,
        (each) => each.name === name && occupied(each).length === count,
      )
      const shown = layout.layers.map((layer) => layer.member_id).filter((id) => id !== null)
      expect(new Set(shown)).toEqual(new Set(members.slice(0, count).map((member) => member.memberId)))
    }
  }
})

test('grid-responsive takes its largest steps for 37, 65 and 101 members, most of them without a camera', async () => {
  const without: SimulatedMember[] = []
  await request('video.set_position', { positions: everybody('auto') })
  await request('video.set_layout', { name: 'grid-responsive' })
  for (const [count, cells] of [
    [37, 64],
    [65, 100],
    [101, 225],
  ] as const) {
    while (memberCount + without.length < count) {
      const token = await server.token(room, '', { ma: 'audio-only' })
      const person = { name: '', color: { r: 0, g: 0, b: 0 }, toneHz: 440 }
      without.push(await joinSimulated(server, room, person, { audio: null, video: null, token }))
    }
    const layout = await expectShown(`${count} members`, (each) => occupied(each).length === count)
    expect(layout.layers).toHaveLength(cells + 2)
  }
  for (const member of without) await member.leave()
})

type Frame = { colors: Rgb[]; atMs: number }

test('changes are on screen within 200 ms of layout.changed, and no frame shows anything but old or new', async () => {
  const [a, b, c, d] = members.map((member) => member.memberId) as [string, string, string, string]
  const four = { ...everybody('off-canvas'), [a]: 'auto', [b]: 'auto', [c]: 'auto', [d]: 'auto' }
  await request('video.set_position', { positions: four })
  await request('video.set_layout', { name: '2x2' })
  let before = await expectShown(
    'the first layout',
    (layout) => occupied(layout).length === 4 && layout.name === '2x2',
  )

  const swap = { positions: { [a]: 'standard-2', [b]: 'standard-1' } }
  const changes: [method: string, params: Record<string, unknown>][] = [
    ['video.set_layout', { name: 'highlight-1-responsive' }],
    ['video.set_layout', { name: '5up' }],
    ['video.set_position', swap],
    ['video.set_layout', { name: 'grid-responsive' }],
    ['video.member.set_position', { member_id: c, position: 'off-canvas' }],
    ['video.member.set_position', { member_id: c, position: 'auto' }],
    ['video.member.video_mute', { member_id: d }],
    ['video.hide_video_muted', {}],
    ['video.set_layout', { name: '4x4', positions: { [a]: 'standard-16' } }],
    ['video.member.set_position', { member_id: b, position: 'full-screen' }],
    ['video.member.set_position', { member_id: b, position: 'auto' }],
    ['video.set_layout', { name: '10x10' }],
    ['video.set_layout', { name: 'grid-responsive-mobile' }],
    ['video.set_layout', { name: 'screen-share' }],
  ]
  const latenciesMs: number[] = []
  for (const [method, params] of changes) {
    const what = `${method} ${JSON.stringify(params)}`
    const frames: Frame[] = []
    let changedAtMs = 0
    let after: VideoLayout | undefined
    look = (picture, layout) => {
      if (layout !== before && after === undefined) after = layout
      frames.push({ colors: spreadPoints.map((point) => picture.colorAt(...point)), atMs: performance.now() })
    }
    onLayoutChanged = () => (changedAtMs ||= performance.now())
    await request(method, params)
    await waitFor(
      `frames after ${what}`,
      () => after !== undefined && framesAfter(frames, changedAtMs).length > 15,
      {
        intervalMs: 20,
      },
    )
    look = () => {}
    const kinds = frames.map((frame) => [before, after as VideoLayout].map((layout) => isAsIn(frame, layout)))
    const strange = kinds.findIndex(([isOld, isNew]) => !isOld && !isNew)
    expect(
      strange,
      `${what}: frame ${strange} of ${frames.length} shows neither the old nor the new layout`,
    ).toBe(-1)
    const firstNew = frames.findIndex((_, index) => kinds[index]?.[1])
    expect(firstNew, `${what}: the new layout is never shown`).toBeGreaterThanOrEqual(0)
    // Frames count, not the clock: on a busy machine every frame is late. 5 frames at 25 per second are 200 ms.
    const late = framesAfter(frames.slice(0, firstNew), changedAtMs).length
    expect(late, `${what}: frames with the old layout after layout.changed`).toBeLessThanOrEqual(5)
    latenciesMs.push((frames[firstNew] as Frame).atMs - changedAtMs)
    before = after as VideoLayout
  }
  latenciesMs.sort((x, y) => x - y)
  const shown = latenciesMs.map((ms) => Math.round(ms)).join(', ')
  console.info(`First frame of the new layout after layout.changed, decoded, in ms: ${shown}`)
})

const framesAfter = (frames: readonly Frame[], atMs: number): Frame[] =>
  frames.filter((frame) => frame.atMs >= atMs)

const isAsIn = (frame: Frame, layout: VideoLayout): boolean =>
  ownersOf(layout, spreadPoints).every(
    (check) => mismatch(check, frame.colors[spreadPoints.indexOf(check.point)] as Rgb, colorOf) === null,
  )
