import type { RoomAudio } from '../audio/index.ts'
import type { RoomMediaOptions } from '../types.ts'
import type { RoomVideo } from '../video/index.ts'
import type { MediaFormat, MediaUnit } from './mediaUnits.ts'
import { MixEncoder } from './MixEncoder.ts'
import { outputBitrateBps, type OutputPicture } from './OutputVideoEncoder.ts'
import { PictureDelay } from './PictureDelay.ts'

export type FeedConsumer = {
  /** Units come in the order of their moments. Must not throw. */
  take(unit: MediaUnit): void
  /** Before the first unit, once. */
  takeFormat(format: MediaFormat): void
}

export type OutputFeedOptions = {
  video: Pick<RoomVideo, 'setOutputDemand' | 'requestOutputKeyframe'>
  audio: Pick<RoomAudio, 'setMixTap' | 'playoutDelayMs'>
  room: RoomMediaOptions
  /** The sound cannot be encoded any more. */
  onBroken(error: unknown): void
}

/** Sound waits for the pictures of before, and these for it; if they do not come for so long the rest goes on alone. */
const maxWaitMs = 1000

/** The room's one encode of picture and sound for all its recordings and streams; runs while there are any. */
export class OutputFeed {
  readonly #options: OutputFeedOptions
  readonly #consumers = new Map<FeedConsumer, { hasFormat: boolean }>()
  #mixEncoder: MixEncoder | null = null
  #pictureDelay = new PictureDelay()
  #lastPictureMs = 0
  readonly #pictures: MediaUnit[] = []
  readonly #sounds: MediaUnit[] = []
  #format: MediaFormat | null = null

  constructor(options: OutputFeedOptions) {
    this.#options = options
  }

  /** It gets all units from the next one on; a keyframe is asked for. */
  attach(consumer: FeedConsumer): void {
    const isFirst = this.#consumers.size === 0
    this.#consumers.set(consumer, { hasFormat: false })
    if (isFirst) this.#run()
    else this.requestKeyframe()
  }

  detach(consumer: FeedConsumer): void {
    if (this.#consumers.delete(consumer) && this.#consumers.size === 0) this.#halt()
  }

  requestKeyframe(): void {
    if (this.#consumers.size > 0) this.#options.video.requestOutputKeyframe()
  }

  /** A picture of the video worker. */
  takePicture({ data, isKey, atMs, durationMs, decoderConfig }: OutputPicture): void {
    if (this.#mixEncoder === null) return
    if (decoderConfig !== null) this.#format ??= this.#formatWith(decoderConfig, this.#mixEncoder)
    const delayMs = this.#pictureDelay.next(atMs, this.#options.audio.playoutDelayMs(atMs))
    // The first delay that is known comes at once: pictures must not go back in time.
    const shownAtMs = Math.max(atMs + delayMs, this.#lastPictureMs + 1)
    this.#lastPictureMs = shownAtMs
    this.#queue(this.#pictures, { kind: 'video', data, isKey, atMs: shownAtMs, durationMs })
  }

  #run(): void {
    const encoder = new MixEncoder((unit) => this.#queue(this.#sounds, unit))
    this.#mixEncoder = encoder
    this.#pictureDelay = new PictureDelay()
    this.#options.audio.setMixTap((samples, nowMs) => {
      try {
        encoder.push(samples, nowMs)
      } catch (error) {
        // Recordings must not silence the room.
        this.#options.audio.setMixTap(null)
        this.#options.onBroken(error)
      }
    })
    this.#options.video.setOutputDemand(true)
  }

  #halt(): void {
    this.#options.audio.setMixTap(null)
    this.#options.video.setOutputDemand(false)
    // Not now: this may be called from within its callback.
    const encoder = this.#mixEncoder
    setImmediate(() => encoder?.free())
    this.#mixEncoder = null
    this.#pictures.length = 0
    this.#sounds.length = 0
    this.#format = null
  }

  /** Hands out what is in order: both come late, by different times. */
  #queue(queue: MediaUnit[], unit: MediaUnit): void {
    queue.push(unit)
    for (;;) {
      const picture = this.#pictures[0]
      const sound = this.#sounds[0]
      const isComplete = picture !== undefined && sound !== undefined
      if (!isComplete && unit.atMs - (picture ?? sound ?? unit).atMs <= maxWaitMs) return
      const isPictureNext = (picture?.atMs ?? Infinity) <= (sound?.atMs ?? Infinity)
      const next = isPictureNext ? this.#pictures.shift() : this.#sounds.shift()
      if (next === undefined) return
      this.#hand(next)
    }
  }

  #hand(unit: MediaUnit): void {
    // Without a keyframe nobody can begin.
    const format = this.#format
    if (format === null) return
    for (const [consumer, state] of this.#consumers) {
      if (!state.hasFormat) {
        state.hasFormat = true
        consumer.takeFormat(format)
      }
      consumer.take(unit)
    }
  }

  #formatWith(decoderConfig: Uint8Array, encoder: MixEncoder): MediaFormat {
    const { width, height, fps } = this.#options.room
    const bitrateBps = outputBitrateBps(this.#options.room)
    return { video: { width, height, fps, bitrateBps, decoderConfig }, audio: encoder.format }
  }
}
