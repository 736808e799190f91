import { AV_NOPTS_VALUE } from 'node-av/constants'
import { type CodecContext, Frame } from 'node-av/lib'

import type { InputStream } from './MediaInput.ts'
import { openDecoder } from './openDecoder.ts'
import { PacketQueue } from './PacketQueue.ts'

/** A decoder that is this far behind leaves pictures out, up to a keyframe. */
const maxLagMs = 600

/** From packets to the picture of the moment. Times are on the stream's own scale. */
export class VideoTrack {
  readonly queue: PacketQueue
  readonly #unitMs: number
  readonly #decoder: CodecContext
  /** Decoded, and not due yet. */
  #pending = new Frame()
  #pendingMs: number | null = null
  #current = new Frame()
  #currentMs: number | null = null
  #needsKeyframe = true
  #isDraining = false
  #isDrained = false
  /** Counts pictures that became due. */
  serial = 0

  constructor(input: InputStream) {
    this.#unitMs = input.unitMs
    this.queue = new PacketQueue(input.unitMs)
    this.#decoder = openDecoder(input)
    this.#pending.alloc()
    this.#current.alloc()
  }

  /** What is to be seen; null before the first picture. */
  get current(): Frame | null {
    return this.#currentMs === null ? null : this.#current
  }

  get currentMs(): number | null {
    return this.#currentMs
  }

  /** End of what can be shown without waiting for the network; -Infinity if there is nothing. */
  get endMs(): number {
    return Math.max(this.queue.newestMs, this.#pendingMs ?? -Infinity, this.#currentMs ?? -Infinity)
  }

  /** A picture is decoded that is due later, or none will come: `current` is the one of the moment. */
  get isUpToDate(): boolean {
    return this.#pendingMs !== null || this.#isDrained
  }

  /** No packet will come, and the last picture is the current one. */
  get isEmpty(): boolean {
    return this.#isDrained && this.#pendingMs === null
  }

  /**
   * Makes the last picture that is due by `untilMs` the current one.
   *
   * @param maySkip Whether pictures may be left out to catch up.
   * @param deadlineMs `performance.now()` at which decoding stops, to go on with the next call.
   */
  advance(untilMs: number, maySkip: boolean, deadlineMs: number): void {
    if (maySkip && this.queue.oldestMs < untilMs - maxLagMs && this.queue.skipToKeyframe(untilMs)) {
      this.#decoder.flushBuffers()
      this.#needsKeyframe = true
      this.#pendingMs = null
    }
    for (;;) {
      if (this.#pendingMs !== null) {
        if (this.#pendingMs > untilMs) return
        const last = this.#current
        this.#current = this.#pending
        this.#currentMs = this.#pendingMs
        this.#pending = last
        this.#pendingMs = null
        this.serial++
      }
      if (!this.#decodeNext(deadlineMs)) return
    }
  }

  /** No packet will come: what the decoder holds comes out. */
  drain(): void {
    if (this.#isDraining || this.queue.length > 0) return
    this.#isDraining = true
    this.#decoder.sendPacketSync(null)
  }

  /** The next packet comes from another place in the file. The current picture stays. */
  flush(): void {
    this.queue.clear()
    this.#decoder.flushBuffers()
    this.#pendingMs = null
    this.#needsKeyframe = true
    this.#isDraining = false
    this.#isDrained = false
  }

  close(): void {
    this.queue.clear()
    this.#decoder.freeContext()
    this.#pending.free()
    this.#current.free()
  }

  /** Whether there is a pending picture now. */
  #decodeNext(deadlineMs: number): boolean {
    for (;;) {
      if (this.#decoder.receiveFrameSync(this.#pending) >= 0) {
        const { bestEffortTimestamp } = this.#pending
        const known = bestEffortTimestamp !== AV_NOPTS_VALUE
        this.#pendingMs = known ? Number(bestEffortTimestamp) * this.#unitMs : (this.#currentMs ?? 0)
        return true
      }
      if (this.#isDraining) this.#isDrained = true
      if (this.#isDrained || performance.now() >= deadlineMs) return false
      const packet = this.queue.shift()
      if (packet === undefined) return false
      if (packet.isKeyframe) this.#needsKeyframe = false
      // What is broken is left out; a decoder that has lost its way finds it at the next keyframe.
      if (!this.#needsKeyframe) this.#decoder.sendPacketSync(packet)
      packet.free()
    }
  }
}
