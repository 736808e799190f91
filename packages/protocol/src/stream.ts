export type StreamState = 'streaming' | 'completed'

/** An RTMP stream of a room session as events and lists show it. */
export type VideoStream = {
  id: string
  room_id: string
  room_session_id: string
  state: StreamState
  /** With its key: shown only to those who may stream. */
  url: string
  /** Roomful's own. `reconnecting`: its server is away and being tried again; then `error` says what is wrong. */
  connection: 'connected' | 'reconnecting'
  /** Unix seconds, with fractions; so is `ended_at`. */
  started_at: number
  ended_at?: number
  /** Seconds; once it has ended. */
  duration?: number
  /** Roomful's own: why it is not connected, or ended by itself. */
  error?: string
}
