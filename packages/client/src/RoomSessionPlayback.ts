import type { VideoPlayback } from '@roomful/protocol'
import { checkNumber } from './features/validate.ts'
import { SessionObject } from './objects/SessionObject.ts'

/** How far `forward()` and `rewind()` go by default, in milliseconds. */
const defaultStepMs = 5000

/**
 * A file or live source that is played into the room: from `play()` and `getPlaybacks()`, and the argument of
 * `playback.*` events. Its methods need `room.playback`; for seeking `room.playback_seek` is enough.
 */
export class RoomSessionPlayback extends SessionObject<VideoPlayback> {
  /** What is played. */
  get url(): string {
    return this.data.url
  }

  /** How loud it is, in dB: -50 (silence) to 50. */
  get volume(): number {
    return this.data.volume
  }

  /** Where it was at the last event or reply, in milliseconds. */
  get position(): number {
    return this.data.position
  }

  /** Whether it can seek; false for live sources. */
  get seekable(): boolean {
    return this.data.seekable
  }

  /** How long it is, in milliseconds; undefined for live sources. */
  get duration(): number | undefined {
    return this.data.duration
  }

  /** All its values, for `JSON.stringify()`. */
  override toJSON(): Record<string, unknown> {
    const { url, volume, position, seekable, duration } = this
    return { ...super.toJSON(), url, volume, position, seekable, duration }
  }

  /** Stops sound and picture where they are. */
  async pause(): Promise<void> {
    await this.#send('pause')
  }

  /** Goes on after `pause()`. */
  async resume(): Promise<void> {
    await this.#send('resume')
  }

  /** Ends it. */
  async stop(): Promise<void> {
    await this.#send('stop')
  }

  /** Sets how loud it is for everybody, in dB: -50 (silence) to 50. */
  async setVolume(volume: number): Promise<void> {
    await this.#send('set_volume', { volume: checkNumber('setVolume()', 'volume', volume, -50, 50) })
  }

  /** Goes to a position, in milliseconds from the beginning. */
  async seek(positionMs: number): Promise<void> {
    const position = Math.abs(checkTime('seek()', 'timecode', positionMs))
    await this.#send('seek_absolute', { position })
  }

  /** Goes forward by so many milliseconds, default 5000. */
  async forward(offsetMs: number = defaultStepMs): Promise<void> {
    const position = Math.abs(checkTime('forward()', 'offset', offsetMs))
    await this.#send('seek_relative', { position })
  }

  /** Goes back by so many milliseconds, default 5000. */
  async rewind(offsetMs: number = defaultStepMs): Promise<void> {
    const position = -Math.abs(checkTime('rewind()', 'offset', offsetMs))
    await this.#send('seek_relative', { position })
  }

  #send(what: string, params: Record<string, unknown> = {}): Promise<void> {
    return this.request(`video.playback.${what}`, { playback_id: this.id, ...params })
  }
}

/** A month is longer than any film. */
const maxTimeMs = 31 * 86_400_000

function checkTime(where: string, name: string, value: unknown): number {
  return checkNumber(where, name, value, -maxTimeMs, maxTimeMs)
}
