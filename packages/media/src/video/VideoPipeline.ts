import { type OutputPicture, OutputVideoEncoder } from '../outputs/OutputVideoEncoder.ts'
import type { RawPicture } from '../players/mediaPipe.ts'
import type { RoomMediaOptions, Scene, SourceId } from '../types.ts'
import { arrangeScene, visibleSources } from './arrangeScene.ts'
import type { VideoCodec } from './codecs.ts'
import { Compositor } from './Compositor.ts'
import { FrameClock } from './FrameClock.ts'
import { LadderEncoder } from './LadderEncoder.ts'
import type { EncodeKey } from './ladder.ts'
import { PreviewMaker } from './preview/PreviewMaker.ts'
import { Source } from './Source.ts'
import type { EncodedFrame, FrameBatch, VideoDemand, VideoStats } from './videoMessages.ts'

export type VideoPipelineEvents = {
  onEncoded(frame: EncodedFrame & { data: Uint8Array<ArrayBuffer> }): void
  onOutputPicture(picture: OutputPicture): void
  /** An animated WebP; only with `previews` in the options. */
  onPreview(webp: Uint8Array<ArrayBuffer>): void
  onKeyframeNeeded(sourceId: SourceId): void
  /** Something could not be done, and the room goes on without. */
  onProblem(message: string, fields: Record<string, unknown>): void
}

/** One room's picture: decodes its sources, composes the scene at the frame rate, encodes it once per codec and size. */
export class VideoPipeline {
  readonly #options: RoomMediaOptions
  readonly #events: VideoPipelineEvents
  readonly #sources = new Map<SourceId, Source>()
  readonly #compositor: Compositor
  readonly #clock: FrameClock
  readonly #ladder: LadderEncoder
  #outputEncoder: OutputVideoEncoder | null = null
  readonly #preview: PreviewMaker | null
  #framesComposed = 0
  #framesEncoded = 0
  #keyframesEncoded = 0
  #framesDecoded = 0
  #decodeErrors = 0
  #composeMs = 0
  #encodeMs = 0
  #decodeMs = 0

  constructor(options: RoomMediaOptions, events: VideoPipelineEvents) {
    this.#options = options
    this.#events = events
    this.#ladder = new LadderEncoder(options)
    this.#preview = options.previews === true ? new PreviewMaker(options) : null
    this.#compositor = new Compositor(options.width, options.height, (error) => {
      events.onProblem('A name or mute image cannot be drawn', { error: String(error) })
    })
    this.#clock = new FrameClock(options.fps, (frameNumber) => this.#tick(frameNumber))
    this.#clock.start()
  }

  takeFrames({ bytes, frames }: FrameBatch): void {
    let offset = 0
    for (const frame of frames) {
      const data = Buffer.from(bytes, offset, frame.length)
      offset += frame.length
      this.#takeFrame(frame.sourceId, frame.codec, data, frame.isKey)
    }
  }

  #takeFrame(sourceId: SourceId, codec: VideoCodec, data: Buffer, isKey: boolean): void {
    const source = this.#sources.get(sourceId)
    if (!source?.isVisible) return
    const startMs = performance.now()
    const outcome = source.decode(codec, data, isKey, startMs)
    if (outcome === 'picture') this.#framesDecoded++
    if (outcome === 'error') this.#decodeErrors++
    const nowMs = performance.now()
    this.#decodeMs += nowMs - startMs
    if (outcome === 'error' || outcome === 'needs_keyframe') this.#askForKeyframe(source, nowMs)
  }

  /** A picture of a source that comes decoded. It is kept while nobody sees it, too. */
  takePicture(sourceId: SourceId, picture: RawPicture): void {
    let source = this.#sources.get(sourceId)
    if (!source) {
      source = new Source(sourceId)
      this.#sources.set(sourceId, source)
    }
    source.show(picture)
  }

  setScene(scene: Scene): void {
    const arranged = arrangeScene(scene, this.#options.width, this.#options.height)
    this.#compositor.setTiles(arranged)
    const visible = visibleSources(arranged)
    const muted = new Set(scene.layers.filter((layer) => layer.videoMuted).map((layer) => layer.sourceId))
    for (const sourceId of visible) {
      if (!this.#sources.has(sourceId)) this.#sources.set(sourceId, new Source(sourceId))
    }
    const nowMs = performance.now()
    for (const source of this.#sources.values()) {
      if (visible.has(source.id)) source.setVisibility('seen')
      else source.setVisibility(muted.has(source.id) ? 'muted' : 'hidden')
      this.#askForKeyframe(source, nowMs)
    }
  }

  requestKeyframe(key: EncodeKey): void {
    this.#ladder.requestKeyframe(key)
  }

  setDemand(demand: VideoDemand): void {
    this.#ladder.setDemand(demand)
  }

  /** Whether recordings or streams take the picture. */
  setOutputDemand(isWanted: boolean): void {
    if (!isWanted) return this.#freeOutputEncoder()
    try {
      this.#outputEncoder ??= new OutputVideoEncoder(this.#options)
    } catch (error) {
      this.#events.onProblem('The picture cannot be encoded for recordings and streams', {
        error: String(error),
      })
    }
  }

  requestOutputKeyframe(): void {
    this.#outputEncoder?.requestKeyframe()
  }

  resetSource(sourceId: SourceId): void {
    const source = this.#sources.get(sourceId)
    source?.reset()
    if (source) this.#askForKeyframe(source, performance.now())
  }

  removeSource(sourceId: SourceId): void {
    this.#sources.get(sourceId)?.free()
    this.#sources.delete(sourceId)
  }

  stats(): Omit<VideoStats, 'framesDropped' | 'cpuMs'> {
    return {
      framesComposed: this.#framesComposed,
      framesEncoded: this.#framesEncoded,
      keyframesEncoded: this.#keyframesEncoded,
      encodes: this.#ladder.stats(),
      framesDecoded: this.#framesDecoded,
      decodeErrors: this.#decodeErrors,
      ticksSkipped: this.#clock.skipped,
      composeMsMean: this.#composeMs / Math.max(1, this.#framesComposed),
      encodeMsMean: this.#encodeMs / Math.max(1, this.#framesEncoded),
      decodeMsMean: this.#decodeMs / Math.max(1, this.#framesDecoded),
    }
  }

  close(): void {
    this.#clock.stop()
    for (const source of this.#sources.values()) source.free()
    this.#sources.clear()
    this.#ladder.free()
    this.#freeOutputEncoder()
    this.#preview?.free()
    this.#compositor.free()
  }

  #askForKeyframe(source: Source, nowMs: number): void {
    if (source.takeKeyframeRequest(nowMs)) this.#events.onKeyframeNeeded(source.id)
  }

  #tick(frameNumber: number): void {
    const startMs = performance.now()
    for (const source of this.#sources.values()) source.expire(startMs)
    const isPreviewDue = this.#preview?.isDue(startMs) === true
    if (!this.#ladder.isWanted && this.#outputEncoder === null && !isPreviewDue) return
    this.#compositor.compose((sourceId) => this.#sources.get(sourceId))
    const composedMs = performance.now()
    this.#framesComposed++
    this.#composeMs += composedMs - startMs
    const composedAtMs = performance.timeOrigin + composedMs
    this.#ladder.encode(this.#compositor.canvas.frame, frameNumber, composedMs, (key, picture) => {
      this.#framesEncoded++
      if (picture.isKey) this.#keyframesEncoded++
      this.#events.onEncoded({ ...key, ...picture, composedAtMs })
    })
    this.#encodeForOutputs(frameNumber)
    if (isPreviewDue) {
      const webp = this.#preview?.take(this.#compositor.canvas.frame, startMs)
      if (webp) this.#events.onPreview(webp)
    }
    this.#encodeMs += performance.now() - composedMs
  }

  #encodeForOutputs(frameNumber: number): void {
    const atMs = performance.timeOrigin + this.#clock.dueMs(frameNumber)
    const picture = this.#outputEncoder?.encode(this.#compositor.canvas.frame, frameNumber, atMs)
    if (picture) this.#events.onOutputPicture(picture)
  }

  #freeOutputEncoder(): void {
    this.#outputEncoder?.free()
    this.#outputEncoder = null
  }
}
