import type { RecordingId, RecordingState, VideoRecording } from '@roomful/protocol'
import type { InRoom } from './types.ts'

/** How an output or a playback came to its end. */
export type Ending = {
  /** Why it ended by itself; null: it was stopped, or came to its end. */
  error: string | null
  /** As measured by who did it; default: by the times of the commands. */
  durationMs?: number | undefined
}

/** Unix seconds, as events and lists have them. */
export const toSeconds = (ms: number): number => ms / 1000

/** One recording of a session. */
export class Recording {
  readonly id: RecordingId
  readonly startedAtMs: number
  state: RecordingState = 'recording'
  endedAtMs: number | null = null
  error: string | null = null
  /** Up to `runsSinceMs`. */
  private durationMs = 0
  /** null: it is paused, or has ended. */
  private runsSinceMs: number | null

  constructor(id: RecordingId, nowMs: number) {
    this.id = id
    this.startedAtMs = nowMs
    this.runsSinceMs = nowMs
  }

  pause(nowMs: number): void {
    this.hold(nowMs)
    this.state = 'paused'
  }

  resume(nowMs: number): void {
    this.runsSinceMs = nowMs
    this.state = 'recording'
  }

  end(nowMs: number, { error, durationMs }: Ending): void {
    this.hold(nowMs)
    this.state = 'completed'
    this.endedAtMs = nowMs
    this.error = error
    this.durationMs = durationMs ?? this.durationMs
  }

  /** The file is closed: now its length is known. */
  measured(durationMs: number): void {
    this.durationMs = durationMs
  }

  view(inRoom: InRoom): VideoRecording {
    const { id, state, startedAtMs, endedAtMs, durationMs, error } = this
    return {
      id,
      ...inRoom,
      state,
      started_at: toSeconds(startedAtMs),
      ...(endedAtMs !== null && { ended_at: toSeconds(endedAtMs), duration: toSeconds(durationMs) }),
      ...(error !== null && { error }),
    }
  }

  private hold(nowMs: number): void {
    if (this.runsSinceMs !== null) this.durationMs += nowMs - this.runsSinceMs
    this.runsSinceMs = null
  }
}
