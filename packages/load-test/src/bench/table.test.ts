import { expect, test } from 'vitest'
import { toMarkdown, toText } from './table.ts'

const table = {
  columns: ['members', 'cores'],
  rows: [
    ['2', '0.25'],
    ['16', '10.70'],
  ],
}

test('as text', () => {
  expect(toText(table)).toBe(
    ['members   cores', '───────────────', '2          0.25', '16        10.70'].join('\n'),
  )
})

test('as Markdown', () => {
  expect(toMarkdown(table)).toBe(
    ['| members | cores |', '| ------- | ----: |', '| 2       |  0.25 |', '| 16      | 10.70 |'].join('\n'),
  )
})
