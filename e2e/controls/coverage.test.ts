import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

/** Name of a method, event, property or setting → "file: title" of the tests that observe its effect. */
const coverage = JSON.parse(read('coverage.json')) as Record<string, string[]>

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

test('every test that coverage.json names is there, and names the method it observes', () => {
  const problems: string[] = []
  for (const [name, tests] of Object.entries(coverage)) {
    if (tests.length === 0) problems.push(`${name}: no test`)
    for (const each of tests) {
      const colon = each.indexOf(': ')
      const source = read(`../${each.slice(0, colon)}`)
      const title = escape(each.slice(colon + 2))
      if (!new RegExp(`test\\(\\s*(['\`])${title}\\1,`).test(source)) problems.push(`${name}: no "${each}"`)
      const isMethod = /^(set|get|update|delete|remove|hide|show)[A-Z]/.test(name)
      if (isMethod && !new RegExp(`\\b${name}\\b`).test(source))
        problems.push(`${each} does not name ${name}`)
    }
  }
  expect(problems).toEqual([])
})
