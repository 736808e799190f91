export type Table = {
  columns: readonly string[]
  /** First column left, all others right. */
  rows: readonly (readonly string[])[]
}

/** Columns aligned with spaces, for a terminal. */
export function toText({ columns, rows }: Table): string {
  const widths = widthsOf([columns, ...rows])
  const line = (cells: readonly string[]): string => align(cells, widths).join('   ').trimEnd()
  return [line(columns), widths.map((width) => '─'.repeat(width)).join('───'), ...rows.map(line)].join('\n')
}

/** A table of GitHub's Markdown, aligned in the source too. */
export function toMarkdown({ columns, rows }: Table): string {
  const widths = widthsOf([columns, ...rows]).map((width) => Math.max(width, 3))
  const line = (cells: readonly string[]): string => `| ${align(cells, widths).join(' | ')} |`
  const rule = widths.map((width, index) => (index === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(columns), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n')
}

function widthsOf(lines: readonly (readonly string[])[]): number[] {
  const [first = []] = lines
  return first.map((_, index) => Math.max(...lines.map((cells) => (cells[index] ?? '').length)))
}

function align(cells: readonly string[], widths: readonly number[]): string[] {
  return widths.map((width, index) => {
    const cell = cells[index] ?? ''
    return index === 0 ? cell.padEnd(width) : cell.padStart(width)
  })
}
