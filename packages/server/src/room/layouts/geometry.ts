import type { LayoutName, VideoPosition } from '@roomful/protocol'

/** Layouts are drawn in 360ths of the canvas, in both directions. */
export const canvasUnits = 360

/**
 * Who gets a place without asking for it: `standard` whoever is next, `floor` the active speaker, `main` a
 * shared screen before anybody else, `request` nobody.
 */
export type PlaceRole = 'standard' | 'floor' | 'main' | 'request'

/** A rectangle of a layout, in 360ths of the canvas, origin top left. */
export type Place = {
  readonly position: VideoPosition
  readonly role: PlaceRole
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** Unique in its step; higher is drawn later. */
  readonly zIndex: number
}

/** One arrangement of places. A responsive layout is a list of steps, a fixed one has a single step. */
export type LayoutStep = { readonly name: string; readonly places: readonly Place[] }

type Rectangle = readonly [x: number, y: number, width: number, height: number]

const step = (name: string, places: Omit<Place, 'zIndex'>[]): LayoutStep => ({
  name,
  places: places.map((place, index) => ({ ...place, zIndex: index })),
})

const place = (
  position: VideoPosition,
  role: PlaceRole,
  [x, y, width, height]: Rectangle,
): Omit<Place, 'zIndex'> => ({ position, role, x, y, width, height })

const standard = (rectangles: Rectangle[]) =>
  rectangles.map((rectangle, index) => place(`standard-${index + 1}`, 'standard', rectangle))

/** Cells row by row, left to right. */
function gridCells(columns: number, rows: number): Rectangle[] {
  const width = canvasUnits / columns
  const height = canvasUnits / rows
  return Array.from({ length: columns * rows }, (_, cell): Rectangle => {
    const column = cell % columns
    return [column * width, Math.floor(cell / columns) * height, width, height]
  })
}

const grid = (name: string, columns: number, rows: number) => step(name, standard(gridCells(columns, rows)))

/** A big tile at the top left, the rest filled with small cells that do not lie under it. */
function highlight(name: string, bigSize: number, smallSize: number): LayoutStep {
  const perSide = canvasUnits / smallSize
  const small = gridCells(perSide, perSide).filter(([x, y]) => x >= bigSize || y >= bigSize)
  return step(name, [place('reserved-1', 'floor', [0, 0, bigSize, bigSize]), ...standard(small)])
}

const steps = {
  '1x1': grid('1x1', 1, 1),
  '2x1': step(
    '2x1',
    standard([
      [0, 90, 180, 180],
      [180, 90, 180, 180],
    ]),
  ),
  '1x1-2x1': step(
    '1x1-2x1',
    standard([
      [90, 0, 180, 180],
      [0, 180, 180, 180],
      [180, 180, 180, 180],
    ]),
  ),
  '2x2': grid('2x2', 2, 2),
  '5up': step(
    '5up',
    standard([
      [0, 0, 120, 120],
      [240, 0, 120, 120],
      [120, 120, 120, 120],
      [0, 240, 120, 120],
      [240, 240, 120, 120],
    ]),
  ),
  '3x3': grid('3x3', 3, 3),
  '4x4': grid('4x4', 4, 4),
  '5x5': grid('5x5', 5, 5),
  '6x6': grid('6x6', 6, 6),
  '8x8': grid('8x8', 8, 8),
  '10x10': grid('10x10', 10, 10),
  '15x15': grid('15x15', 15, 15),
  '1up-top-left5': highlight('1up-top-left5', 240, 120),
  '1up-top-left7': highlight('1up-top-left7', 270, 90),
  '1up-top-left9': highlight('1up-top-left9', 288, 72),
  '1up-top-left16': highlight('1up-top-left16', 216, 72),
  '1up-top-left24': highlight('1up-top-left24', 180, 60),
  '1up-top-left32': highlight('1up-top-left32', 180, 45),
  'screen-share': screenShare(),
  'presenter-dual-horizontal': step('presenter-dual-horizontal', [
    place('standard-1', 'main', [0, 90, 180, 180]),
    place('reserved-1', 'floor', [180, 90, 180, 180]),
  ]),
  'full-screen': step('full-screen', [place('reserved-1', 'floor', [0, 0, 360, 360])]),
} as const satisfies Partial<Record<LayoutName, LayoutStep>>

/** The screen over the whole canvas, large insets above it, small insets above those. */
function screenShare(): LayoutStep {
  const places = [
    place('standard-1', 'main', [0, 0, 360, 360]),
    place('reserved-1', 'floor', [300, 0, 60, 60]),
    place('reserved-2', 'request', [0, 0, 60, 60]),
    place('reserved-3', 'request', [300, 300, 60, 60]),
    place('reserved-4', 'request', [0, 300, 60, 60]),
    place('reserved-5', 'request', [240, 0, 120, 120]),
    place('reserved-6', 'request', [0, 0, 120, 120]),
    place('reserved-7', 'request', [240, 240, 120, 120]),
    place('reserved-8', 'request', [0, 240, 120, 120]),
  ]
  const zIndexes = [0, 5, 6, 7, 8, 1, 2, 3, 4]
  return {
    name: 'screen-share',
    places: places.map((each, index) => ({ ...each, zIndex: zIndexes[index] ?? index })),
  }
}

/**
 * Not published by the original. Made for a portrait screen: two columns, then three. The canvas itself stays
 * as it is (landscape), so tiles are cropped to tall cells.
 */
const mobileSteps: readonly LayoutStep[] = [
  [1, 1],
  [1, 2],
  [2, 2],
  [2, 3],
  [2, 4],
  ...Array.from({ length: 10 }, (_, index): [number, number] => [3, index + 3]),
].map(([columns = 1, rows = 1]) => grid(`mobile-${columns}x${rows}`, columns, rows))

const groups: Partial<Record<LayoutName, readonly LayoutStep[]>> = {
  'grid-responsive': [
    steps['1x1'],
    steps['2x1'],
    steps['1x1-2x1'],
    steps['2x2'],
    steps['5up'],
    steps['3x3'],
    steps['4x4'],
    steps['5x5'],
    steps['6x6'],
    steps['8x8'],
    steps['10x10'],
    steps['15x15'],
  ],
  'grid-responsive-mobile': mobileSteps,
  'highlight-1-responsive': [
    steps['1up-top-left5'],
    steps['1up-top-left7'],
    steps['1up-top-left9'],
    steps['1up-top-left16'],
    steps['1up-top-left24'],
    steps['1up-top-left32'],
  ],
}

/** The steps of a layout, smallest first. */
export function stepsOf(layout: LayoutName): readonly LayoutStep[] {
  const group = groups[layout]
  if (group) return group
  const single = (steps as Partial<Record<LayoutName, LayoutStep>>)[layout]
  if (!single) throw new TypeError(`Layout "${layout}" has no geometry`)
  return [single]
}

/** The smallest step with a place for so many members, or the largest there is. */
export function chooseStep(layout: LayoutName, memberCount: number): LayoutStep {
  const all = stepsOf(layout)
  const fitting = all.find((candidate) => candidate.places.length >= memberCount)
  const chosen = fitting ?? all.at(-1)
  if (!chosen) throw new TypeError(`Layout "${layout}" has no steps`)
  return chosen
}

/** 360ths of the canvas to percent of it. */
export const toPercent = (units: number): number => (units * 100) / canvasUnits
