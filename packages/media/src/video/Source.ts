import type { RawPicture } from '../players/mediaPipe.ts'
import type { SourceId } from '../types.ts'
import type { VideoCodec } from './codecs.ts'
import type { SourcePicture } from './Compositor.ts'
import { type DecodeOutcome, SourceDecoder } from './SourceDecoder.ts'
import { StillPicture } from './StillPicture.ts'

/** A source whose last picture is older than this shows the mute image. */
export const stallTimeoutMs = 5000
/** Shortest time between two requests for a keyframe of one source. */
export const keyframeRequestIntervalMs = 500

/** One source's way from encoded frames to the picture its tiles show. */
export class Source implements SourcePicture {
  readonly id: SourceId
  readonly #decoder = new SourceDecoder()
  /** Of sources whose pictures come decoded. */
  #still: StillPicture | null = null
  #isVisible = false
  #decodedAtMs = -Infinity
  #keyframeAskedAtMs = -Infinity
  /** Counts pictures. */
  serial = 0
  /** A picture of it has been on the canvas at some time. */
  wasSeen = false

  constructor(id: SourceId) {
    this.id = id
  }

  get picture(): SourcePicture['picture'] {
    return this.#still?.frame ?? this.#decoder.picture
  }

  get isVisible(): boolean {
    return this.#isVisible
  }

  /**
   * `seen`: decode. `muted`: don't, and forget the picture: what comes after the mute shall not begin with
   * what was before it. `hidden`: don't decode.
   */
  setVisibility(visibility: 'seen' | 'muted' | 'hidden'): void {
    this.#isVisible = visibility === 'seen'
    if (visibility !== 'seen') this.#decoder.stop()
    if (visibility === 'muted') this.#decoder.dropPicture()
  }

  decode(codec: VideoCodec, data: Buffer, isKey: boolean, nowMs: number): DecodeOutcome {
    const outcome = this.#decoder.decode(codec, data, isKey)
    if (outcome === 'picture') {
      this.serial++
      this.wasSeen = true
      this.#decodedAtMs = nowMs
    }
    return outcome
  }

  /** Shows a decoded picture until the next one. */
  show(picture: RawPicture): void {
    this.#still ??= new StillPicture()
    this.#still.show(picture)
    this.serial++
    this.wasSeen = true
  }

  /** Whether a keyframe has to be asked for now; true at most every `keyframeRequestIntervalMs`. */
  takeKeyframeRequest(nowMs: number): boolean {
    if (!this.#isVisible || this.#still || !this.#decoder.needsKeyframe) return false
    if (nowMs - this.#keyframeAskedAtMs < keyframeRequestIntervalMs) return false
    this.#keyframeAskedAtMs = nowMs
    return true
  }

  /** Its sender begins anew. The last picture stays until the new ones come. */
  reset(): void {
    this.#decoder.stop()
    this.#keyframeAskedAtMs = -Infinity
  }

  /** Forgets a picture that is too old to be shown. */
  expire(nowMs: number): void {
    if (this.#decoder.picture && nowMs - this.#decodedAtMs >= stallTimeoutMs) this.#decoder.dropPicture()
  }

  free(): void {
    this.#decoder.free()
    this.#still?.free()
  }
}
