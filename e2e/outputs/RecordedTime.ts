/** A moment that lies within these, Unix ms: a request's start and the end of its answer. */
export type Bracket = { fromMs: number; toMs: number }

const middleOf = ({ fromMs, toMs }: Bracket): number => (fromMs + toMs) / 2

/** Which moments of a room are in a recording with one pause, and where. */
export class RecordedTime {
  readonly startMs: number
  readonly pauseMs: number
  readonly resumeMs: number
  readonly stopMs: number
  /** The most that the moments above may be wrong together, ms. */
  readonly uncertaintyMs: number

  /** `startMs`: as the server tells it; Unix ms. */
  constructor(startMs: number, { pause, resume, stop }: Record<'pause' | 'resume' | 'stop', Bracket>) {
    this.startMs = startMs
    this.pauseMs = middleOf(pause)
    this.resumeMs = middleOf(resume)
    this.stopMs = middleOf(stop)
    this.uncertaintyMs = [pause, resume, stop].reduce((sum, { fromMs, toMs }) => sum + (toMs - fromMs) / 2, 0)
  }

  /** Without the pause. */
  get durationMs(): number {
    return this.pauseMs - this.startMs + this.stopMs - this.resumeMs
  }

  /** Where a moment is in the file; null: it is not. */
  toFileMs(atMs: number): number | null {
    if (atMs < this.startMs || atMs > this.stopMs) return null
    if (atMs <= this.pauseMs) return atMs - this.startMs
    return atMs < this.resumeMs ? null : atMs - this.startMs - (this.resumeMs - this.pauseMs)
  }

  toMoment(fileMs: number): number {
    const atMs = this.startMs + fileMs
    return atMs <= this.pauseMs ? atMs : atMs + this.resumeMs - this.pauseMs
  }

  /** Whether all of the time from `beforeMs` before a moment to `afterMs` after it is recorded, in one piece. */
  isWhole(atMs: number, beforeMs: number, afterMs: number): boolean {
    const [fromMs, toMs] = [atMs - beforeMs, atMs + afterMs]
    return (fromMs > this.startMs && toMs < this.pauseMs) || (fromMs > this.resumeMs && toMs < this.stopMs)
  }
}
