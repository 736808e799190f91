import { expect, test } from 'vitest'
import type { MediaUnit, PlacedUnit } from './mediaUnits.ts'
import { Timeline } from './Timeline.ts'

const soundMs = 1024 / 48

function picture(atMs: number, isKey = false): MediaUnit {
  return { kind: 'video', data: new Uint8Array(0), isKey, atMs, durationMs: 40 }
}

/** Pictures every 40 ms with a keyframe every second, and sound, in the order of their moments. */
function* room(fromMs: number, toMs: number): Generator<MediaUnit> {
  const units: MediaUnit[] = []
  for (let atMs = Math.ceil(fromMs / 40) * 40; atMs < toMs; atMs += 40)
    units.push(picture(atMs, atMs % 1000 === 0))
  for (let index = Math.ceil((fromMs - 7) / soundMs); index * soundMs + 7 < toMs; index++) {
    const atMs = index * soundMs + 7
    units.push({ kind: 'audio', data: new Uint8Array(0), isKey: true, atMs, durationMs: soundMs })
  }
  yield* units.sort((a, b) => a.atMs - b.atMs)
}

function run(timeline: Timeline, units: Iterable<MediaUnit>): PlacedUnit[] {
  return [...units].flatMap((unit) => timeline.place(unit))
}

test('begins at its moment: with the sound of then, and the next keyframe in the place of all before it', () => {
  const timeline = new Timeline(1100, () => {})
  expect(run(timeline, room(900, 1990))).toEqual([])
  expect(timeline.begun).toBe(false)
  const [first, ...rest] = run(timeline, room(1990, 2500))
  expect(first).toMatchObject({ timeMs: 0, unit: { kind: 'video', isKey: true, atMs: 2000 } })
  for (const { unit, timeMs } of rest) expect(timeMs).toBeCloseTo(unit.atMs - 1100, 6)
  expect(rest[0]!.unit.kind).toBe('audio')
  expect(rest[0]!.timeMs).toBeLessThan(soundMs)
  expect(timeline.durationMs).toBeCloseTo(1420, 0)
})

test('a keyframe that never comes does not pile up sound', () => {
  const timeline = new Timeline(0, () => {})
  const units = [...room(0, 60_000)].filter(({ kind }) => kind === 'audio')
  expect(run(timeline, units)).toEqual([])
  const placed = timeline.place(picture(60_000, true))
  expect(placed.length).toBeLessThan(210)
  expect(placed[1]!.timeMs).toBeLessThan(2 * soundMs)
})

test('a pause leaves no gap in the sound, and the picture as far from it as it was', () => {
  const timeline = new Timeline(0, () => {})
  timeline.pause(1290)
  timeline.resume(3333)
  timeline.pause(5015)
  timeline.resume(5020)
  const placed = run(timeline, room(0, 9000))
  const sounds = placed.filter(({ unit }) => unit.kind === 'audio')
  const pictures = placed.filter(({ unit }) => unit.kind === 'video')
  for (const [index, { timeMs }] of sounds.entries())
    expect(timeMs).toBeCloseTo(sounds[0]!.timeMs + index * soundMs, 5)
  for (const [index, { timeMs }] of pictures.entries()) {
    if (index > 0) expect(timeMs - pictures[index - 1]!.timeMs).toBeGreaterThan(0)
  }
  const moments = pictures.map(({ unit }) => unit.atMs)
  expect(moments).not.toContain(1320)
  expect(moments).not.toContain(3960)
  expect(moments).toContain(1280)
  // It went on at once with the sound, and with the next keyframes, at 4000 and 6000.
  for (const keyMs of [4000, 6000]) {
    const key = pictures.find(({ unit }) => unit.atMs === keyMs)!
    const sound = sounds.find(({ unit }) => unit.atMs > keyMs)!
    expect(sound.timeMs - sound.unit.atMs).toBeCloseTo(key.timeMs - keyMs, 6)
  }
  // As long as what was recorded: 1290, 1682 and 3980 ms, and at most the rest of one sound for each.
  expect(timeline.durationMs).toBeGreaterThan(1290 + 1682 + 3980 - 1)
  expect(timeline.durationMs).toBeLessThan(1290 + 1682 + 3980 + 4 * soundMs)
})

test('many pauses make it no longer than what was recorded', () => {
  const timeline = new Timeline(0, () => {})
  const endMs = 30_000
  let recordedMs = endMs
  for (let atMs = 500; atMs < endMs - 500; atMs += 333) {
    timeline.pause(atMs)
    timeline.resume(atMs + 111)
    recordedMs -= 111
  }
  const sounds = run(timeline, room(0, endMs)).filter(({ unit }) => unit.kind === 'audio')
  for (const [index, { timeMs }] of sounds.entries())
    expect(timeMs).toBeCloseTo(sounds[0]!.timeMs + index * soundMs, 5)
  expect(timeline.durationMs).toBeGreaterThan(recordedMs - 1)
  expect(timeline.durationMs).toBeLessThan(recordedMs + 2 * soundMs)
})

test('ends at the moment it was told, though units of before come later, and says so once', () => {
  let ends = 0
  const timeline = new Timeline(0, () => ends++)
  run(timeline, room(0, 500))
  timeline.end(600)
  const placed = run(timeline, room(500, 2000))
  expect(placed.map(({ unit }) => unit.atMs).every((atMs) => atMs < 600)).toBe(true)
  expect(placed.some(({ unit }) => unit.atMs === 560)).toBe(true)
  expect(ends).toBe(1)
})

test('an end during a pause is an end', () => {
  let ends = 0
  const timeline = new Timeline(0, () => ends++)
  timeline.pause(300)
  timeline.end(400)
  timeline.resume(500)
  const placed = run(timeline, room(0, 3000))
  expect(ends).toBe(1)
  expect(placed.every(({ unit }) => unit.atMs < 300)).toBe(true)
})
