/** A frame this far above the energy level is speech at once (16-bit mean absolute value). */
const startMargin = 400
/** ... and one only just above it is speech when it goes on for 5 frames, 100 ms. */
const startFrames = 5
/** Talking ends after 40 frames below the level, 0.8 s. */
const endFrames = 40
const newShare = 0.2
const maxScore = 25_000

/**
 * The energy level that a sensitivity stands for, as a mean absolute sample value on the 16-bit scale:
 * 300 × 10^((30 − sensitivity) / 35). The default 30 is a level of 300 (about -41 dBFS), 50 is 80, 100 is 3,
 * 1 is 2020; 0 can never be reached.
 */
export function energyLevelOf(inputSensitivity: number): number {
  if (!(inputSensitivity > 0)) return Infinity
  return 300 * 10 ** ((30 - Math.min(inputSensitivity, 100)) / 35)
}

/**
 * Tells speech from its pauses by level alone, one 20 ms frame at a time. It begins on the smoothed score, so
 * that one click is no speech, and ends on the frames themselves, so that a pause always lasts 0.8 s.
 */
export class TalkDetector {
  #energyLevel = energyLevelOf(30)
  #score = 0
  #framesAbove = 0
  #framesBelow = 0
  #talking = false

  get talking(): boolean {
    return this.#talking
  }

  /** Smoothed level, 0 to 25000: who speaks loudest. */
  get score(): number {
    return this.#score
  }

  setSensitivity(inputSensitivity: number): void {
    this.#energyLevel = energyLevelOf(inputSensitivity)
  }

  /** Takes the mean absolute value of a frame (16-bit scale); true if `talking` changed. */
  update(level: number): boolean {
    this.#score = Math.min(newShare * level + (1 - newShare) * this.#score, maxScore)
    return this.#talking ? this.#updateTalking(level) : this.#updateQuiet()
  }

  /** Ends at once, for a source that was muted; true if it was talking. */
  reset(): boolean {
    const changed = this.#talking
    this.#talking = false
    this.#score = 0
    this.#framesAbove = 0
    this.#framesBelow = 0
    return changed
  }

  #updateQuiet(): boolean {
    if (this.#score <= this.#energyLevel) {
      this.#framesAbove = 0
      return false
    }
    this.#framesAbove++
    if (this.#score < this.#energyLevel + startMargin && this.#framesAbove < startFrames) return false
    this.#talking = true
    this.#framesBelow = 0
    return true
  }

  #updateTalking(level: number): boolean {
    if (level > this.#energyLevel) {
      this.#framesBelow = 0
      return false
    }
    if (++this.#framesBelow < endFrames) return false
    this.#talking = false
    this.#framesAbove = 0
    return true
  }
}
