import type { VideoRecording } from '@roomful/protocol'
import { SessionObject } from './objects/SessionObject.ts'

/**
 * A recording of the room: from `startRecording()` and `getRecordings()`, and the argument of `recording.*` events.
 * Its methods need `room.recording`.
 */
export class RoomSessionRecording extends SessionObject<VideoRecording> {
  /** Seconds, without the time it was paused; undefined until it has ended. */
  get duration(): number | undefined {
    return this.data.duration
  }

  /** All its values, for `JSON.stringify()`. */
  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), duration: this.duration }
  }

  /** Leaves out what happens until `resume()`. */
  async pause(): Promise<void> {
    await this.request('video.recording.pause', { recording_id: this.id })
  }

  /** Goes on after `pause()`. */
  async resume(): Promise<void> {
    await this.request('video.recording.resume', { recording_id: this.id })
  }

  /** Ends it. The file can be had with the REST API. */
  async stop(): Promise<void> {
    await this.request('video.recording.stop', { recording_id: this.id })
  }
}
