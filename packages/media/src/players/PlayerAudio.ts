import { frameMs, frameSamples } from '../audio/constants.ts'
import { applyGain, gainFromDb } from '../audio/gain.ts'

/** A second; the process sends a good half of it ahead. */
const maxFrames = 50

type QueuedFrame = { ptsMs: number; samples: Float32Array }

/** A player's sound on its way into the mix: frames wait until the clock has come to them. */
export class PlayerAudio {
  readonly frame = new Float32Array(frameSamples)
  #queue: QueuedFrame[] = []
  #gain = 1
  #targetGain = 1
  #isSounding = false
  /** What would have been heard next when the sound was cut off: it is heard fading out. */
  #tail: Float32Array | null = null

  /** Whether `frame` holds sound of this tick. */
  contributes = false

  /** dB, -50 (silence) to 50; slides there within 5 ms. */
  setVolume(volumeDb: number): void {
    this.#targetGain = gainFromDb(volumeDb)
  }

  push(ptsMs: number, samples: Float32Array): void {
    if (this.#queue.length < maxFrames) this.#queue.push({ ptsMs, samples })
  }

  /** Cut off; what waits stays for when it goes on. */
  stop(): void {
    if (this.#isSounding) this.#tail = this.#queue[0]?.samples ?? null
  }

  /** Cut off, and nothing of it will be heard any more. */
  clear(): void {
    this.stop()
    this.#queue = []
  }

  /** Renders 20 ms. `mediaMs`: where the clock is; null: it stands still. */
  render(mediaMs: number | null): void {
    const samples = mediaMs === null ? null : this.#take(mediaMs)
    if (samples === null) {
      this.#renderSilence()
      return
    }
    this.frame.set(samples)
    // Sound that begins in the middle rises from nothing.
    const gain = this.#isSounding ? this.#gain : 0
    applyGain(this.frame, gain, this.#targetGain)
    this.contributes = gain > 0 || this.#targetGain > 0
    this.#gain = this.#targetGain
    this.#isSounding = true
    this.#tail = null
  }

  #take(mediaMs: number): Float32Array | null {
    const queue = this.#queue
    while (queue.length > 0 && queue[0]!.ptsMs < mediaMs - 1.5 * frameMs) queue.shift()
    const [head] = queue
    if (head === undefined || head.ptsMs > mediaMs + frameMs / 2) return null
    queue.shift()
    return head.samples
  }

  #renderSilence(): void {
    this.contributes = false
    const tail = this.#tail
    if (this.#isSounding && tail !== null && this.#gain > 0) {
      this.frame.set(tail)
      applyGain(this.frame, this.#gain, 0)
      this.contributes = true
    }
    this.#tail = null
    this.#isSounding = false
  }
}
