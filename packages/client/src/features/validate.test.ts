import { describe, expect, test } from 'vitest'
import * as check from './validate.ts'

const refusal = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('It was not refused.')
}

describe('a wrong argument is refused, naming what is allowed', () => {
  test.each([
    [
      () => check.checkNumber('f()', 'volume', 51, -50, 50),
      '"volume" must be a number from -50 to 50, not 51',
    ],
    [() => check.checkNumber('f()', 'volume', Number.NaN, -50, 50), 'from -50 to 50, not NaN'],
    [() => check.checkNumber('f()', 'volume', '1', -50, 50), 'not "1"'],
    [() => check.checkText('f()', 'name', ''), '"name" must be a non-empty string'],
    [() => check.checkMeta('f()', [1]), '"meta" must be an object, not an array'],
    [() => check.checkMeta('f()', { a: 'x'.repeat(2_000) }), 'at most 2000 characters as JSON; it has 2008'],
    [() => check.checkMeta('f()', { a: 1n }), 'can be written as JSON'],
    [() => check.checkKeys('f()', 'a'), 'array of strings, not "a"'],
    [() => check.checkPosition('f()', 'standard-x'), 'standard-1, standard-2 …, off-canvas'],
    [() => check.checkPositions('f()', { self: 'left' }), '"left" is not'],
    [() => check.checkDigits('f()', '12E'), 'characters 0-9, A-D, * and #'],
    [() => check.checkOptionalBoolean('f()', 'raised', 'yes'), '"raised" must be true or false, not "yes"'],
  ])('%#', (run, message) => {
    expect(refusal(run)).toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining(message) as string,
    })
  })
})

test('what is allowed passes', () => {
  expect(check.checkNumber('f()', 'volume', -50, -50, 50)).toBe(-50)
  expect(check.checkMeta('f()', { a: 'x'.repeat(1_992) })).toBeTypeOf('object')
  for (const position of ['auto', 'off-canvas', 'reserved-12', 'standard-1', 'playback', 'full-screen']) {
    expect(check.checkPosition('f()', position)).toBe(position)
  }
  expect(check.checkDigits('f()', '1a*#')).toBe('1A*#')
})
