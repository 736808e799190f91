import { frameSamples } from '../constants.ts'
import { OpusDecoder } from '../opus/OpusDecoder.ts'

/** A simulated ear: decodes what a listener is sent and keeps the samples. Close it. */
export class OpusRecorder {
  readonly #decoder = new OpusDecoder()
  #samples = new Float32Array(50 * frameSamples)
  #length = 0

  /** Decodes one packet; a packet that is not Opus throws. */
  push(opus: Uint8Array): void {
    const decoded = this.#decoder.decode(Buffer.from(opus))
    if (!decoded) throw new Error(`${opus.length} bytes starting with ${opus[0]} are not an Opus packet`)
    if (this.#length + decoded.length > this.#samples.length) {
      const grown = new Float32Array(this.#samples.length * 2)
      grown.set(this.#samples)
      this.#samples = grown
    }
    this.#samples.set(decoded, this.#length)
    this.#length += decoded.length
  }

  /** Everything heard so far; a view. */
  get samples(): Float32Array {
    return this.#samples.subarray(0, this.#length)
  }

  /** The last `durationMs` heard; a view. */
  last(durationMs: number): Float32Array {
    return this.#samples.subarray(Math.max(0, this.#length - durationMs * 48), this.#length)
  }

  /** Forgets what was heard; the stream goes on. */
  clear(): void {
    this.#length = 0
  }

  close(): void {
    this.#decoder.close()
  }
}
