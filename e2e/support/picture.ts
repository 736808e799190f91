import { colorDistance, type Rgb } from '@roomful/load-test'
import type { Yuv } from '@roomful/media/video/testKit'
import type { VideoLayout, VideoLayoutLayer } from '@roomful/protocol'
import type { BrowserMember } from './BrowserMember.ts'
import { waitFor } from './waitFor.ts'

/** Coding, scaling and colour conversion move a colour by less than this; test colours are further apart. */
export const colorTolerance = 60

type Check = { point: [number, number]; what: string; expected: Rgb; equal: boolean }

/**
 * Points that show that a tile fills its rectangle: a grid inside, and both sides of every edge at 1 % of the
 * canvas. The name banner (bottom left) is left out.
 */
function checksOf(layer: VideoLayoutLayer, color: Rgb, who: string): Check[] {
  const checks: Check[] = []
  const { x, y, width, height } = layer
  const add = (dx: number, dy: number, what: string, equal: boolean): void => {
    const point: [number, number] = [x + dx, y + dy]
    if (point[0] <= 0.4 || point[0] >= 99.6 || point[1] <= 0.4 || point[1] >= 99.6) return
    checks.push({
      point,
      what: `${who}: ${what} (${point.map((n) => n.toFixed(1)).join(', ')})`,
      expected: color,
      equal,
    })
  }
  for (const share of [0.2, 0.5, 0.8]) {
    for (const down of [0.15, 0.4, 0.65]) add(width * share, height * down, 'inside', true)
  }
  // Sampled squares are five pixels wide: a little further in or out than the 1 % allowed for the edge.
  const inner = 1.3
  for (const share of [0.2, 0.5, 0.65]) {
    add(inner, height * share, 'left edge', true)
    add(width - inner, height * share, 'right edge', true)
    add(width * share, inner * 1.3, 'top edge', true)
    add(-1.3, height * share, 'beyond the left edge', false)
    add(width + 1.3, height * share, 'beyond the right edge', false)
    add(width * share, -1.7, 'beyond the top edge', false)
    add(width * share, height + 1.7, 'beyond the bottom edge', false)
  }
  add(width * 0.85, height - inner * 1.3, 'bottom edge', true)
  return checks
}

/** Waits until every member's colour fills exactly the rectangle that `layout.changed` names for it. */
export async function expectTiles(
  viewer: BrowserMember,
  colors: ReadonlyMap<string, Rgb>,
  timeoutMs = 10_000,
): Promise<VideoLayout> {
  return await waitFor(
    `${viewer.person.name} (${viewer.client}) to see everybody's tile`,
    async () => {
      const layout = await viewer.layout()
      if (layout === undefined) throw new Error('no layout yet')
      const shown = layout.layers.filter((layer) => layer.member_id !== null)
      if (shown.length !== colors.size) throw new Error(`${shown.length} tiles, expected ${colors.size}`)
      const checks = shown.flatMap((layer) => {
        const color = colors.get(layer.member_id ?? '')
        if (color === undefined) throw new Error(`layer of an unknown member ${layer.member_id}`)
        return checksOf(layer, color, layer.position)
      })
      const picture = await viewer.colorsAt(checks.map((check) => check.point))
      if (picture === null) throw new Error('no picture yet')
      checks.forEach((check, index) => {
        const seen = picture.colors[index] as Rgb
        if (colorDistance(seen, check.expected) < colorTolerance !== check.equal) {
          throw new Error(
            `${check.what}: saw ${JSON.stringify(seen)}, ${check.equal ? '' : 'not '}expected ${JSON.stringify(check.expected)}`,
          )
        }
      })
      return layout
    },
    { timeoutMs },
  )
}

/** BT.601, video range: what decoders give of it. */
export function rgbOf([luma, cb, cr]: Yuv): Rgb {
  const y = 1.164 * (luma - 16)
  const clamp = (value: number): number => Math.min(255, Math.max(0, Math.round(value)))
  return {
    r: clamp(y + 1.596 * (cr - 128)),
    g: clamp(y - 0.392 * (cb - 128) - 0.813 * (cr - 128)),
    b: clamp(y + 2.017 * (cb - 128)),
  }
}
