import type { PcmSource } from '../PcmSource.ts'
import { frameSamples } from '../constants.ts'
import { applyGain, softClip } from '../gain.ts'

type Voice = Pick<PcmSource, 'frame' | 'contributes'>

/** The sum of all sources of one tick, before any limiting, so that single voices can be taken out again. */
export class Mix {
  readonly #total = new Float32Array(frameSamples)
  #contributors = 0

  clear(): void {
    this.#contributors = 0
  }

  add(source: Voice): void {
    if (!source.contributes) return
    const { frame } = source
    const total = this.#total
    if (this.#contributors === 0) total.set(frame)
    else for (let i = 0; i < frameSamples; i++) total[i] = total[i]! + frame[i]!
    this.#contributors++
  }

  /**
   * Writes the mix without `excluded` into `out`, with a gain that slides from one value to the other, softly
   * limited. False, and `out` untouched, if that is silence.
   */
  render(out: Float32Array, excluded: readonly Voice[], fromGain: number, toGain: number): boolean {
    let left = this.#contributors
    for (const source of excluded) if (source.contributes) left--
    if (left === 0) return false
    if (fromGain === 0 && toGain === 0) return false
    out.set(this.#total)
    for (const source of excluded) {
      if (!source.contributes) continue
      const { frame } = source
      for (let i = 0; i < frameSamples; i++) out[i] = out[i]! - frame[i]!
    }
    applyGain(out, fromGain, toGain)
    softClip(out)
    return true
  }
}
