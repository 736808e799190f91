import type { AudioUnit, MediaUnit, PlacedUnit, VideoUnit } from './mediaUnits.ts'

type Cut = { kind: 'pause' | 'resume' | 'end'; atMs: number }

/** No picture lasts less: a millisecond is what streams count in. */
const minPictureMs = 1
/** Sound of 4 s may wait for the first keyframe; then the output begins later. */
const maxHeldSounds = 200

/**
 * What of a room belongs to one output, and where. An output begins at a moment, and so does what follows a pause:
 * sound at once, without a gap and to the sample; pictures with the next keyframe, in whose place the last picture
 * stays. The very first keyframe begins where the output begins.
 *
 * Takes the units in the order of their moments; a pause, resume or end takes effect at its own moment, though the
 * units of before are still on their way.
 */
export class Timeline {
  readonly #onEnd: () => void
  readonly #cuts: Cut[] = []
  #state: 'starting' | 'running' | 'paused' | 'ended' = 'starting'
  #startMs: number
  #begun = false
  #needsKeyframe = true
  /** Sound since the start, until there is a first picture. */
  #held: AudioUnit[] = []
  /** The newest sound, whatever the state. */
  #lastSound: AudioUnit | null = null
  /** Added to a moment gives its place. */
  #shiftMs = 0
  #soundEndMs = 0
  /** Up to the last pause, to the millisecond. */
  #recordedMs = 0
  #runsSinceMs = 0
  #pictureEndMs = 0
  #lastPictureMs = -Infinity

  /**
   * @param startMs The moment that becomes 0.
   * @param onEnd Called once, when a unit comes from behind the end.
   */
  constructor(startMs: number, onEnd: () => void) {
    this.#startMs = startMs
    this.#onEnd = onEnd
  }

  /** Up to where there are units: milliseconds without pauses. */
  get durationMs(): number {
    return Math.max(this.#soundEndMs, this.#pictureEndMs)
  }

  /** Whether there is a picture. */
  get begun(): boolean {
    return this.#begun
  }

  pause(atMs: number): void {
    this.#cuts.push({ kind: 'pause', atMs })
  }

  resume(atMs: number): void {
    this.#cuts.push({ kind: 'resume', atMs })
  }

  end(atMs: number): void {
    this.#cuts.push({ kind: 'end', atMs })
  }

  /** Where the unit belongs, and units of before that waited for it; nothing if it is left out, or waits. */
  place(unit: MediaUnit): PlacedUnit[] {
    const placed: PlacedUnit[] = []
    for (let cut = this.#cuts[0]; cut !== undefined && cut.atMs <= unit.atMs; cut = this.#cuts[0]) {
      this.#cuts.shift()
      placed.push(...this.#apply(cut))
    }
    if (this.#state === 'starting') placed.push(...this.#start(unit))
    else if (this.#state === 'running') placed.push(...this.#go(unit))
    if (unit.kind === 'audio') this.#lastSound = unit
    return placed
  }

  #apply({ kind, atMs }: Cut): PlacedUnit[] {
    if (this.#state === 'ended') return []
    if (kind === 'end') {
      this.#state = 'ended'
      this.#onEnd()
    } else if (kind === 'pause') {
      if (this.#state === 'running') this.#recordedMs += atMs - this.#runsSinceMs
      this.#state = 'paused'
      this.#held = []
    } else if (this.#state === 'paused') return this.#resume(atMs)
    return []
  }

  #start(unit: MediaUnit): PlacedUnit[] {
    if (unit.atMs < this.#startMs) return []
    if (unit.kind === 'audio') {
      this.#held.push(unit)
      if (this.#held.length > maxHeldSounds) this.#startMs = this.#held.shift()?.atMs ?? this.#startMs
      return []
    }
    if (!unit.isKey) return []
    this.#begun = true
    this.#state = 'running'
    this.#needsKeyframe = false
    this.#shiftMs = -this.#startMs
    this.#runsSinceMs = this.#startMs
    // It stands for the moments before it too: no player likes a file without a first picture.
    const first: PlacedUnit = { unit, timeMs: 0 }
    this.#lastPictureMs = 0
    this.#pictureEndMs = this.#placeOf(unit) + unit.durationMs
    const sounds = this.#held.map((sound) => this.#placeSound(sound))
    this.#held = []
    return [first, ...sounds]
  }

  /**
   * Seamless behind the sound of before the pause. The sound over which the moment lies comes with it, unless what
   * such ends have added so far is as long: many pauses make no output longer than what was recorded.
   */
  #resume(atMs: number): PlacedUnit[] {
    if (!this.#begun) {
      this.#state = 'starting'
      this.#startMs = atMs
      return []
    }
    this.#state = 'running'
    this.#runsSinceMs = atMs
    this.#needsKeyframe = true
    const sound = this.#lastSound
    const soundEndMs = sound === null ? atMs : sound.atMs + sound.durationMs
    const excessMs = this.#soundEndMs - this.#recordedMs
    const comesWhole = sound !== null && soundEndMs > atMs && excessMs + atMs - sound.atMs < sound.durationMs
    this.#shiftMs = this.#soundEndMs - (comesWhole ? sound.atMs : soundEndMs)
    return comesWhole ? [this.#placeSound(sound)] : []
  }

  #go(unit: MediaUnit): PlacedUnit[] {
    if (unit.kind === 'audio') return [this.#placeSound(unit)]
    if (this.#needsKeyframe && !unit.isKey) return []
    this.#needsKeyframe = false
    return [this.#placePicture(unit)]
  }

  #placeSound(unit: AudioUnit): PlacedUnit {
    const timeMs = this.#placeOf(unit)
    this.#soundEndMs = timeMs + unit.durationMs
    return { unit, timeMs }
  }

  #placePicture(unit: VideoUnit): PlacedUnit {
    // Later than its place only where units got lost: pictures must not go back in time.
    const timeMs = Math.max(this.#placeOf(unit), this.#lastPictureMs + minPictureMs)
    this.#lastPictureMs = timeMs
    this.#pictureEndMs = timeMs + unit.durationMs
    return { unit, timeMs }
  }

  #placeOf(unit: MediaUnit): number {
    return unit.atMs + this.#shiftMs
  }
}
