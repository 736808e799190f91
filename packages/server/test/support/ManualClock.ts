import type { Cancel, Clock } from '../../src/lib/Clock.ts'

/** Time that only moves when a test says so. */
export class ManualClock implements Clock {
  #nowMs = Date.UTC(2027, 0, 1)
  #timers = new Set<{ atMs: number; task: () => void }>()

  nowMs(): number {
    return this.#nowMs
  }

  setTimeout(task: () => void, delayMs: number): Cancel {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), task }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Timers that have not come yet. */
  get pending(): number {
    return this.#timers.size
  }

  /** Moves time on; runs what is due, in order, each with everything that it sets off (but I/O) done. */
  async advance(byMs: number): Promise<void> {
    const endMs = this.#nowMs + byMs
    for (;;) {
      await settle()
      const due = [...this.#timers].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0]
      if (due === undefined) break
      this.#timers.delete(due)
      this.#nowMs = Math.max(this.#nowMs, due.atMs)
      due.task()
    }
    this.#nowMs = endMs
  }
}

/** Lets everything run that only waits for promises. */
async function settle(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve))
}
