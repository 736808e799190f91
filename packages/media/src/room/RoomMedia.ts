import { randomInt } from 'node:crypto'
import { RoomAudio, type AudioClock } from '../audio/index.ts'
import { MediaError } from '../MediaError.ts'
import { RoomOutputs } from '../outputs/RoomOutputs.ts'
import { RoomPlayers } from '../players/RoomPlayers.ts'
import type {
  LegId,
  LegOptions,
  ListenerSettings,
  MediaProcessConfig,
  RoomMediaEvent,
  RoomMediaOptions,
  RoomMediaStats,
  RoomTone,
  Scene,
  SourceId,
  SourceSettings,
} from '../types.ts'
import { defaultListenerSettings, defaultSourceSettings } from '../types.ts'
import type { RtpHeader } from '../rtp/index.ts'
import type { RelayPort } from '../transport/index.ts'
import { RoomVideo } from '../video/index.ts'
import { CompositeSender } from './CompositeSender.ts'
import { Leg, mean } from './Leg.ts'
import { epochMs } from './monotonic.ts'
import { SourceBitrates } from './SourceBitrates.ts'

export type RoomMediaContext = {
  roomId: string
  options: RoomMediaOptions
  config: MediaProcessConfig
  relayPort?: RelayPort | undefined
  clock: AudioClock
  onEvent: (event: RoomMediaEvent) => void
  log: (level: string, message: string, fields?: Record<string, unknown>) => void
}

type Source = {
  settings: SourceSettings
  /** The leg whose packets count: the newest that is connected. Others of the same source are going or coming. */
  ownerLegId: LegId | null
}

/** Reports, REMB and the look for idle legs. */
const reportEveryTicks = 50
const idleEveryTicks = 25

/** A room's media: its legs, its sound on this thread, its picture in a worker thread. */
export class RoomMedia {
  readonly outputs: RoomOutputs
  readonly players: RoomPlayers
  readonly #context: RoomMediaContext
  readonly #legs = new Map<LegId, Leg>()
  readonly #sources = new Map<SourceId, Source>()
  readonly #listeners = new Map<LegId, ListenerSettings>()
  readonly #audio: RoomAudio
  readonly #video: RoomVideo
  readonly #composite: CompositeSender
  readonly #bitrates: SourceBitrates
  readonly #ssrcs = { audio: randomInt(1, 2 ** 32 - 1), video: randomInt(1, 2 ** 32 - 1) }
  readonly #onTick = (nowMs: number): void => this.#tick(nowMs)
  #tickCount = 0
  #closed = false

  private constructor(context: RoomMediaContext, audio: RoomAudio, video: RoomVideo) {
    this.#context = context
    this.#audio = audio
    this.#video = video
    this.#composite = new CompositeSender({
      video,
      room: context.options,
      ssrc: this.#ssrcs.video,
      cname: context.roomId,
      nowMs: epochMs(),
    })
    this.#bitrates = new SourceBitrates(context.options)
    this.outputs = new RoomOutputs({
      video,
      audio,
      room: context.options,
      allowedHosts: context.config.allowedHosts,
      now: epochMs,
      onEvent: context.onEvent,
    })
    this.players = new RoomPlayers({
      video,
      audio,
      room: context.options,
      allowedHosts: context.config.allowedHosts,
      now: epochMs,
      onEvent: context.onEvent,
    })
    context.clock.add(this.#onTick)
  }

  static async create(context: RoomMediaContext): Promise<RoomMedia> {
    // Sound and picture call back into the room, which exists before either has a leg to speak of.
    // eslint-disable-next-line prefer-const
    let room: RoomMedia
    const video = await RoomVideo.create(context.options, {
      onEncoded: (frame) => room.#composite.send(frame, epochMs()),
      onOutputPicture: (picture) => room.outputs.takePicture(picture),
      onPreview: (webp) => context.onEvent({ type: 'preview', webp }),
      onKeyframeNeeded: (sourceId) => room.#ownerOf(sourceId)?.requestKeyframe(epochMs()),
      log: context.log,
      onDied: (error) => {
        // A room without a picture cannot be mended from inside; the server replaces the process.
        context.log('fatal', 'The video worker died', { error: error.stack ?? error.message })
        throw error
      },
    })
    const audio = new RoomAudio({
      now: epochMs,
      events: {
        onTalking: (sourceId, talking) => context.onEvent({ type: 'talking', sourceId, talking }),
        onPacket: (legId, opus, rtpTimestamp, marker) =>
          room.#legs.get(legId)?.sendAudio(opus, rtpTimestamp, marker),
      },
    })
    room = new RoomMedia(context, audio, video)
    return room
  }

  async answer(legId: LegId, offerSdp: string, options: LegOptions): Promise<{ sdp: string }> {
    const existing = this.#legs.get(legId)
    const leg = existing ?? this.#createLeg(legId)
    try {
      if (options.sourceId !== null) this.#addSource(options.sourceId)
      const sdp = await leg.answer(offerSdp, options)
      if (this.#closed || this.#legs.get(legId) !== leg) {
        throw new MediaError('leg_not_found', `Leg ${legId} was closed while its offer was answered`)
      }
      this.#applyReceiving(leg)
      return { sdp }
    } catch (error) {
      // A re-offer that cannot be answered leaves the call as it was.
      if (existing === undefined) this.closeLeg(legId)
      throw error
    }
  }

  closeLeg(legId: LegId): void {
    const leg = this.#legs.get(legId)
    if (leg === undefined) return
    this.#legs.delete(legId)
    this.#listeners.delete(legId)
    this.#audio.removeListener(legId)
    this.#composite.remove(leg)
    leg.close()
    for (const [sourceId, source] of this.#sources) {
      if (source.ownerLegId === legId) this.#setOwner(sourceId, source, this.#legOf(sourceId))
    }
  }

  setScene(scene: Scene): void {
    this.#bitrates.setScene(scene)
    this.#video.setScene(scene)
    this.players.setScene(scene)
    this.#sendReports()
  }

  /** Mixes a tone into the sound of the room, and with it into recordings and streams. */
  playTone(tone: RoomTone): void {
    this.#audio.playTone(tone)
  }

  setSource(sourceId: SourceId, settings: SourceSettings): void {
    const source = this.#addSource(sourceId)
    // Frames were left out meanwhile: the decoder must begin anew, with a keyframe.
    if (source.settings.videoMuted && !settings.videoMuted) this.#video.resetSource(sourceId)
    source.settings = settings
    this.#audio.setSource(sourceId, settings)
  }

  removeSource(sourceId: SourceId): void {
    if (!this.#sources.delete(sourceId)) return
    this.#audio.removeSource(sourceId)
    this.#video.removeSource(sourceId)
  }

  setListener(legId: LegId, settings: ListenerSettings): void {
    // A leg may end, or not have come back yet after a process died, while this was on its way.
    if (!this.#legs.has(legId)) return
    this.#listeners.set(legId, settings)
    this.#audio.setListener(legId, settings)
  }

  async stats(): Promise<RoomMediaStats> {
    const video = await this.#video.stats()
    const losses = Array.from(this.#legs.values(), ({ loss }) => loss)
    return {
      legs: this.#legs.size,
      sources: this.#sources.size,
      framesComposed: video.framesComposed,
      framesEncoded: video.framesEncoded,
      keyframesEncoded: video.keyframesEncoded,
      framesDecoded: video.framesDecoded,
      rungs: this.#composite.stats(video.encodes),
      videoCpuMs: video.cpuMs,
      composeMsMean: video.composeMsMean,
      encodeMsMean: video.encodeMsMean,
      decodeMsMean: video.decodeMsMean,
      ticksSkipped: video.ticksSkipped,
      lossToBrowsers: mean(losses.map(({ toBrowser }) => toBrowser)),
      lossFromBrowsers: mean(losses.map(({ fromBrowser }) => fromBrowser)),
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const legId of [...this.#legs.keys()]) this.closeLeg(legId)
    // Recordings hold what was heard and seen up to now: some of it is still on its way.
    await Promise.all([this.outputs.close(), this.players.closeAll()])
    this.#context.clock.remove(this.#onTick)
    this.#audio.close()
    this.#composite.close()
    await this.#video.close()
  }

  #createLeg(legId: LegId): Leg {
    const { config, relayPort, roomId, onEvent } = this.#context
    const leg = new Leg({
      legId,
      cname: roomId,
      config,
      relayPort,
      ssrcs: this.#ssrcs,
      events: {
        onAudio: (header, packet, nowMs) => this.#takeAudio(leg, header, packet, nowMs),
        onAudioRestarted: () => this.#forSource(leg, (sourceId) => this.#audio.resetSource(sourceId)),
        onVideoFrame: (frame) =>
          this.#forSource(leg, (sourceId, source) => {
            if (!source.settings.videoMuted) this.#video.pushFrame(sourceId, frame)
          }),
        onKeyframeRequested: (nowMs) => this.#composite.keyframeRequested(leg, nowMs),
        onNack: (sequenceNumbers, nowMs) => this.#composite.resend(leg, sequenceNumbers, nowMs),
        onVideoReport: (block, nowMs) => this.#composite.reported(leg, block, nowMs),
        onVideoEstimate: (estimateBps, nowMs) => this.#composite.estimated(leg, estimateBps, nowMs),
        onConnected: () => {
          this.#claimSource(leg)
          this.#composite.restart(leg)
          onEvent({ type: 'leg.connected', legId })
        },
        onClosed: () => onEvent({ type: 'leg.closed', legId }),
      },
    })
    this.#legs.set(legId, leg)
    return leg
  }

  /** What the leg may receive after its (new) answer. */
  #applyReceiving(leg: Leg): void {
    if (leg.receives('audio')) {
      this.#audio.addListener(leg.legId, { excludeSourceId: leg.sourceId })
      this.#audio.setListener(leg.legId, this.#listeners.get(leg.legId) ?? defaultListenerSettings)
    } else {
      this.#audio.removeListener(leg.legId)
    }
    if (leg.receives('video')) this.#composite.add(leg, epochMs())
    else this.#composite.pause(leg)
  }

  #addSource(sourceId: SourceId): Source {
    let source = this.#sources.get(sourceId)
    if (source === undefined) {
      source = { settings: defaultSourceSettings, ownerLegId: null }
      this.#sources.set(sourceId, source)
      this.#audio.addSource(sourceId)
      this.#audio.setSource(sourceId, source.settings)
    }
    return source
  }

  #takeAudio(leg: Leg, header: RtpHeader, payload: Uint8Array, nowMs: number): void {
    this.#forSource(leg, (sourceId) => {
      this.#audio.pushRtp(
        sourceId,
        {
          sequenceNumber: header.sequenceNumber,
          rtpTimestamp: header.timestamp,
          marker: header.marker,
          payload,
        },
        nowMs,
      )
    })
  }

  /** Runs `use` with the leg's source if the leg is the one that feeds it now. */
  #forSource(leg: Leg, use: (sourceId: SourceId, source: Source) => void): void {
    const { sourceId } = leg
    if (sourceId === null) return
    const source = this.#sources.get(sourceId)
    if (source !== undefined && source.ownerLegId === leg.legId) use(sourceId, source)
  }

  #claimSource(leg: Leg): void {
    const source = leg.sourceId === null ? undefined : this.#sources.get(leg.sourceId)
    if (source === undefined || leg.sourceId === null) return
    if (source.ownerLegId !== leg.legId) this.#setOwner(leg.sourceId, source, leg)
    leg.requestKeyframe(epochMs())
  }

  #setOwner(sourceId: SourceId, source: Source, leg: Leg | undefined): void {
    source.ownerLegId = leg?.legId ?? null
    this.#audio.resetSource(sourceId)
    this.#video.resetSource(sourceId)
  }

  #ownerOf(sourceId: SourceId): Leg | undefined {
    const legId = this.#sources.get(sourceId)?.ownerLegId
    return legId === null || legId === undefined ? undefined : this.#legs.get(legId)
  }

  #legOf(sourceId: SourceId): Leg | undefined {
    for (const leg of this.#legs.values()) {
      if (leg.sourceId === sourceId && leg.isConnected) return leg
    }
    return undefined
  }

  #tick(nowMs: number): void {
    this.#audio.tick(nowMs)
    this.#tickCount += 1
    for (const leg of this.#legs.values()) leg.poll(nowMs)
    this.#composite.poll(nowMs)
    if (this.#tickCount % reportEveryTicks === 0) this.#sendReports()
    if (this.#tickCount % idleEveryTicks === 0) this.#reportIdleLegs(nowMs)
  }

  #sendReports(): void {
    const nowMs = epochMs()
    for (const leg of this.#legs.values()) {
      leg.sendReports(
        nowMs,
        (blocks) => this.#composite.senderReport(leg, nowMs, blocks),
        this.#bitrates.of(leg.sourceId),
      )
    }
  }

  #reportIdleLegs(nowMs: number): void {
    for (const leg of this.#legs.values()) {
      const idle = leg.idleChanged(nowMs)
      if (idle !== undefined) this.#context.onEvent({ type: 'leg.idle', legId: leg.legId, idle })
    }
  }
}
