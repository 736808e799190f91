/** `recording`: it runs, also while nothing has been heard of its media for a moment. */
export type RecordingState = 'recording' | 'paused' | 'completed'

/** A recording of a room session as events and lists show it. */
export type VideoRecording = {
  id: string
  room_id: string
  room_session_id: string
  state: RecordingState
  /** Unix seconds, with fractions; so is `ended_at`. */
  started_at: number
  ended_at?: number
  /** Seconds, without the time it was paused; once it has ended. */
  duration?: number
  /** Roomful's own: why it ended by itself. */
  error?: string
}
