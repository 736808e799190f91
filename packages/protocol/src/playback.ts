export type PlaybackState = 'playing' | 'paused' | 'completed'

/** A file or live source that is played into a room session, as events and lists show it. */
export type VideoPlayback = {
  id: string
  room_id: string
  room_session_id: string
  state: PlaybackState
  url: string
  /** dB, -50 (silence) to 50; 0 leaves the sound as it is. */
  volume: number
  /** Milliseconds, at the time of the event or reply. */
  position: number
  /** False for live sources. */
  seekable: boolean
  /** Roomful's own: how long it is, in milliseconds as `position` is; absent for live sources. */
  duration?: number
  /** Unix seconds, with fractions; so is `ended_at`. */
  started_at: number
  ended_at?: number
  /** Roomful's own: why it ended by itself before its end. */
  error?: string
}
