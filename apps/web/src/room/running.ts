import type { RoomSessionPlayback, RoomSessionRecording, RoomSessionStream } from '@roomful/client'

/** A recording that runs or is paused. */
export type Recording = { id: string; paused: boolean; control: Pick<RoomSessionRecording, Control> }
/** A stream that runs; `trouble` says why its server does not get it just now. */
export type Stream = {
  id: string
  url: string
  trouble: string | null
  control: Pick<RoomSessionStream, 'stop'>
}
/** What is played. It was at `positionMs` when it was told, at `toldAtMs` of `performance.now()`. */
export type Playback = {
  id: string
  url: string
  paused: boolean
  volumeDb: number
  positionMs: number
  toldAtMs: number
  /** null: a live source. */
  durationMs: number | null
  seekable: boolean
  control: Pick<RoomSessionPlayback, Control | 'seek' | 'setVolume'>
}
type Control = 'pause' | 'resume' | 'stop'

/** What runs in the room, as far as one is told: each kind takes a permission. */
export type Running = { recordings: Recording[]; streams: Stream[]; playbacks: Playback[] }

/** The SDK's objects change with the room; these do not. null: it has ended. */
export function toRecording(recording: RoomSessionRecording): Recording | null {
  const { id, state } = recording
  return state === 'completed' ? null : { id, paused: state === 'paused', control: recording }
}

export function toStream(stream: RoomSessionStream): Stream | null {
  const { id, state, url, connection, error } = stream
  if (state === 'completed') return null
  const trouble = connection === 'connected' ? null : (error ?? 'Its server is away.')
  return { id, url, trouble, control: stream }
}

export function toPlayback(playback: RoomSessionPlayback, nowMs: number): Playback | null {
  const { id, state, url, volume, position, seekable, duration } = playback
  if (state === 'completed') return null
  return {
    id,
    url,
    paused: state === 'paused',
    volumeDb: volume,
    positionMs: position,
    toldAtMs: nowMs,
    durationMs: duration ?? null,
    seekable,
    control: playback,
  }
}

/** Where a playback is by now, in milliseconds. */
export function positionAt({ paused, positionMs, toldAtMs, durationMs }: Playback, nowMs: number): number {
  const at = paused ? positionMs : positionMs + Math.max(0, nowMs - toldAtMs)
  return Math.min(at, durationMs ?? Infinity)
}

/** `list` with `item` as it is now: in its old place, or last; without it if it has ended. */
export function put<Item extends { id: string }>(list: Item[], id: string, item: Item | null): Item[] {
  if (item === null) return list.filter((other) => other.id !== id)
  if (!list.some((other) => other.id === id)) return [...list, item]
  return list.map((other) => (other.id === id ? item : other))
}
