import { describe, expect, it } from 'vitest'
import { formatTime } from './time.ts'
import { mediaLabel, streamLabel } from './urls.ts'

describe('formatTime', () => {
  it.each([
    [0, '0:00'],
    [7999, '0:07'],
    [750_000, '12:30'],
    [3_723_000, '1:02:03'],
    [-5, '0:00'],
  ])('shows %i ms as %s', (ms, shown) => expect(formatTime(ms)).toBe(shown))
})

describe('streamLabel', () => {
  it.each([
    ['rtmp://live.example/app/SECRET', 'live.example/app'],
    ['rtmps://live.example:443/a/b/SECRET?token=SECRET', 'live.example:443/a/b'],
    ['rtmp://live.example/SECRET', 'live.example'],
    ['rtmp://user:SECRET@live.example/app/SECRET#SECRET', 'live.example/app'],
    ['SECRET', 'Stream'],
  ])('leaves out what is secret in %s', (url, shown) => expect(streamLabel(url)).toBe(shown))
})

describe('mediaLabel', () => {
  it.each([
    ['https://files.example/a/The%20film.mp4?t=1', 'The film.mp4'],
    ['https://files.example/100%.mp4', '100%.mp4'],
    ['https://files.example/', 'files.example'],
    ['film', 'Video'],
  ])('names %s', (url, shown) => expect(mediaLabel(url)).toBe(shown))
})
