import type { RoomMediaOptions, Scene, SourceId } from '../types.ts'
import { arrangeScene, visibleSources } from './arrangeScene.ts'
import type { VideoCodec } from './codecs.ts'
import { Compositor } from './Compositor.ts'
import { FrameClock } from './FrameClock.ts'
import { KeyframeGate } from './KeyframeGate.ts'
import { Source } from './Source.ts'
import { VideoEncoder } from './VideoEncoder.ts'
import type { EncodedFrame, FrameBatch, VideoDemand, VideoStats } from './videoMessages.ts'

export type VideoPipelineEvents = {
  onEncoded(frame: EncodedFrame & { data: Uint8Array<ArrayBuffer> }): void
  onKeyframeNeeded(sourceId: SourceId): void
  /** Something could not be done, and the room goes on without. */
  onProblem(message: string, fields: Record<string, unknown>): void
}

const codecs: readonly VideoCodec[] = ['vp8', 'h264']

/** One room's picture: decodes its sources, composes the scene at the frame rate, encodes it once per codec. */
export class VideoPipeline {
  readonly #options: RoomMediaOptions
  readonly #events: VideoPipelineEvents
  readonly #sources = new Map<SourceId, Source>()
  readonly #compositor: Compositor
  readonly #clock: FrameClock
  readonly #encoders = new Map<VideoCodec, VideoEncoder>()
  readonly #gates: Record<VideoCodec, KeyframeGate> = { vp8: new KeyframeGate(), h264: new KeyframeGate() }
  #demand: VideoDemand = { vp8: false, h264: false }
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

  requestKeyframe(codec: VideoCodec): void {
    this.#gates[codec].request()
  }

  setDemand(demand: VideoDemand): void {
    for (const codec of codecs) {
      // Whoever comes now has missed the frames before; an encoder that is kept must begin anew for him.
      if (demand[codec] && !this.#demand[codec]) this.#gates[codec].request()
    }
    this.#demand = { vp8: demand.vp8, h264: demand.h264 }
    if (!demand.h264) {
      this.#encoders.get('h264')?.free()
      this.#encoders.delete('h264')
    }
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
    for (const encoder of this.#encoders.values()) encoder.free()
    this.#encoders.clear()
    this.#compositor.free()
  }

  #askForKeyframe(source: Source, nowMs: number): void {
    if (source.takeKeyframeRequest(nowMs)) this.#events.onKeyframeNeeded(source.id)
  }

  #tick(frameNumber: number): void {
    const startMs = performance.now()
    for (const source of this.#sources.values()) source.expire(startMs)
    if (!this.#demand.vp8 && !this.#demand.h264) return
    this.#compositor.compose((sourceId) => this.#sources.get(sourceId))
    const composedMs = performance.now()
    this.#framesComposed++
    this.#composeMs += composedMs - startMs
    for (const codec of codecs) {
      if (this.#demand[codec]) this.#encode(codec, frameNumber, composedMs)
    }
    this.#encodeMs += performance.now() - composedMs
  }

  #encode(codec: VideoCodec, frameNumber: number, composedMs: number): void {
    let encoder = this.#encoders.get(codec)
    if (!encoder) {
      encoder = new VideoEncoder(codec, this.#options)
      this.#encoders.set(codec, encoder)
    }
    const gate = this.#gates[codec]
    const picture = encoder.encode(this.#compositor.canvas.frame, frameNumber, gate.take(composedMs))
    if (!picture) return
    this.#framesEncoded++
    if (picture.isKey) {
      this.#keyframesEncoded++
      gate.made(composedMs)
    }
    this.#events.onEncoded({ codec, ...picture, composedAtMs: performance.timeOrigin + composedMs })
  }
}
