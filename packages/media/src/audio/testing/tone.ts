import { sampleRateHz } from '../constants.ts'

/** A sine wave with a continuous phase. */
export class ToneGenerator {
  readonly frequencyHz: number
  readonly amplitude: number
  #sample = 0

  /** `amplitude` is the peak, 0 to 1. Default 0.25. */
  constructor(frequencyHz: number, amplitude = 0.25) {
    this.frequencyHz = frequencyHz
    this.amplitude = amplitude
  }

  /** Fills `samples` with the next of the tone, at 48 kHz. */
  fill(samples: Float32Array): void {
    const step = (2 * Math.PI * this.frequencyHz) / sampleRateHz
    for (let i = 0; i < samples.length; i++) samples[i] = this.amplitude * Math.sin(step * this.#sample++)
  }
}

/**
 * Level of one frequency in dB relative to a full-scale sine (Goertzel), with a Hann window so that other
 * tones do not leak in. Take 100 ms or more. -200 for silence.
 */
export function goertzelDb(samples: Float32Array, sampleRateHz: number, frequencyHz: number): number {
  const { length } = samples
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / sampleRateHz)
  let previous = 0
  let beforePrevious = 0
  for (let i = 0; i < length; i++) {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length)
    const current = window * samples[i]! + coefficient * previous - beforePrevious
    beforePrevious = previous
    previous = current
  }
  const power =
    previous * previous + beforePrevious * beforePrevious - coefficient * previous * beforePrevious
  // A full-scale sine under a Hann window (mean 0.5) has the magnitude length / 4.
  const amplitude = Math.sqrt(Math.max(power, 0)) / (length / 4)
  return Math.max(20 * Math.log10(amplitude), -200)
}

/** Root mean square of samples in dB relative to full scale; -200 for silence. */
export function rmsDb(samples: Float32Array): number {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return Math.max(10 * Math.log10(sum / samples.length), -200)
}
