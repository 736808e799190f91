import type { Clock } from './Clock.ts'

/** The outcome of `promise`, or a rejection with `onTimeout()` if that takes longer than `timeoutMs`. */
export function withTimeout<T>(
  clock: Clock,
  promise: Promise<T>,
  timeoutMs: number,
  onTimeout: () => Error,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const cancel = clock.setTimeout(() => reject(onTimeout()), timeoutMs)
    promise.then(resolve, reject).finally(cancel)
  })
}
