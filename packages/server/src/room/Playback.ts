import type { PlayerInfo } from '@roomful/media'
import type { PlaybackId, PlaybackState, VideoPlayback, VideoPosition } from '@roomful/protocol'
import type { Tenant } from './layouts/LayoutEngine.ts'
import { toSeconds } from './Recording.ts'
import type { Ending } from './Recording.ts'
import type { InRoom } from './types.ts'

export type PlaybackOptions = {
  id: PlaybackId
  url: string
  volumeDb: number
  positionMs: number
  info: PlayerInfo
  requestedPosition: VideoPosition
  requestOrder: number
  nowMs: number
}

/** A file or live source that is played into a session. Its picture has a place as a member has one. */
export class Playback implements Tenant {
  readonly id: PlaybackId
  readonly url: string
  readonly info: PlayerInfo
  readonly requestedPosition: VideoPosition
  readonly requestOrder: number
  readonly raisedOrder = null
  readonly isScreen = false
  readonly startedAtMs: number
  volumeDb: number
  state: PlaybackState = 'playing'
  endedAtMs: number | null = null
  private error: string | null = null
  /** Where it was at `positionAtMs`. */
  private positionMs: number
  private positionAtMs: number

  constructor(options: PlaybackOptions) {
    const { id, url, volumeDb, positionMs, info, requestedPosition, requestOrder, nowMs } = options
    this.id = id
    this.url = url
    this.volumeDb = volumeDb
    this.info = info
    this.requestedPosition = requestedPosition
    this.requestOrder = requestOrder
    this.startedAtMs = nowMs
    this.positionMs = info.seekable ? positionMs : 0
    this.positionAtMs = nowMs
  }

  /** Whether it has a layer. */
  get isShown(): boolean {
    return this.info.hasVideo && this.endedAtMs === null && this.requestedPosition !== 'off-canvas'
  }

  positionAt(nowMs: number): number {
    if (this.state !== 'playing') return this.positionMs
    return Math.min(this.positionMs + nowMs - this.positionAtMs, this.info.durationMs ?? Infinity)
  }

  moveTo(positionMs: number, nowMs: number): void {
    this.positionMs = positionMs
    this.positionAtMs = nowMs
  }

  end(nowMs: number, positionMs: number, { error }: Ending): void {
    this.moveTo(positionMs, nowMs)
    this.state = 'completed'
    this.endedAtMs = nowMs
    this.error = error
  }

  view(inRoom: InRoom, nowMs: number): VideoPlayback {
    const { id, state, url, volumeDb, info, startedAtMs, endedAtMs, error } = this
    return {
      id,
      ...inRoom,
      state,
      url,
      volume: volumeDb,
      position: Math.round(this.positionAt(nowMs)),
      seekable: info.seekable,
      ...(info.durationMs !== null && { duration: Math.round(info.durationMs) }),
      started_at: toSeconds(startedAtMs),
      ...(endedAtMs !== null && { ended_at: toSeconds(endedAtMs) }),
      ...(error !== null && { error }),
    }
  }
}
