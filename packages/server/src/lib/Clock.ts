/** Ends a wait; does nothing once the wait is over. */
export type Cancel = () => void

/** Where time comes from, so that tests can move it by hand. */
export interface Clock {
  /** Unix milliseconds. */
  nowMs(): number
  /** Calls `task` once after `delayMs`; a negative delay counts as 0. */
  setTimeout(task: () => void, delayMs: number): Cancel
}

/** Node cuts longer delays to 1 ms; a longer wait is made of several. */
const longestDelayMs = 2_147_483_647

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  setTimeout: (task, delayMs) => {
    let timer: NodeJS.Timeout
    const arm = (leftMs: number): void => {
      const stepMs = Math.min(leftMs, longestDelayMs)
      timer = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : task()), stepMs)
    }
    arm(Math.max(0, delayMs))
    return () => clearTimeout(timer)
  },
}
