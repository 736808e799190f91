import { randomInt } from 'node:crypto'
import { defaultListenerSettings, defaultSourceSettings } from '../types.ts'
import type { ListenerSettings, RoomTone, SourceSettings } from '../types.ts'
import { AudioSource } from './AudioSource.ts'
import { frameSamples } from './constants.ts'
import { Listener } from './mix/Listener.ts'
import { Mix } from './mix/Mix.ts'
import type { MixStream } from './mix/MixStream.ts'
import { MixStreamPool } from './mix/MixStreamPool.ts'
import type { PcmSource } from './PcmSource.ts'
import type { PlayoutStats } from './playout/Playout.ts'
import { RoomTones } from './RoomTones.ts'

export interface RoomAudioEvents {
  /** A source began or stopped talking. Not said of a source that is removed. */
  onTalking(sourceId: string, talking: boolean): void
  /**
   * 20 ms of Opus for this listener, called once per listener and tick. `opus` is valid only during the call
   * and may be shared with other listeners. `rtpTimestamp` is the room's, the same for all of them; `marker`
   * is set on a listener's first packet.
   */
  onPacket(listenerId: string, opus: Uint8Array, rtpTimestamp: number, marker: boolean): void
}

export interface AudioRtpPacket {
  sequenceNumber: number
  rtpTimestamp: number
  /** One Opus packet; copied if it is kept. */
  payload: Uint8Array
  /** Taken for completeness: a pause shows in the timestamps, whether the sender marks its end or not. */
  marker: boolean
}

export interface AudioSourceStats extends PlayoutStats {
  sourceId: string
  talking: boolean
  /** Smoothed level, 0 to 25000 (16-bit mean absolute value). */
  score: number
}

export interface RoomAudioStats {
  ticks: number
  listeners: number
  /** Listeners with a mix of their own on the last tick. */
  ownMixes: number
  /** Different shared mixes on the last tick. */
  sharedMixes: number
  /** Open encoders, with those kept for later use. */
  encoders: number
  framesEncoded: number
  sources: AudioSourceStats[]
}

/**
 * Takes the whole mix of every tick, 960 samples that are not to be kept; null for silence. `nowMs`: when the tick
 * was due.
 */
export type MixTap = (samples: Float32Array | null, nowMs: number) => void

export interface RoomAudioOptions {
  events: RoomAudioEvents
  /** Monotonic milliseconds; only `stats()` asks. Default `performance.now`. */
  now?: () => number
}

const nobody: readonly AudioSource[] = []

/** A shared encode of this tick. */
interface SharedMix {
  stream: MixStream
  tick: number
  packet: Uint8Array | null
}

/**
 * The sound of a room: Opus in from every source, Opus out to every listener, 48 kHz mono. A listener whose
 * own source, or one that has it as parent, is in the mix hears the mix without them through an encoder of its
 * own; all others with the same output volume share one encode. Sends to every listener on every tick, silence too.
 *
 * Calls that name an unknown source or listener do nothing: packets and commands overtake each other.
 */
export class RoomAudio {
  readonly #events: RoomAudioEvents
  readonly #now: () => number
  readonly #sources = new Map<string, AudioSource>()
  readonly #pcmSources = new Map<string, PcmSource>()
  readonly #listeners = new Map<string, Listener>()
  /** By source: itself and those that have it as parent. Made when asked for; void after any change. */
  readonly #families = new Map<string, readonly AudioSource[]>()
  readonly #pool = new MixStreamPool()
  /** By gain; deaf listeners are those of gain 0. */
  readonly #sharedMixes = new Map<number, SharedMix>()
  readonly #mix = new Mix()
  readonly #tones = new RoomTones()
  readonly #scratch = new Float32Array(frameSamples)
  #mixTap: MixTap | null = null
  #rtpTimestamp = randomInt(2 ** 32)
  #tick = 0
  #ownMixes = 0
  #closed = false

  constructor(options: RoomAudioOptions) {
    this.#events = options.events
    this.#now = options.now ?? (() => performance.now())
  }

  /** Does nothing if the source is there. */
  addSource(sourceId: string): void {
    if (this.#closed || this.#sources.has(sourceId)) return
    const source = new AudioSource()
    source.set(defaultSourceSettings)
    this.#sources.set(sourceId, source)
    this.#families.clear()
  }

  removeSource(sourceId: string): void {
    this.#sources.get(sourceId)?.close()
    this.#sources.delete(sourceId)
    this.#families.clear()
  }

  /** Adds sound that comes decoded. Replaces what has the same id. */
  addPcmSource(sourceId: string, source: PcmSource): void {
    if (!this.#closed) this.#pcmSources.set(sourceId, source)
  }

  removePcmSource(sourceId: string): void {
    this.#pcmSources.delete(sourceId)
  }

  /** Everybody hears it from the next tick on, nobody excepted; it does nothing while the same one sounds. */
  playTone(tone: RoomTone): void {
    this.#tones.play(tone)
  }

  setSource(sourceId: string, settings: SourceSettings): void {
    const source = this.#sources.get(sourceId)
    if (source?.set(settings)) this.#events.onTalking(sourceId, false)
    this.#families.clear()
  }

  pushRtp(sourceId: string, packet: AudioRtpPacket, nowMs: number): void {
    this.#sources.get(sourceId)?.pushRtp(packet.sequenceNumber, packet.rtpTimestamp, packet.payload, nowMs)
  }

  /** The source's browser comes with a new stream (SSRC): its numbers have nothing to do with the old ones. */
  resetSource(sourceId: string): void {
    this.#sources.get(sourceId)?.resetStream()
  }

  /** Does nothing if the listener is there. */
  addListener(listenerId: string, options: { excludeSourceId: string | null }): void {
    if (this.#closed || this.#listeners.has(listenerId)) return
    const listener = new Listener(listenerId, options.excludeSourceId)
    listener.set(defaultListenerSettings)
    this.#listeners.set(listenerId, listener)
  }

  setListener(listenerId: string, settings: ListenerSettings): void {
    this.#listeners.get(listenerId)?.set(settings)
  }

  removeListener(listenerId: string): void {
    const listener = this.#listeners.get(listenerId)
    if (!listener) return
    if (listener.own) this.#pool.release(listener.own, this.#tick)
    listener.own = null
    this.#listeners.delete(listenerId)
  }

  /** Whoever records the mix, or nobody. */
  setMixTap(tap: MixTap | null): void {
    this.#mixTap = tap
  }

  /**
   * How long what is heard now has waited for its place in a steady stream, ms: the mean over the voices in the
   * mix. Null while there is none.
   */
  playoutDelayMs(nowMs: number): number | null {
    let sumMs = 0
    let count = 0
    for (const source of this.#sources.values()) {
      if (!source.contributes) continue
      sumMs += source.targetDelayMs(nowMs)
      count++
    }
    return count === 0 ? null : sumMs / count
  }

  /** Mixes, encodes and hands out exactly one 20 ms frame for every listener. */
  tick(nowMs: number): void {
    if (this.#closed) return
    this.#tick++
    this.#mix.clear()
    for (const [sourceId, source] of this.#sources) {
      const talkingChanged = source.render(nowMs)
      this.#mix.add(source)
      if (talkingChanged) this.#events.onTalking(sourceId, source.talking)
    }
    for (const source of this.#pcmSources.values()) {
      source.render(nowMs)
      this.#mix.add(source)
    }
    this.#tones.render()
    this.#mix.add(this.#tones)
    this.#mixTap?.(this.#mix.render(this.#scratch, nobody, 1, 1) ? this.#scratch : null, nowMs)
    this.#ownMixes = 0
    // First who needs what: a new encoder learns the past of a shared one before that goes on.
    for (const listener of this.#listeners.values()) this.#prepare(listener)
    for (const listener of this.#listeners.values()) this.#serve(listener)
    this.#releaseUnusedMixes()
    this.#pool.trim(this.#tick)
    this.#rtpTimestamp = (this.#rtpTimestamp + frameSamples) % 2 ** 32
  }

  stats(): RoomAudioStats {
    const nowMs = this.#now()
    const sources: AudioSourceStats[] = []
    for (const [sourceId, source] of this.#sources) {
      sources.push({ sourceId, talking: source.talking, score: source.score, ...source.stats(nowMs) })
    }
    return {
      ticks: this.#tick,
      listeners: this.#listeners.size,
      ownMixes: this.#ownMixes,
      sharedMixes: this.#sharedMixes.size,
      encoders: this.#pool.openCount,
      framesEncoded: this.#pool.encodedFrames,
      sources,
    }
  }

  /** Frees every codec. May be called twice; every other call does nothing afterwards. */
  close(): void {
    this.#closed = true
    for (const source of this.#sources.values()) source.close()
    this.#sources.clear()
    this.#pcmSources.clear()
    this.#families.clear()
    this.#listeners.clear()
    this.#sharedMixes.clear()
    this.#pool.close()
  }

  #prepare(listener: Listener): void {
    const contributes = this.#ownSources(listener).some((source) => source.contributes)
    listener.usesOwn = listener.needsOwn(this.#tick, contributes)
    if (!listener.usesOwn || listener.own) return
    listener.own = this.#pool.acquire()
    if (listener.shared) listener.own.warmFrom(listener.shared)
    listener.shared = null
  }

  #serve(listener: Listener): void {
    const { own } = listener
    const opus = listener.usesOwn && own ? this.#encodeOwn(listener, own) : this.#encodeShared(listener)
    const { marker } = listener
    listener.marker = false
    this.#events.onPacket(listener.id, opus, this.#rtpTimestamp, marker)
  }

  /** What the listener does not hear, because it comes from the listener itself. */
  #ownSources({ excludeSourceId }: Listener): readonly AudioSource[] {
    if (excludeSourceId === null) return nobody
    let family = this.#families.get(excludeSourceId)
    if (family === undefined) {
      family = [...this.#sources]
        .filter(([id, source]) => id === excludeSourceId || source.parentSourceId === excludeSourceId)
        .map(([, source]) => source)
      this.#families.set(excludeSourceId, family)
    }
    return family
  }

  #encodeOwn(listener: Listener, own: MixStream): Uint8Array {
    this.#ownMixes++
    const { gain, targetGain } = listener
    listener.settleGain()
    const sounds = this.#mix.render(this.#scratch, this.#ownSources(listener), gain, targetGain)
    return sounds ? own.encode(this.#scratch) : own.encodeSilence()
  }

  #encodeShared(listener: Listener): Uint8Array {
    const gain = listener.targetGain
    listener.settleGain()
    let shared = this.#sharedMixes.get(gain)
    if (!shared) {
      shared = { stream: this.#pool.acquire(), tick: 0, packet: null }
      if (listener.own) shared.stream.warmFrom(listener.own)
      this.#sharedMixes.set(gain, shared)
    }
    if (listener.own) this.#pool.release(listener.own, this.#tick)
    listener.own = null
    listener.shared = shared.stream
    if (shared.tick !== this.#tick || !shared.packet) {
      shared.tick = this.#tick
      const sounds = this.#mix.render(this.#scratch, nobody, gain, gain)
      shared.packet = sounds ? shared.stream.encode(this.#scratch) : shared.stream.encodeSilence()
    }
    return shared.packet
  }

  #releaseUnusedMixes(): void {
    for (const [gain, shared] of this.#sharedMixes) {
      if (shared.tick === this.#tick) continue
      this.#sharedMixes.delete(gain)
      this.#pool.release(shared.stream, this.#tick)
    }
  }
}
