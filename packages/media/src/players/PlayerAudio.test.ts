import { describe, expect, test } from 'vitest'

import { frameMs, frameSamples } from '../audio/constants.ts'
import { rmsDb, ToneGenerator } from '../audio/testing/index.ts'
import { PlayerAudio } from './PlayerAudio.ts'

/** 500 Hz at a quarter of full scale: no step from sample to sample is larger than this. */
const maxStep = 0.25 * ((2 * Math.PI * 500) / 48_000)

class Rig {
  readonly audio = new PlayerAudio()
  readonly #tone = new ToneGenerator(500)
  readonly heard: number[] = []
  #nextMs = 0
  mediaMs = 0

  push(count: number): void {
    for (let i = 0; i < count; i++, this.#nextMs += frameMs) {
      const samples = new Float32Array(frameSamples)
      this.#tone.fill(samples)
      this.audio.push(this.#nextMs, samples)
    }
  }

  play(ticks: number): void {
    for (let i = 0; i < ticks; i++) {
      this.audio.render(this.mediaMs)
      this.mediaMs += frameMs
      this.#hear()
    }
  }

  stand(ticks: number): void {
    for (let i = 0; i < ticks; i++) {
      this.audio.render(null)
      this.#hear()
    }
  }

  #hear(): void {
    const { audio } = this
    this.heard.push(...(audio.contributes ? audio.frame : new Float32Array(frameSamples)))
  }

  lastDb(ticks: number): number {
    return rmsDb(Float32Array.from(this.heard.slice(-ticks * frameSamples)))
  }

  get largestStep(): number {
    return this.heard.reduce(
      (largest, sample, i) =>
        i === 0 ? Math.abs(sample) : Math.max(largest, Math.abs(sample - this.heard[i - 1]!)),
      0,
    )
  }
}

/** Of a sine with a quarter of full scale. */
const toneDb = 20 * Math.log10(0.25 / Math.SQRT2)

describe('PlayerAudio', () => {
  test('frames are heard when the clock comes to them, all of them', () => {
    const rig = new Rig()
    rig.push(20)
    rig.play(20)
    expect(rig.lastDb(19)).toBeCloseTo(toneDb, 1)
    rig.play(1)
    expect(rig.audio.contributes).toBe(false)
  })

  test('what is early waits, what is late is left out', () => {
    const rig = new Rig()
    rig.mediaMs = -100
    rig.push(30)
    rig.play(4)
    expect(rig.heard.every((sample) => sample === 0)).toBe(true)
    rig.play(4)
    expect(rig.lastDb(1)).toBeCloseTo(toneDb, 1)
    rig.mediaMs += 300
    rig.play(3)
    expect(rig.lastDb(2)).toBeCloseTo(toneDb, 1)
  })

  test('20 dB less, and nothing at -50', () => {
    const rig = new Rig()
    rig.push(50)
    rig.play(10)
    rig.audio.setVolume(-20)
    rig.play(10)
    expect(Math.abs(rig.lastDb(9) - toneDb + 20)).toBeLessThan(0.1)
    rig.audio.setVolume(-50)
    rig.play(10)
    expect(rig.lastDb(9)).toBe(-200)
    rig.audio.setVolume(0)
    rig.play(10)
    expect(rig.lastDb(9)).toBeCloseTo(toneDb, 1)
  })

  test('nothing that is asked of it clicks', () => {
    const rig = new Rig()
    rig.push(50)
    rig.play(5)
    rig.audio.setVolume(-12)
    rig.play(3)
    rig.audio.setVolume(-50)
    rig.play(2)
    rig.audio.setVolume(0)
    rig.play(5)
    rig.audio.stop()
    rig.stand(5)
    rig.play(5)
    rig.audio.clear()
    rig.stand(3)
    rig.push(10)
    rig.mediaMs = 1000
    rig.play(5)
    // A change of volume adds a step of its own: 0.25 within 5 ms.
    expect(rig.largestStep).toBeLessThan(maxStep + (2 * 0.25) / 240)
    expect(rig.lastDb(3)).toBeCloseTo(toneDb, 1)
  })

  test('holds a second at most', () => {
    const rig = new Rig()
    rig.push(500)
    rig.play(60)
    expect(rig.lastDb(10)).toBe(-200)
  })
})
