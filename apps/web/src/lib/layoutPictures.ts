/** A place of a layout, in 36ths of the picture. */
export type Rectangle = readonly [x: number, y: number, width: number, height: number]

const size = 36

const pictures: Record<string, readonly Rectangle[]> = {
  'grid-responsive': cells(2, 2),
  'grid-responsive-mobile': cells(2, 3),
  'highlight-1-responsive': around(24, 12),
  '2x1': [
    [0, 9, 18, 18],
    [18, 9, 18, 18],
  ],
  '1x1-2x1': [
    [9, 0, 18, 18],
    [0, 18, 18, 18],
    [18, 18, 18, 18],
  ],
  '5up': [
    [0, 0, 12, 12],
    [24, 0, 12, 12],
    [12, 12, 12, 12],
    [0, 24, 12, 12],
    [24, 24, 12, 12],
  ],
  'screen-share': [
    [0, 0, 36, 36],
    [26, 2, 8, 8],
  ],
  'presenter-dual-horizontal': [
    [0, 9, 18, 18],
    [18, 9, 18, 18],
  ],
  'full-screen': [[0, 0, 36, 36]],
}

/** Where the members are in a layout, roughly; nothing for one that is not known. */
export function layoutPicture(name: string): readonly Rectangle[] {
  if (Object.hasOwn(pictures, name)) return pictures[name] ?? []
  const [, columns, rows] = /^(\d+)x(\d+)$/.exec(name) ?? []
  return columns && rows ? cells(Number(columns), Number(rows)) : []
}

function cells(columns: number, rows: number): Rectangle[] {
  const [width, height] = [size / columns, size / rows]
  return Array.from({ length: columns * rows }, (_, cell): Rectangle => {
    return [(cell % columns) * width, Math.floor(cell / columns) * height, width, height]
  })
}

/** A big one at the top left, small ones around it. */
function around(big: number, small: number): Rectangle[] {
  const perSide = size / small
  return [[0, 0, big, big], ...cells(perSide, perSide).filter(([x, y]) => x >= big || y >= big)]
}
