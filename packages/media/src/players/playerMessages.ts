import type { PlayerInfo } from '../playerTypes.ts'
import type { ClockState } from './PlayerClock.ts'

/** The largest tile that shows a player, in pixels of the canvas; null: it is not on the canvas. */
export type PlayerTile = { width: number; height: number; fit: 'contain' | 'cover' } | null

/** Control messages to a player's process, over its IPC channel. */
export type ToPlayer =
  | {
      type: 'open'
      url: string
      positionMs: number
      allowedHosts: readonly string[]
      /** Pictures are not sent more often. */
      maxFps: number
      tile: PlayerTile
    }
  | { type: 'clock'; clock: ClockState }
  /** Sound and pictures from after it carry the new generation. */
  | { type: 'seek'; generation: number; positionMs: number }
  /** A live source goes on with what is newest. */
  | { type: 'catchUp' }
  | { type: 'tile'; tile: PlayerTile }

/** Control messages from a player's process. It is not trusted: see `isFromPlayer`. */
export type FromPlayer =
  /** It stands at `positionMs` with enough in hand to start, as after `seeked` and `buffered`. */
  | { type: 'opened'; info: PlayerInfo; isLive: boolean; positionMs: number }
  | { type: 'failed'; code: 'player_failed' | 'url_not_allowed'; message: string }
  | { type: 'seeked'; generation: number; positionMs: number }
  /** The network is slower than the clock, or the live source is gone (`isLost`). */
  | { type: 'buffering'; isLost: boolean }
  | { type: 'buffered'; positionMs: number }
  /** All of it has been sent; it ends at `endMs`. `error`: why there is no more, if that is not its end. */
  | { type: 'finished'; generation: number; endMs: number; error: string | null }
  /** Every second: it is not stuck. */
  | { type: 'alive' }

const maxMessageLength = 500

/** Whether a message of the process has the form it should have. */
export function isFromPlayer(message: unknown): message is FromPlayer {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false
  const fields = message as Record<string, unknown>
  const isText = (value: unknown): boolean => typeof value === 'string' && value.length <= maxMessageLength
  switch (fields['type']) {
    case 'alive':
      return true
    case 'opened':
      return isInfo(fields['info']) && typeof fields['isLive'] === 'boolean' && isTime(fields['positionMs'])
    case 'failed':
      return (
        (fields['code'] === 'player_failed' || fields['code'] === 'url_not_allowed') &&
        isText(fields['message'])
      )
    case 'seeked':
      return Number.isInteger(fields['generation']) && isTime(fields['positionMs'])
    case 'buffering':
      return typeof fields['isLost'] === 'boolean'
    case 'buffered':
      return isTime(fields['positionMs'])
    case 'finished':
      return (
        Number.isInteger(fields['generation']) &&
        isTime(fields['endMs']) &&
        (fields['error'] === null || isText(fields['error']))
      )
    default:
      return false
  }
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function isInfo(value: unknown): value is PlayerInfo {
  if (typeof value !== 'object' || value === null) return false
  const info = value as Record<string, unknown>
  return (
    ['seekable', 'hasAudio', 'hasVideo'].every((name) => typeof info[name] === 'boolean') &&
    (info['durationMs'] === null || isTime(info['durationMs']))
  )
}
