import { expect, it } from 'vitest'
import { LineQuality } from './LineQuality.ts'

it('LineQuality leaves a good line alone', () => {
  const line = new LineQuality()
  line.onRoundTrip(40, 0)
  for (let nowMs = 0; nowMs < 10_000; nowMs += 40) line.onVideoSent(8, nowMs)
  line.onVideoNacked(2, 10_000)
  line.onAudioLoss(0.01, 10_000)
  expect(line.isLossy(10_000)).toBe(false)
  expect(line.playoutDelayMs(10_000)).toBe(0)
})

it('LineQuality holds pictures for as long as mending takes, within bounds, and lets go when all is well', () => {
  const line = new LineQuality()
  line.onAudioLoss(0.05, 1000)
  expect(line.isLossy(1000)).toBe(true)
  expect(line.playoutDelayMs(1000)).toBe(200)
  line.onRoundTrip(130, 1500)
  line.onRoundTrip(90, 1600)
  expect(line.roundTripMs(1600)).toBe(130)
  expect(line.playoutDelayMs(1600)).toBe(400)
  line.onRoundTrip(700, 2000)
  expect(line.playoutDelayMs(2000)).toBe(800)
  // The slow trip is forgotten before the delay falls.
  line.onRoundTrip(50, 13_000)
  expect(line.roundTripMs(13_000)).toBe(50)
  expect(line.playoutDelayMs(13_000)).toBe(800)
  expect(line.isLossy(17_000)).toBe(false)
  expect(line.playoutDelayMs(33_000)).toBe(0)
})

it('LineQuality takes packets of the picture that are asked for again for a sign, not a few of them', () => {
  const line = new LineQuality()
  line.onVideoSent(20, 0)
  line.onVideoNacked(2, 0)
  expect(line.isLossy(0)).toBe(false)
  line.onVideoSent(80, 100)
  line.onVideoNacked(3, 100)
  expect(line.nackShare).toBeCloseTo(0.05)
  expect(line.isLossy(100)).toBe(true)
  // The share counts until the next window is full.
  line.onVideoSent(10, 700)
  expect(line.nackShare).toBeCloseTo(0.05)
  line.onVideoSent(30, 800)
  line.onVideoSent(30, 1400)
  expect(line.nackShare).toBe(0)
})

it('LineQuality blames no line for what was too much for any', () => {
  const line = new LineQuality()
  line.onVideoSent(100, 0)
  line.onVideoNacked(80, 0, true)
  expect(line.nackShare).toBeCloseTo(0.8)
  expect(line.isLossy(0)).toBe(false)
})
