import { colorDistance, type Rgb } from '@roomful/load-test'
import type { VideoLayout, VideoLayoutLayer } from '@roomful/protocol'
import { colorTolerance } from './picture.ts'
import type { Picture } from './simulated.ts'

/** Percent of the canvas. */
type Point = readonly [x: number, y: number]

/** A tile's edge is where the layout says within 1 % of the canvas; samples are a few pixels wide themselves. */
const edgeMargin = { x: 1.1, y: 1.4 }
const step = { x: 1.2, y: 1.5 }

const layersTopDown = ({ layers }: VideoLayout): VideoLayoutLayer[] =>
  layers.filter((layer) => layer.member_id !== null).sort((a, b) => b.z_index - a.z_index)

const within = (layer: VideoLayoutLayer, [x, y]: Point, margin: { x: number; y: number }): boolean =>
  x >= layer.x - margin.x &&
  x <= layer.x + layer.width + margin.x &&
  y >= layer.y - margin.y &&
  y <= layer.y + layer.height + margin.y

/** The layer whose tile is seen at a point; null: black; undefined: too near to an edge or a name to tell. */
function layerAt(topDown: readonly VideoLayoutLayer[], point: Point): VideoLayoutLayer | null | undefined {
  for (const layer of topDown) {
    if (!within(layer, point, edgeMargin)) continue
    // An edge of the canvas is not an edge between two things.
    const margin = {
      x: layer.x < 0.01 && layer.width > 99.99 ? 0 : -edgeMargin.x,
      y: layer.y < 0.01 && layer.height > 99.99 ? 0 : -edgeMargin.y,
    }
    if (!within(layer, point, margin)) return undefined
    const across = (point[0] - layer.x) / layer.width
    const down = (point[1] - layer.y) / layer.height
    return across < 0.5 && down > 0.5 ? undefined : layer
  }
  return null
}

export type CheckPoint = { point: Point; layer: VideoLayoutLayer | null }

/** Points in every tile and on both sides of all its edges, each with the layer that belongs there. */
export function checkPointsOf(layout: VideoLayout): CheckPoint[] {
  const topDown = layersTopDown(layout)
  const points: Point[] = [
    [50, 50],
    [3, 97],
    [97, 97],
  ]
  for (const { x, y, width, height } of topDown) {
    const right = x + width
    const bottom = y + height
    points.push([x + width * 0.75, y + height * 0.3], [x + width * 0.7, y + height * 0.75])
    for (const share of [0.3, 0.7]) {
      for (const edge of [x - step.x, x + step.x, right - step.x, right + step.x]) {
        points.push([edge, y + height * share])
      }
      for (const edge of [y - step.y, y + step.y, bottom - step.y, bottom + step.y]) {
        points.push([x + width * share, edge])
      }
    }
  }
  return ownersOf(layout, points)
}

/** Evenly spread points, the same for every layout: for comparing frames with a layout that comes later. */
export const spreadPoints: readonly Point[] = Array.from({ length: 20 * 14 }, (_, index) => [
  3 + (index % 20) * 4.95,
  3 + Math.floor(index / 20) * 7.2,
])

/** Those of the points where the layout says what is to be seen. */
export function ownersOf(layout: VideoLayout, points: readonly Point[]): CheckPoint[] {
  const topDown = layersTopDown(layout)
  return points.flatMap((point) => {
    if (point[0] < 0.6 || point[0] > 99.4 || point[1] < 0.8 || point[1] > 99.2) return []
    const layer = layerAt(topDown, point)
    return layer === undefined ? [] : [{ point, layer }]
  })
}

const black: Rgb = { r: 0, g: 0, b: 0 }
/** The mute image is dark grey, apart from the circle in its middle. */
const isDark = ({ r, g, b }: Rgb): boolean => r + g + b < 240 && Math.max(r, g, b) - Math.min(r, g, b) < 40

/** What is seen at a point and should not be; null if it is as it should be. */
export function mismatch(
  { point, layer }: CheckPoint,
  seen: Rgb,
  colorOf: (memberId: string) => Rgb | undefined,
): string | null {
  const say = (expected: string): string =>
    `(${point.map((n) => n.toFixed(1)).join(', ')}) shows ${JSON.stringify(seen)}, not ${expected}`
  if (layer === null) return colorDistance(seen, black) < colorTolerance ? null : say('black')
  const color = colorOf(layer.member_id ?? '')
  if (color === undefined || !layer.visible) {
    return isDark(seen) || isNearMiddle(point, layer) ? null : say(`the mute image of ${layer.position}`)
  }
  return colorDistance(seen, color) < colorTolerance
    ? null
    : say(`${JSON.stringify(color)} of ${layer.position}`)
}

function isNearMiddle([x, y]: Point, layer: VideoLayoutLayer): boolean {
  return (
    Math.abs(x - layer.x - layer.width / 2) < layer.width * 0.3 &&
    Math.abs(y - layer.y - layer.height / 2) < layer.height * 0.4
  )
}

/** The first thing in a picture that is not as the layout says; null: all is. */
export function lookAt(
  picture: Picture,
  checks: readonly CheckPoint[],
  colorOf: (memberId: string) => Rgb | undefined,
): string | null {
  for (const check of checks) {
    const wrong = mismatch(check, picture.colorAt(...check.point), colorOf)
    if (wrong !== null) return wrong
  }
  return null
}
