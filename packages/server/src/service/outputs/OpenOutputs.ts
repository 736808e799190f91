import type { OutputEvent, OutputId } from '@roomful/media'
import { RoomError } from '@roomful/protocol'
import type { Clock } from '../../lib/Clock.ts'
import { withTimeout } from '../../lib/withTimeout.ts'

export type OutputEnd = Extract<OutputEvent, { type: 'output.ended' }>

/** How long the files of a room that has ended may take to be closed. */
const drainTimeoutMs = 10_000
/** Outputs of one room that somebody waits for. */
const maxStarting = 10

/** The outputs that the media holds, or is about to: each until its `output.ended`. */
export class OpenOutputs {
  readonly #clock: Clock
  readonly #open = new Map<OutputId, (end: OutputEnd) => void>()
  #starting = 0
  #onDrained: () => void = () => {}

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Throws if too many are being started already. */
  async starting<T>(start: () => Promise<T>): Promise<T> {
    if (this.#starting >= maxStarting) {
      const message = `${maxStarting} recordings or streams are being started already; try again when they are`
      throw new RoomError('conflict', message)
    }
    this.#starting += 1
    try {
      return await start()
    } finally {
      this.#starting -= 1
    }
  }

  add(outputId: OutputId, onEnded: (end: OutputEnd) => void): void {
    this.#open.set(outputId, onEnded)
  }

  has(outputId: OutputId): boolean {
    return this.#open.has(outputId)
  }

  /** It never came to be. */
  delete(outputId: OutputId): void {
    this.#open.delete(outputId)
    if (this.#open.size === 0) this.#onDrained()
  }

  /** The media has let go of one. */
  ended(end: OutputEnd): void {
    const onEnded = this.#open.get(end.outputId)
    this.delete(end.outputId)
    onEnded?.(end)
  }

  /** The media is gone; nothing will be heard of them. */
  clear(): void {
    this.#open.clear()
    this.#onDrained()
  }

  /** Resolves when the media has let go of all of them, or after 10 s. */
  async drained(): Promise<void> {
    if (this.#open.size === 0) return
    const drained = new Promise<void>((resolve) => (this.#onDrained = resolve))
    await withTimeout(this.#clock, drained, drainTimeoutMs, () => new Error('late')).catch(() => {})
  }
}
