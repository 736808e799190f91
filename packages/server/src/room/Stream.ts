import type { StreamId, VideoStream } from '@roomful/protocol'
import type { Ending } from './Recording.ts'
import { toSeconds } from './Recording.ts'
import type { InRoom } from './types.ts'

/** One RTMP stream of a session. */
export class Stream {
  readonly id: StreamId
  /** With its key. */
  readonly url: string
  readonly startedAtMs: number
  endedAtMs: number | null = null
  /** What is wrong with its server while that is away; null: all is well. */
  trouble: string | null = null
  private error: string | null = null
  private durationMs = 0

  constructor(id: StreamId, url: string, nowMs: number) {
    this.id = id
    this.url = url
    this.startedAtMs = nowMs
  }

  end(nowMs: number, { error, durationMs }: Ending): void {
    this.endedAtMs = nowMs
    this.error = error
    this.durationMs = durationMs ?? nowMs - this.startedAtMs
  }

  view(inRoom: InRoom): VideoStream {
    const { id, url, startedAtMs, endedAtMs, durationMs, trouble } = this
    const error = endedAtMs === null ? trouble : this.error
    return {
      id,
      ...inRoom,
      state: endedAtMs === null ? 'streaming' : 'completed',
      url,
      connection: trouble === null ? 'connected' : 'reconnecting',
      started_at: toSeconds(startedAtMs),
      ...(endedAtMs !== null && { ended_at: toSeconds(endedAtMs), duration: toSeconds(durationMs) }),
      ...(error !== null && { error }),
    }
  }
}
