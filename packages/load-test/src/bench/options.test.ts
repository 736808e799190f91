import { expect, test } from 'vitest'
import { parseOptions } from './options.ts'

test('everything by default, with the sizes and the number of joins that are promised', () => {
  const options = parseOptions([])
  expect(options.only).toEqual(['cores', 'audience', 'outputs', 'requests', 'joins', 'delay'])
  expect(options.sizes).toEqual([2, 4, 9, 16])
  expect(options.simulatedJoins).toBeGreaterThanOrEqual(20)
  expect(options.speakers).toBeUndefined()
})

test('a part of it on demand', () => {
  const options = parseOptions(['--only=delay,joins', '--sizes=3', '--speakers=2', '--markdown'])
  expect(options).toMatchObject({ only: ['delay', 'joins'], sizes: [3], speakers: 2, markdown: true })
  expect(parseOptions(['--audience=300,10']).audience).toEqual([10, 300])
  expect(parseOptions(['--quick']).roundMs).toBeLessThan(parseOptions([]).roundMs)
})

test('says what is allowed', () => {
  expect(() => parseOptions(['--only=core'])).toThrow(
    '--only takes cores, audience, outputs, requests, joins, delay, not "core"',
  )
  expect(() => parseOptions(['--sizes=2,x'])).toThrow('--sizes takes whole numbers from 1 to 100, not "x"')
  expect(() => parseOptions(['--audience=1'])).toThrow('--audience takes whole numbers from 2 to 1000')
  expect(() => parseOptions(['--speakers=0'])).toThrow('not "0"')
  expect(() => parseOptions(['--fast'])).toThrow('--fast')
})
