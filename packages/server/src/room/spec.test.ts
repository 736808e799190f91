import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const folder = new URL('.', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, folder), 'utf8')

test('every rule of SPEC.md is in the title of a test, and every title names a rule', () => {
  const rules = [...read('SPEC.md').matchAll(/^- \*\*([A-Z]{2}\d+)\*\*/gm)].map((match) => match[1])
  const titles = globSync('**/*.test.ts', { cwd: folder })
    .filter((path) => path !== 'spec.test.ts')
    .flatMap((path) => [...read(path).matchAll(/test(?:\.each\([\s\S]*?\))?\(\s*['"`]([A-Z0-9, ]+):/g)])
    .flatMap((match) => (match[1] ?? '').split(', '))
  expect(rules.length).toBeGreaterThan(60)
  expect(new Set(rules).size).toBe(rules.length)
  expect([...new Set(titles)].sort()).toEqual([...rules].sort())
})
