import { frameSamples } from '../constants.ts'
import { maxPacketSamples } from '../opus/toc.ts'

/** Samples over which two pieces of sound are joined, 5 ms. */
const overlap = 240
/** Not below the overlap, so that both pieces of a joint are whole; short periods are found as multiples. */
const minLag = overlap
const maxLag = 720
const coarseStep = 4

/** What a change of length needs to have in front of it. */
export const stretchSamples = maxLag + overlap

/** A tick's remainder, two packets of the longest kind and room for stretching. */
const capacity = frameSamples + 2 * maxPacketSamples + 2 * stretchSamples

/**
 * Decoded sound that waits for its tick. It can be made a few milliseconds shorter or longer without
 * being heard: by one period of the waveform, joined with a cross-fade where it resembles itself most.
 */
export class PcmFifo {
  readonly #samples = new Float32Array(capacity)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Appends what fits; the caller never lets more than a tick and two packets gather. */
  push(samples: Float32Array, count = samples.length): void {
    const fitting = Math.min(count, capacity - this.#length)
    this.#samples.set(fitting === samples.length ? samples : samples.subarray(0, fitting), this.#length)
    this.#length += fitting
  }

  pushSilence(count: number): void {
    const end = Math.min(this.#length + count, capacity)
    this.#samples.fill(0, this.#length, end)
    this.#length = end
  }

  /** Lets the last `count` samples fade out to silence. */
  fadeOutTail(count: number): void {
    const faded = Math.min(count, this.#length)
    const start = this.#length - faded
    for (let i = 0; i < faded; i++) {
      this.#samples[start + i] = this.#samples[start + i]! * (1 - (i + 1) / faded)
    }
  }

  /** Lets what was pushed at `start` rise from silence over `count` samples. */
  fadeIn(start: number, count: number): void {
    const end = Math.min(start + count, this.#length)
    for (let i = start; i < end; i++) this.#samples[i] = this.#samples[i]! * ((i - start) / count)
  }

  /** Fills `out`, with silence where there is nothing left. */
  shift(out: Float32Array): void {
    const count = Math.min(out.length, this.#length)
    for (let i = 0; i < count; i++) out[i] = this.#samples[i]!
    out.fill(0, count)
    this.dropFirst(count)
  }

  dropFirst(count: number): void {
    const dropped = Math.min(count, this.#length)
    this.#samples.copyWithin(0, dropped, this.#length)
    this.#length -= dropped
  }

  clear(): void {
    this.#length = 0
  }

  /** True if the next tick's samples are below about -60 dBFS all over. */
  isQuiet(): boolean {
    const end = Math.min(frameSamples, this.#length)
    for (let i = 0; i < end; i++) if (Math.abs(this.#samples[i]!) > 0.001) return false
    return true
  }

  /** Takes out one period; returns the samples removed, 0 if the sound resembles itself less than asked. */
  shorten(minSimilarity: number): number {
    if (this.#length < stretchSamples) return 0
    const lag = this.#bestLag(minSimilarity)
    if (lag > 0) this.cut(lag)
    return lag
  }

  /** Plays one period twice; returns the samples added, 0 if the sound resembles itself less than asked. */
  lengthen(minSimilarity: number): number {
    if (this.#length < stretchSamples || this.#length + maxLag > capacity) return 0
    const lag = this.#bestLag(minSimilarity)
    if (lag > 0) this.repeat(lag)
    return lag
  }

  /** Takes `lag` samples out behind the first ones, cross-faded. Needs `lag + 240` samples. */
  cut(lag: number): void {
    const samples = this.#samples
    for (let i = 0; i < overlap; i++) {
      const share = i / overlap
      samples[i] = samples[i]! * (1 - share) + samples[lag + i]! * share
    }
    samples.copyWithin(overlap, overlap + lag, this.#length)
    this.#length -= lag
  }

  /** Plays the first `lag` samples twice, cross-faded. Needs `lag + 240` samples and room for `lag` more. */
  repeat(lag: number): void {
    const samples = this.#samples
    samples.copyWithin(lag + overlap, overlap, this.#length)
    this.#length += lag
    for (let i = 0; i < overlap; i++) {
      const share = i / overlap
      samples[lag + i] = samples[lag + i]! * (1 - share) + samples[i]! * share
    }
  }

  #bestLag(minSimilarity: number): number {
    let bestLag = 0
    let best = minSimilarity
    for (let lag = minLag; lag <= maxLag; lag += coarseStep) {
      const similarity = this.#similarity(lag)
      if (similarity > best) {
        best = similarity
        bestLag = lag
      }
    }
    if (bestLag === 0) return 0
    const coarse = bestLag
    for (let lag = coarse - coarseStep + 1; lag < coarse + coarseStep; lag++) {
      if (lag < minLag || lag > maxLag) continue
      const similarity = this.#similarity(lag)
      if (similarity > best) {
        best = similarity
        bestLag = lag
      }
    }
    return bestLag
  }

  /** Normalised cross-correlation of the first 5 ms with those `lag` samples on, -1 to 1. */
  #similarity(lag: number): number {
    const samples = this.#samples
    let product = 0
    let energy = 0
    let laggedEnergy = 0
    for (let i = 0; i < overlap; i++) {
      const a = samples[i]!
      const b = samples[lag + i]!
      product += a * b
      energy += a * a
      laggedEnergy += b * b
    }
    const norm = Math.sqrt(energy * laggedEnergy)
    return norm > 0 ? product / norm : 1
  }
}
