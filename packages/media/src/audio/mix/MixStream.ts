import { frameSamples } from '../constants.ts'
import { OpusEncoder } from '../opus/OpusEncoder.ts'

/** CELT predicts each frame from the one before; after 4 frames nothing of an older past is left. */
const historyFrames = 4
/** By then the encoder has nothing to say but "silence", in the same 3 bytes each time. */
const settledSilentFrames = 12
const silencePacketBytes = 3

/**
 * One encoded mix: an Opus encoder that remembers what it heard last. A listener that is moved here from
 * another stream hears no click if this encoder's past is that of the other one: see `warmFrom`.
 */
export class MixStream {
  readonly #encoder = new OpusEncoder()
  readonly #history = new Float32Array(historyFrames * frameSamples)
  readonly #frames: Float32Array[] = []
  readonly #silence = new Float32Array(frameSamples)
  readonly #silencePacket = new Uint8Array(silencePacketBytes)
  #next = 0
  #silentFrames = 0
  #silenceKnown = false
  #encodedFrames = 0

  constructor() {
    for (let i = 0; i < historyFrames; i++) {
      this.#frames.push(this.#history.subarray(i * frameSamples, (i + 1) * frameSamples))
    }
  }

  /** Frames that really went through the encoder. */
  get encodedFrames(): number {
    return this.#encodedFrames
  }

  /** Encodes one frame; the packet is valid until the next call. */
  encode(samples: Float32Array): Uint8Array {
    this.#silentFrames = 0
    this.#silenceKnown = false
    return this.#encode(samples)
  }

  /** Encodes a frame of silence; lasting silence costs nothing, its packet is sent again and again. */
  encodeSilence(): Uint8Array {
    if (this.#silenceKnown) return this.#silencePacket
    const packet = this.#encode(this.#silence)
    this.#silentFrames++
    if (this.#silentFrames >= settledSilentFrames && packet.length === silencePacketBytes) {
      this.#silencePacket.set(packet)
      this.#silenceKnown = true
    }
    return packet
  }

  /**
   * Takes over the past of another stream: encodes its last frames once more and throws the packets away, so
   * that prediction and overlap fit what the listener's decoder has just decoded.
   */
  warmFrom(other: MixStream): void {
    for (let i = 0; i < historyFrames; i++) {
      this.encode(other.#frames[(other.#next + i) % historyFrames]!)
    }
  }

  close(): void {
    this.#encoder.close()
  }

  #encode(samples: Float32Array): Uint8Array {
    this.#frames[this.#next]!.set(samples)
    this.#next = (this.#next + 1) % historyFrames
    this.#encodedFrames++
    return this.#encoder.encode(samples)
  }
}
