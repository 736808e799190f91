import { performance } from 'node:perf_hooks'

/** Unix milliseconds with fractions that never jump with the wall clock: the same base in every thread. */
export function epochMs(): number {
  return performance.timeOrigin + performance.now()
}
