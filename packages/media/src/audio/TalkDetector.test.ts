import { expect, test } from 'vitest'
import { energyLevelOf, TalkDetector } from './TalkDetector.ts'

/** Frames of `level` until `talking` changes; null after 200. */
function framesUntilChange(detector: TalkDetector, level: number): number | null {
  for (let frame = 1; frame <= 200; frame++) if (detector.update(level)) return frame
  return null
}

test('the energy level falls as the sensitivity rises: 300 at the default, out of reach at 0', () => {
  expect(energyLevelOf(0)).toBe(Infinity)
  expect(energyLevelOf(-5)).toBe(Infinity)
  expect(energyLevelOf(NaN)).toBe(Infinity)
  expect(energyLevelOf(30)).toBe(300)
  expect(energyLevelOf(65)).toBeCloseTo(30)
  expect(energyLevelOf(100)).toBeCloseTo(3)
  for (let value = 1; value < 100; value++) {
    expect(energyLevelOf(value)).toBeGreaterThan(energyLevelOf(value + 1))
  }
})

test('loud speech starts talking within 100 ms, speech just above the level takes 5 frames more', () => {
  expect(framesUntilChange(new TalkDetector(), 3000)).toBeLessThanOrEqual(3)
  const faint = new TalkDetector()
  // The smoothed score passes 300 in frame 5; 5 frames above it are needed.
  expect(framesUntilChange(faint, 460)).toBe(9)
  expect(faint.talking).toBe(true)
})

test('below the level nobody talks, however long', () => {
  expect(framesUntilChange(new TalkDetector(), 299)).toBeNull()
})

test('one loud click is no speech', () => {
  const detector = new TalkDetector()
  expect(detector.update(2000)).toBe(false)
  expect(framesUntilChange(detector, 0)).toBeNull()
})

test('talking ends after 40 frames below the level, and a word in between starts the count anew', () => {
  const detector = new TalkDetector()
  framesUntilChange(detector, 3000)
  for (let frame = 0; frame < 39; frame++) expect(detector.update(0)).toBe(false)
  expect(detector.update(1000)).toBe(false)
  expect(framesUntilChange(detector, 0)).toBe(40)
  expect(detector.talking).toBe(false)
})

test('sensitivity 0 never talks, and ends talking by the usual rule', () => {
  const detector = new TalkDetector()
  detector.setSensitivity(0)
  expect(framesUntilChange(detector, 30_000)).toBeNull()
  detector.setSensitivity(100)
  expect(framesUntilChange(detector, 500)).toBe(1)
  detector.setSensitivity(0)
  expect(framesUntilChange(detector, 30_000)).toBe(40)
})

test('reset ends at once and says whether that was a change', () => {
  const detector = new TalkDetector()
  expect(detector.reset()).toBe(false)
  framesUntilChange(detector, 3000)
  expect(detector.reset()).toBe(true)
  expect(detector.talking).toBe(false)
  expect(detector.score).toBe(0)
})
