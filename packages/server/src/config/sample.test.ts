import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { expect, it } from 'vitest'
import { envSchema } from './schema.ts'

const sample = readFileSync(new URL('../../../../roomful.conf.sample', import.meta.url), 'utf8')
/** The sample with every setting switched on. */
const settings = parseEnv(sample.replaceAll(/^#([A-Z0-9_]+=)/gm, '$1'))

it('the sample configuration names every setting, and no other', () => {
  expect(Object.keys(settings).sort()).toEqual(Object.keys(envSchema.shape).sort())
})

it('the values in the sample are allowed', () => {
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== ''))
  expect(envSchema.safeParse(given).error?.issues ?? []).toEqual([])
})

it('the sample changes nothing until somebody edits it', () => {
  expect(parseEnv(sample)).toEqual({})
})
