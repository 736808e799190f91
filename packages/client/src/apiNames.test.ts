import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
// @ts-expect-error A script without types of its own.
import { readApi, readApiNames } from '../../../scripts/lib/apiReference.mjs'

type Api = Record<'members' | 'events' | 'options', { name: string; doc: string }[]> & { types: string[] }
type Names = Record<'options' | 'properties' | 'methods' | 'events' | 'types', string[]>

const api = (readApi as () => Api)()
const names = (readApiNames as () => Names)()
const coverageUrl = new URL('../../../e2e/controls/coverage.json', import.meta.url)
const coverage = JSON.parse(readFileSync(coverageUrl, 'utf8')) as Record<string, string[]>

test('the list of documented names is whole', () => {
  const counts = Object.values(names).map((list) => new Set(list).size)
  expect(counts).toEqual([11, 18, 57, 29, 3])
})

test('the SDK has every documented name', () => {
  const own = {
    options: api.options.map(({ name }) => name),
    properties: api.members.map(({ name }) => name),
    methods: api.members.map(({ name }) => name),
    events: api.events.map(({ name }) => name),
    types: api.types,
  }
  const lacking = (Object.keys(names) as (keyof Names)[]).flatMap((kind) =>
    names[kind].filter((name) => !own[kind].includes(name)),
  )
  expect(lacking).toEqual([])
})

test('every method has a test that observes its effect', () => {
  const without = names.methods.filter((name) => (coverage[name]?.length ?? 0) === 0)
  expect(without).toEqual([])
})

test('every public member, event and option has a docstring', () => {
  const bare = [...api.members, ...api.events, ...api.options].filter(({ doc }) => doc === '')
  expect(bare.map(({ name }) => name)).toEqual([])
})
