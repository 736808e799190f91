import type { RoomTone } from '../types.ts'
import { frameSamples, sampleRateHz } from './constants.ts'
import type { PcmSource } from './PcmSource.ts'

/** Two notes each: up for who comes, down for who goes. */
export const toneNotesHz = {
  entry: [523.25, 659.25],
  exit: [523.25, 392],
} as const satisfies Record<RoomTone, readonly number[]>

/** Peak of a tone, 20 dB below full scale: beside speech, not above it. */
export const toneAmplitude = 0.1

/** A whole number of frames for both notes together. */
const noteSamples = 5.5 * frameSamples
const attackSamples = 8 * (sampleRateHz / 1000)
const releaseSamples = 30 * (sampleRateHz / 1000)

/** How long a tone sounds, ms: 220. */
export const toneDurationMs = (2 * noteSamples * 1000) / sampleRateHz

/** The tones of a room, for whose coming and going is to be heard. Each sounds once at a time. */
export class RoomTones implements PcmSource {
  readonly frame = new Float32Array(frameSamples)
  /** By tone that sounds: the samples of it that were heard. */
  readonly #positions = new Map<RoomTone, number>()
  #contributes = false

  get contributes(): boolean {
    return this.#contributes
  }

  /** Does nothing while the same tone sounds. */
  play(tone: RoomTone): void {
    if (!this.#positions.has(tone)) this.#positions.set(tone, 0)
  }

  render(): void {
    this.#contributes = this.#positions.size > 0
    if (!this.#contributes) return
    this.frame.fill(0)
    for (const [tone, position] of this.#positions) {
      const samples = tones[tone]
      for (let i = 0; i < frameSamples; i++) this.frame[i] = this.frame[i]! + samples[position + i]!
      if (position + frameSamples < samples.length) this.#positions.set(tone, position + frameSamples)
      else this.#positions.delete(tone)
    }
  }
}

const tones: Record<RoomTone, Float32Array> = {
  entry: melody(toneNotesHz.entry),
  exit: melody(toneNotesHz.exit),
}

function melody(notesHz: readonly number[]): Float32Array {
  const samples = new Float32Array(notesHz.length * noteSamples)
  for (const [note, frequencyHz] of notesHz.entries()) {
    const step = (2 * Math.PI * frequencyHz) / sampleRateHz
    for (let i = 0; i < noteSamples; i++) {
      samples[note * noteSamples + i] = toneAmplitude * envelope(i) * Math.sin(step * i)
    }
  }
  return samples
}

/** Soft edges: a note that begins or ends at once clicks. */
function envelope(sample: number): number {
  return Math.min(rise(sample / attackSamples), rise((noteSamples - 1 - sample) / releaseSamples))
}

/** From 0 at 0 to 1 at 1 and beyond, as half a period of a cosine. */
function rise(share: number): number {
  return share >= 1 ? 1 : 0.5 - 0.5 * Math.cos(Math.PI * Math.max(share, 0))
}
