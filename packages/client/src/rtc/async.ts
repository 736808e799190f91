import { RoomSessionError } from '../errors.ts'

/** Resolves after `ms`, or as soon as `signal` fires. */
export function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}

/** `promise`, or a rejection with `aborted` as soon as `signal` fires. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new RoomSessionError('aborted', 'A newer attempt took the place of this one.'))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** `promise`, or a rejection with `error()` after `limitMs`. */
export async function within<T>(promise: Promise<T>, limitMs: number, error: () => Error): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(error()), limitMs)
  })
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer))
}
