import { describe, expect, it } from 'vitest'
import { parseTime } from './fields.ts'

describe('parseTime', () => {
  it.each([
    ['2027-01-31', Date.UTC(2027, 0, 31)],
    ['2027-01-31T09:30:00Z', Date.UTC(2027, 0, 31, 9, 30)],
    ['2027-01-31t09:30:00z', Date.UTC(2027, 0, 31, 9, 30)],
    ['2027-01-31 09:30:00Z', Date.UTC(2027, 0, 31, 9, 30)],
    ['2027-01-31T09:30:00.250Z', Date.UTC(2027, 0, 31, 9, 30, 0, 250)],
    ['2027-01-31T09:30:00+02:00', Date.UTC(2027, 0, 31, 7, 30)],
    ['2028-02-29', Date.UTC(2028, 1, 29)],
    ['9999-12-31T23:59:59Z', Date.UTC(9999, 11, 31, 23, 59, 59)],
  ])('reads %s', (text, unixMs) => {
    expect(parseTime(text)).toBe(unixMs)
  })

  it.each([
    '',
    'now',
    '2027',
    '2027-1-1',
    '2027-02-29',
    '2027-13-01',
    '2027-01-31T09:30:00',
    '2027-01-31T09:30Z',
    '2027-01-31T24:00:01Z',
    '2027-01-31T09:60:00Z',
    '20270131T093000Z',
    ' 2027-01-31',
    '1800000000',
    // Neither has a year of four digits in UTC.
    '9999-12-31T23:59:59-00:01',
    '0000-01-01T00:00:00+00:01',
  ])('refuses %j', (text) => {
    expect(parseTime(text)).toBeUndefined()
  })
})
