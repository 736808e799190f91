import type { SourceSettings } from '../types.ts'
import { frameSamples } from './constants.ts'
import { applyGain, gainFromDb, meanAbsoluteLevel } from './gain.ts'
import { Playout } from './playout/Playout.ts'
import type { PlayoutStats } from './playout/Playout.ts'
import { TalkDetector } from './TalkDetector.ts'

/** Mean absolute level (16-bit scale) below which a frame is silence to the mix, about -84 dBFS. */
const silenceLevel = 2

/** One voice on its way into the mix: playout, input volume, mute, level and talk detection. */
export class AudioSource {
  /** The source whose listener does not hear this one; null: none but its own. */
  parentSourceId: string | null = null
  /** The 20 ms rendered last; only worth reading while `contributes`. */
  readonly frame = new Float32Array(frameSamples)
  readonly #playout = new Playout()
  readonly #detector = new TalkDetector()
  #gain = 1
  #targetGain = 1
  #contributes = false

  /** Whether `frame` holds sound. */
  get contributes(): boolean {
    return this.#contributes
  }

  get talking(): boolean {
    return this.#detector.talking
  }

  /** Smoothed level, 0 to 25000. */
  get score(): number {
    return this.#detector.score
  }

  /** True if this ended talking: a source that cannot be heard does not talk. */
  set(settings: SourceSettings): boolean {
    this.parentSourceId = settings.parentSourceId
    const silenced = settings.audioMuted || !(settings.inputSensitivity > 0)
    this.#targetGain = silenced ? 0 : gainFromDb(settings.inputVolumeDb)
    this.#detector.setSensitivity(settings.inputSensitivity)
    return this.#targetGain === 0 && this.#detector.reset()
  }

  pushRtp(sequenceNumber: number, rtpTimestamp: number, payload: Uint8Array, nowMs: number): void {
    this.#playout.push(sequenceNumber, rtpTimestamp, payload, nowMs, this.#targetGain > 0)
  }

  resetStream(): void {
    this.#playout.reset()
  }

  /** Renders the next 20 ms into `frame`; true if `talking` changed. */
  render(nowMs: number): boolean {
    const gain = this.#gain
    this.#gain = this.#targetGain
    if (gain === 0 && this.#targetGain === 0) {
      this.#playout.idleTick()
      this.#contributes = false
      return false
    }
    const sounds = this.#playout.pull(this.frame, nowMs)
    if (sounds) applyGain(this.frame, gain, this.#targetGain)
    // Muted: this frame was the fade-out, the rest of the queue is not heard any more.
    if (this.#targetGain === 0) this.#playout.pause()
    const level = sounds ? meanAbsoluteLevel(this.frame) : 0
    this.#contributes = level >= silenceLevel
    return this.#targetGain > 0 && this.#detector.update(level)
  }

  /** How long its sound waits in the jitter buffer. */
  targetDelayMs(nowMs: number): number {
    return this.#playout.targetDelayMs(nowMs)
  }

  stats(nowMs: number): PlayoutStats {
    return this.#playout.stats(nowMs)
  }

  close(): void {
    this.#playout.close()
  }
}
