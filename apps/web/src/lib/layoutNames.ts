const labels: Record<string, string> = {
  'grid-responsive': 'Grid',
  'grid-responsive-mobile': 'Grid for phones',
  'highlight-1-responsive': 'Highlight one',
  '1x1': 'One only',
  '2x1': 'Side by side',
  '1x1-2x1': 'One above two',
  '5up': 'Five',
  'screen-share': 'Screen share',
  'presenter-dual-horizontal': 'Screen beside speaker',
  'full-screen': 'Full screen',
}

/** A layout's name for people: `3x3` becomes `3 × 3`. */
export function layoutLabel(name: string): string {
  return labels[name] ?? name.replace(/^(\d+)x(\d+)$/, '$1 × $2').replaceAll('-', ' ')
}

/** Those that fit themselves first, then by the number of their places. */
export function sortLayouts(names: readonly string[]): string[] {
  return [...names].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
}

function rank(name: string): number {
  if (name === 'grid-responsive') return 0
  if (name.includes('responsive')) return 1
  if (name === '5up') return 5.5
  const [, columns, rows] = /^(\d+)x(\d+)$/.exec(name) ?? []
  return columns && rows ? 1 + Number(columns) * Number(rows) : 1000
}
