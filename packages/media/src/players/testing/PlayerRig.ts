import { AudioClock, frameMs, RoomAudio, sampleRateHz } from '../../audio/index.ts'
import { goertzelDb } from '../../audio/testing/index.ts'
import type { PlayerEvent, PlayerInfo } from '../../playerTypes.ts'
import { epochMs } from '../../room/monotonic.ts'
import type { RoomMediaOptions } from '../../types.ts'
import { type EncodedFrame, RoomVideo } from '../../video/index.ts'
import { CompositeViewer, layer, type Picture } from '../../video/testKit.ts'
import { RoomPlayers } from '../RoomPlayers.ts'
import { secondOfColour, toneHzAt } from './clips.ts'

export const rigOptions: RoomMediaOptions = { width: 640, height: 360, fps: 25, videoBitrateBps: 600_000 }

type Seen = { atMs: number; picture: Picture }
type Heard = { atMs: number; samples: Float32Array | null }

const keptMs = 12_000
const waitTimeoutMs = 20_000

/** A room with players, made of the media process's own parts; what leaves it is decoded and kept for 12 s. Close it. */
export class PlayerRig {
  readonly players: RoomPlayers
  readonly events: PlayerEvent[] = []
  readonly problems: string[] = []
  readonly video: RoomVideo
  readonly audio: RoomAudio
  #seen: Seen[] = []
  #heard: Heard[] = []
  /** Longest time between two ticks of the mixer. */
  worstTickMs = 0
  readonly #clock = new AudioClock({ now: epochMs })
  readonly #viewer = new CompositeViewer()
  #lastTickMs: number | null = null

  static async create(allowedHosts: readonly string[] = ['127.0.0.1']): Promise<PlayerRig> {
    // eslint-disable-next-line prefer-const
    let rig: PlayerRig | undefined
    const video = await RoomVideo.create(rigOptions, {
      onEncoded: (frame) => rig?.take(frame),
      onKeyframeNeeded: () => {},
      onDied: (error) => rig?.problems.push(error.message),
    })
    rig = new PlayerRig(video, allowedHosts)
    return rig
  }

  private constructor(video: RoomVideo, allowedHosts: readonly string[]) {
    this.video = video
    this.audio = new RoomAudio({
      now: epochMs,
      events: { onTalking: (id) => this.problems.push(`${id} talks`), onPacket: () => {} },
    })
    this.audio.setMixTap((samples, nowMs) => {
      this.#heard.push({ atMs: nowMs, samples: samples && samples.slice() })
      while (this.#heard[0]!.atMs < nowMs - keptMs) this.#heard.shift()
    })
    this.players = new RoomPlayers({
      room: rigOptions,
      allowedHosts,
      now: epochMs,
      onEvent: (event) => this.events.push(event),
      audio: this.audio,
      video,
    })
    video.setDemand([{ codec: 'vp8', rung: 0 }])
    this.#clock.add((nowMs) => {
      const atMs = performance.now()
      if (this.#lastTickMs !== null) this.worstTickMs = Math.max(this.worstTickMs, atMs - this.#lastTickMs)
      this.#lastTickMs = atMs
      this.audio.tick(nowMs)
    })
    this.#clock.start()
  }

  take(frame: EncodedFrame): void {
    this.#seen.push({ atMs: frame.composedAtMs, picture: this.#viewer.show(frame) })
    while (this.#seen[0]!.atMs < frame.composedAtMs - keptMs) this.#seen.shift()
  }

  /** Players side by side, whole pictures. */
  show(...sourceIds: string[]): void {
    const width = 100 / sourceIds.length
    const layers = sourceIds.map((id, index) => layer(id, [index * width, 0, width, 100], { fit: 'contain' }))
    this.video.setScene({ layers })
    this.players.setScene({ layers })
  }

  open(
    sourceId: string,
    url: string,
    rest: { volumeDb?: number; positionMs?: number } = {},
  ): Promise<PlayerInfo> {
    return this.players.open(sourceId, { url, volumeDb: 0, positionMs: 0, ...rest })
  }

  position(sourceId: string): number {
    return this.players.position(sourceId).positionMs
  }

  get picture(): Picture | undefined {
    return this.#seen.at(-1)?.picture
  }

  /** The clip's second whose colour is to be seen there now, modulo 6; -1 for none. */
  second(xPercent = 50, yPercent = 50): number {
    return this.picture === undefined ? -1 : secondOfColour(this.picture.at(xPercent, yPercent))
  }

  /** When each second's colour was first seen since then. */
  colourChanges(sinceMs: number, xPercent = 50): Map<number, number> {
    return changes(this.#seen, sinceMs, ({ picture }) => secondOfColour(picture.at(xPercent, 50)))
  }

  /** When each second's tone was first heard since then; to a tick. */
  toneChanges(sinceMs: number): Map<number, number> {
    return changes(this.#heard, sinceMs, ({ samples }) => (samples === null ? -1 : secondOfTone(samples)))
  }

  /** Level of a tone over the last `durationMs`, in dB of a full-scale sine; -200 for silence. */
  toneDb(hz: number, durationMs = 200): number {
    return goertzelDb(this.#last(durationMs), sampleRateHz, hz)
  }

  /** Level of the loudest of a clip's tones over the last `durationMs`. */
  levelDb(durationMs = 200): number {
    return Math.max(...[0, 1, 2, 3, 4, 5].map((second) => this.toneDb(toneHzAt(second), durationMs)))
  }

  /** Largest step from sample to sample over the last `durationMs`: a click is a large one. */
  largestStep(durationMs: number): number {
    const samples = this.#last(durationMs)
    let largest = 0
    for (let i = 1; i < samples.length; i++)
      largest = Math.max(largest, Math.abs(samples[i]! - samples[i - 1]!))
    return largest
  }

  #last(durationMs: number): Float32Array {
    const count = durationMs / frameMs
    const joined = new Float32Array((durationMs * sampleRateHz) / 1000)
    this.#heard.slice(-count).forEach(({ samples }, index) => {
      if (samples !== null) joined.set(samples, index * samples.length)
    })
    return joined
  }

  async until(what: string, condition: () => boolean, timeoutMs = waitTimeoutMs): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs
    while (!condition()) {
      if (performance.now() > deadlineMs) {
        const events = JSON.stringify(this.events)
        throw new Error(`Not within ${timeoutMs} ms: ${what}. Events: ${events}. ${this.problems.join(', ')}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** Lets `count` ticks of the mixer pass. */
  ticks(count: number): Promise<void> {
    const until = epochMs() + count * frameMs
    return this.until(`${count} ticks`, () => (this.#heard.at(-1)?.atMs ?? 0) >= until)
  }

  ended(sourceId: string): Extract<PlayerEvent, { type: 'player.ended' }> | undefined {
    return this.events.find((event) => event.type === 'player.ended' && event.sourceId === sourceId) as
      Extract<PlayerEvent, { type: 'player.ended' }> | undefined
  }

  async close(): Promise<void> {
    await this.players.closeAll()
    this.#clock.stop()
    this.audio.close()
    await this.video.close()
    this.#viewer.free()
  }
}

function changes<T extends { atMs: number }>(
  list: readonly T[],
  sinceMs: number,
  secondOf: (item: T) => number,
): Map<number, number> {
  const first = new Map<number, number>()
  for (const item of list) {
    if (item.atMs < sinceMs) continue
    const second = secondOf(item)
    if (second >= 0 && !first.has(second)) first.set(second, item.atMs)
  }
  return first
}

/** By the loudest of the clip's tones in 20 ms; -1 for silence. */
function secondOfTone(samples: Float32Array): number {
  const levels = [0, 1, 2, 3, 4, 5].map((second) => goertzelDb(samples, sampleRateHz, toneHzAt(second)))
  const loudest = Math.max(...levels)
  return loudest < -40 ? -1 : levels.indexOf(loudest)
}
