import { afterEach, beforeEach, expect, test } from 'vitest'
import { colorDistance, type Rgb, type SimulatedMember } from '@roomful/load-test'
import type { VideoLayout } from '@roomful/protocol'
import { person } from './support/people.ts'
import { colorTolerance } from './support/picture.ts'
import { startTestServer, type TestServer } from './support/server.ts'
import { joinSimulated, Watcher, type Picture } from './support/simulated.ts'
import { waitFor } from './support/waitFor.ts'

/** A new layout is on screen, in the right colours, within this. */
const settleMs = 500
const framesPerStep = 40

type Rectangle = readonly [x: number, y: number, width: number, height: number]

const half = 50
/** The rectangles of `grid-responsive` by number of members, in percent (layouts of the original). */
const grids: Readonly<Record<number, readonly Rectangle[]>> = {
  1: [[0, 0, 100, 100]],
  2: [
    [0, 25, half, half],
    [half, 25, half, half],
  ],
  3: [
    [25, 0, half, half],
    [0, half, half, half],
    [half, half, half, half],
  ],
  5: [
    [0, 0, 100 / 3, 100 / 3],
    [200 / 3, 0, 100 / 3, 100 / 3],
    [100 / 3, 100 / 3, 100 / 3, 100 / 3],
    [0, 200 / 3, 100 / 3, 100 / 3],
    [200 / 3, 200 / 3, 100 / 3, 100 / 3],
  ],
}

let server: TestServer
let watcher: Watcher | undefined
const others: SimulatedMember[] = []
const colors = new Map<string, Rgb>()
const everyColor = [0, 1, 2, 3, 4].map((index) => person(index).color)

beforeEach(async () => {
  server = await startTestServer()
})

afterEach(async () => {
  for (const member of others) await member.leave()
  await watcher?.close()
  await server.close()
})

/** Beside the banner and beside the circle of a placeholder, which may have any colour. */
const samplePoints = [
  [0.05, 0.08],
  [0.95, 0.08],
  [0.2, 0.5],
  [0.8, 0.5],
  [0.95, 0.92],
] as const

type Look = { right: boolean; foreign: string | null }

/** Whether every tile shows its member, and who is seen where somebody else belongs. */
function lookAt(picture: Picture, layout: VideoLayout): Look {
  const look: Look = { right: true, foreign: null }
  for (const layer of layout.layers) {
    const expected = colors.get(layer.member_id ?? '')
    if (expected === undefined) continue
    for (const [right, down] of samplePoints) {
      const seen = picture.colorAt(layer.x + layer.width * right, layer.y + layer.height * down)
      if (colorDistance(seen, expected) <= colorTolerance) continue
      look.right = false
      // A member whose picture has not come yet has a placeholder; nobody ever has another's picture.
      const other = everyColor.find(
        (color) => color !== expected && colorDistance(seen, color) < colorTolerance,
      )
      if (other !== undefined) {
        look.foreign = `${layer.position} at (${right}, ${down}) shows ${JSON.stringify(seen)}, not ${JSON.stringify(expected)}`
      }
    }
  }
  return look
}

test('members join and leave, 1 → 2 → 3 → 5 → 2: each grid is right and no frame shows a foreign colour', async () => {
  const foreign: string[] = []
  let rightInARow = 0
  watcher = await Watcher.join(server, 'steps', person(0), (picture, layout, heldMs) => {
    if (heldMs < settleMs) return
    const shown = layout.layers.filter((layer) => layer.member_id !== null)
    const look = lookAt(picture, layout)
    rightInARow =
      look.right && shown.every((layer) => colors.has(layer.member_id ?? '')) ? rightInARow + 1 : 0
    if (look.foreign !== null)
      foreign.push(`${shown.length} members, ${Math.round(heldMs)} ms: ${look.foreign}`)
  })
  colors.set(watcher.member.memberId, person(0).color)

  for (const count of [1, 2, 3, 5, 2]) {
    while (others.length + 1 < count) {
      const joining = person(others.length + 1)
      const member = await joinSimulated(server, 'steps', joining)
      colors.set(member.memberId, joining.color)
      others.push(member)
    }
    while (others.length + 1 > count) {
      const leaving = others.splice(Math.min(1, others.length - 1), 1)[0]
      await leaving?.leave()
    }
    const layout = await waitFor(`a layout with ${count} members`, () => {
      const current = watcher?.member.layout
      return current?.layers.filter((layer) => layer.member_id !== null).length === count
        ? current
        : undefined
    })
    const rectangles = layout.layers
      .filter((layer) => layer.member_id !== null)
      .map((layer) => [layer.x, layer.y, layer.width, layer.height])
    const expected = grids[count] ?? []
    expect(rectangles).toHaveLength(expected.length)
    rectangles.forEach((rectangle, index) => {
      rectangle.forEach((value, side) => expect(value).toBeCloseTo(expected[index]?.[side] ?? NaN, 2))
    })
    rightInARow = 0
    await waitFor(
      `${framesPerStep} frames in a row with everybody in place`,
      () => rightInARow >= framesPerStep,
    )
    expect(foreign).toEqual([])
  }
})
