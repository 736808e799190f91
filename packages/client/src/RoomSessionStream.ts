import type { VideoStream } from '@roomful/protocol'
import { SessionObject } from './objects/SessionObject.ts'

/**
 * The room as it is sent to an RTMP server: from `startStream()` and `getStreams()`, and the argument of `stream.*`
 * events.
 */
export class RoomSessionStream extends SessionObject<VideoStream> {
  /** Where it is sent to, with the key. */
  get url(): string {
    return this.data.url
  }

  /** `reconnecting` while its server is away and tried again; then `error` says what is wrong. */
  get connection(): 'connected' | 'reconnecting' {
    return this.data.connection ?? 'connected'
  }

  /** Seconds; undefined until it has ended. */
  get duration(): number | undefined {
    return this.data.duration
  }

  /** @deprecated The stream itself: the original's `startStream()` resolves with `{stream}`. */
  get stream(): this {
    return this
  }

  /** All its values, for `JSON.stringify()`. */
  override toJSON(): Record<string, unknown> {
    const { url, connection, duration } = this
    return { ...super.toJSON(), url, connection, duration }
  }

  /** Ends it. Needs `room.stream`. */
  async stop(): Promise<void> {
    await this.request('video.stream.stop', { stream_id: this.id })
  }
}
