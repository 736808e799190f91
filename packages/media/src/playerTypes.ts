import type { SourceId } from './types.ts'

export type PlayerOptions = {
  /** `http:`, `https:`, `rtmp:` or `rtmps:`. */
  url: string
  /** dB, -50 (silence) to 50. */
  volumeDb: number
  /** Where to begin; ignored where `seekable` turns out false. */
  positionMs: number
}

/** What was found at the URL. */
export type PlayerInfo = {
  /** False for live sources. */
  seekable: boolean
  /** null: unknown, or without end. */
  durationMs: number | null
  hasAudio: boolean
  hasVideo: boolean
}

/**
 * What a player tells without being asked. A player is a source: its id is the `SourceId` whose picture a scene
 * layer shows and whose sound is in everybody's mix.
 */
export type PlayerEvent =
  /** After every change that was asked for, and after a live source came back. */
  | { type: 'player.state'; sourceId: SourceId; state: 'playing' | 'paused'; positionMs: number }
  /** Once for every player that was opened and not closed by us. `error`: null if it played to its end. */
  | { type: 'player.ended'; sourceId: SourceId; positionMs: number; error: string | null }

/** How long opening a URL may take; then it is refused, before the client gives up waiting for the reply (10 s). */
export const playerOpenTimeoutMs = 7500
