import { setTimeout as delay } from 'node:timers/promises'

/** Waits until `condition` holds; fails naming `what` after the timeout. */
export async function until(what: string, condition: () => boolean, timeoutMs = 10_000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${what}`)
    await delay(5)
  }
}
