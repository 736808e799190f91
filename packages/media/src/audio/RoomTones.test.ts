import { afterEach, expect, test } from 'vitest'
import { defaultListenerSettings } from '../types.ts'
import type { RoomTone } from '../types.ts'
import { frameMs, frameSamples, sampleRateHz } from './constants.ts'
import { openCodecCount } from './opus/codecContext.ts'
import { RoomTones, toneAmplitude, toneDurationMs, toneNotesHz } from './RoomTones.ts'
import { goertzelDb, rmsDb } from './testing/index.ts'
import { RoomRig } from './testing/RoomRig.ts'

const closing: { close(): void }[] = []
afterEach(() => {
  for (const closable of closing.splice(0)) closable.close()
  expect(openCodecCount()).toBe(0)
})

function newRig(): RoomRig {
  const rig = new RoomRig()
  closing.push(rig)
  return rig
}

/** All samples of one tone. */
function render(tone: RoomTone): Float32Array {
  const tones = new RoomTones()
  tones.play(tone)
  const frames: number[] = []
  for (tones.render(); tones.contributes; tones.render()) frames.push(...tones.frame)
  return Float32Array.from(frames)
}

const levels = (samples: Float32Array, [first, second]: readonly [number, number]) => {
  const half = samples.length / 2
  return [
    goertzelDb(samples.subarray(0, half), sampleRateHz, first),
    goertzelDb(samples.subarray(half), sampleRateHz, second),
  ]
}

test('a tone is two notes of 220 ms in all, 20 dB below full scale', () => {
  expect(toneDurationMs).toBe(220)
  for (const tone of ['entry', 'exit'] as const) {
    const samples = render(tone)
    expect(samples.length).toBe((toneDurationMs / frameMs) * frameSamples)
    for (const levelDb of levels(samples, toneNotesHz[tone])) expect(Math.abs(levelDb + 20)).toBeLessThan(1)
  }
})

test('the tones of entry and exit are told apart by their second notes', () => {
  const secondNotes = { entry: toneNotesHz.entry[1], exit: toneNotesHz.exit[1] }
  for (const [tone, other] of [
    ['entry', 'exit'],
    ['exit', 'entry'],
  ] as const) {
    const second = render(tone).subarray(-0.1 * sampleRateHz)
    expect(goertzelDb(second, sampleRateHz, secondNotes[other])).toBeLessThan(-60)
  }
})

test('a tone has soft edges: no step between samples is larger than its notes make', () => {
  for (const tone of ['entry', 'exit'] as const) {
    const samples = render(tone)
    const steepest = (2 * Math.PI * Math.max(...toneNotesHz[tone])) / sampleRateHz
    for (let i = 0; i <= samples.length; i++) {
      const step = Math.abs((samples[i] ?? 0) - (samples[i - 1] ?? 0))
      expect(step).toBeLessThan(toneAmplitude * steepest * 1.05)
    }
  }
})

test('everybody hears a tone, at the volume of their own; the deaf do not', () => {
  const rig = newRig()
  rig.room.addSource('ann')
  const ann = rig.addListener('ann', 'ann')
  const quiet = rig.addListener('quiet')
  const deaf = rig.addListener('deaf')
  rig.room.setListener('quiet', { ...defaultListenerSettings, outputVolumeDb: -10 })
  rig.room.setListener('deaf', { ...defaultListenerSettings, deaf: true })
  let tapped = 0
  rig.room.setMixTap((samples) => (tapped += samples === null ? 0 : 1))
  rig.run(200)
  for (const recorder of [ann, quiet, deaf]) recorder.clear()
  rig.room.playTone('entry')
  rig.run(toneDurationMs)
  // Recordings take the same mix.
  expect(tapped).toBe(toneDurationMs / frameMs)
  for (const [recorder, gainDb] of [
    [ann, 0],
    [quiet, -10],
  ] as const) {
    for (const levelDb of levels(recorder.samples, toneNotesHz.entry)) {
      expect(Math.abs(levelDb - (-20 + gainDb))).toBeLessThan(2)
    }
  }
  expect(rmsDb(deaf.samples)).toBeLessThan(-80)
  rig.run(200)
  expect(rmsDb(ann.last(100))).toBeLessThan(-80)
  expect(rig.talking).toEqual([])
})

test('a tone that sounds is not begun again, and the other one goes beside it', () => {
  const rig = newRig()
  rig.addListener('ann')
  let sounding = 0
  rig.room.setMixTap((samples) => (sounding += samples === null ? 0 : 1))
  rig.room.playTone('entry')
  rig.run(100)
  rig.room.playTone('entry')
  rig.run(500)
  expect(sounding).toBe(toneDurationMs / frameMs)
  rig.room.playTone('entry')
  rig.room.playTone('exit')
  rig.run(500)
  expect(sounding).toBe((2 * toneDurationMs) / frameMs)
})

test('a room that is closed plays nothing', () => {
  const rig = newRig()
  rig.addListener('ann')
  rig.room.close()
  rig.room.playTone('exit')
  rig.run(100)
  expect(rig.sent).toEqual([])
})
