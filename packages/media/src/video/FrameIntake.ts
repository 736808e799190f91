import type { SourceId } from '../types.ts'
import type { VideoCodec } from './codecs.ts'
import type { FrameBatch } from './videoMessages.ts'

/** An encoded frame of a source: all of it, in decoding order. */
export type SourceFrame = { codec: VideoCodec; data: Uint8Array; isKey: boolean }

/** Frames under way to the worker, of all sources together. */
const maxFramesUnderWay = 1024
/** When the oldest frame under way has waited this long, newer ones are dropped. */
const maxDelayMs = 400
/** Per source: mean frame rate and the burst allowed above it. */
const maxFramesPerSecond = 65
const maxBurst = 65
/** A 1080p keyframe at the best quality has a third of this. */
const maxFrameBytes = 2_000_000
const keyframeRequestIntervalMs = 500
/**
 * Frames that come within this time travel together: each message wakes the worker, and that costs more than
 * the picture being late by half of it on average.
 */
const gatherMs = 8

type SourceState = {
  /** Frames were dropped: all until the next keyframe are useless. */
  isBroken: boolean
  keyframeAskedAtMs: number
  allowance: number
  allowanceAtMs: number
}

export type FrameIntakeOptions = {
  post(batch: FrameBatch): void
  onKeyframeNeeded(sourceId: SourceId): void
  /** Number of frames the worker has taken, modulo 2^32. */
  taken: Int32Array
  /** Monotonic milliseconds. */
  nowMs?: () => number
}

/**
 * Bounds what goes to the worker. Frames that come close together travel in one message. If the worker
 * lags, or a source sends too much, a source loses its frames up to the next keyframe, which is asked for as
 * soon as there is room again.
 */
export class FrameIntake {
  readonly #options: FrameIntakeOptions
  readonly #nowMs: () => number
  readonly #sources = new Map<SourceId, SourceState>()
  readonly #postedAtMs = new Float64Array(maxFramesUnderWay)
  #posted = 0
  #batch: { sourceId: SourceId; frame: SourceFrame }[] = []
  #batchBytes = 0
  #flushTimer: NodeJS.Timeout | null = null
  #dropped = 0

  constructor(options: FrameIntakeOptions) {
    this.#options = options
    this.#nowMs = options.nowMs ?? (() => performance.now())
  }

  get dropped(): number {
    return this.#dropped
  }

  push(sourceId: SourceId, frame: SourceFrame): void {
    const nowMs = this.#nowMs()
    const state = this.#state(sourceId, nowMs)
    if (frame.data.length === 0) return
    const isAllowed = spendAllowance(state, nowMs) && frame.data.length <= maxFrameBytes
    if (!isAllowed || this.#isLagging(nowMs)) {
      state.isBroken = true
      this.#dropped++
      return
    }
    if (state.isBroken && !frame.isKey) {
      this.#dropped++
      if (nowMs - state.keyframeAskedAtMs >= keyframeRequestIntervalMs) {
        state.keyframeAskedAtMs = nowMs
        this.#options.onKeyframeNeeded(sourceId)
      }
      return
    }
    state.isBroken = false
    this.#postedAtMs[(this.#posted + this.#batch.length) % maxFramesUnderWay] = nowMs
    this.#batch.push({ sourceId, frame })
    this.#batchBytes += frame.data.length
    this.#flushTimer ??= setTimeout(() => this.flush(), gatherMs)
  }

  /** Sends what has gathered. To be called before any message whose order towards frames matters. */
  flush(): void {
    if (this.#flushTimer) clearTimeout(this.#flushTimer)
    this.#flushTimer = null
    if (this.#batch.length === 0) return
    const bytes = new Uint8Array(this.#batchBytes)
    let offset = 0
    const frames = this.#batch.map(({ sourceId, frame: { codec, data, isKey } }) => {
      bytes.set(data, offset)
      offset += data.length
      return { sourceId, codec, isKey, length: data.length }
    })
    this.#posted += frames.length
    this.#batch = []
    this.#batchBytes = 0
    this.#options.post({ type: 'frames', bytes: bytes.buffer, frames })
  }

  removeSource(sourceId: SourceId): void {
    this.#sources.delete(sourceId)
  }

  close(): void {
    if (this.#flushTimer) clearTimeout(this.#flushTimer)
    this.#flushTimer = null
    this.#batch = []
    this.#sources.clear()
  }

  #isLagging(nowMs: number): boolean {
    const taken = Atomics.load(this.#options.taken, 0)
    const underWay = (this.#posted - taken) | 0
    if (underWay + this.#batch.length >= maxFramesUnderWay) return true
    return (
      underWay > 0 && nowMs - this.#postedAtMs[(this.#posted - underWay) % maxFramesUnderWay]! > maxDelayMs
    )
  }

  #state(sourceId: SourceId, nowMs: number): SourceState {
    let state = this.#sources.get(sourceId)
    if (!state) {
      state = { isBroken: false, keyframeAskedAtMs: -Infinity, allowance: maxBurst, allowanceAtMs: nowMs }
      this.#sources.set(sourceId, state)
    }
    return state
  }
}

/** A token bucket of frames. */
function spendAllowance(state: SourceState, nowMs: number): boolean {
  const refill = ((nowMs - state.allowanceAtMs) / 1000) * maxFramesPerSecond
  state.allowance = Math.min(maxBurst, state.allowance + refill)
  state.allowanceAtMs = nowMs
  if (state.allowance < 1) return false
  state.allowance--
  return true
}
