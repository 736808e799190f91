const defaultTimeoutMs = 5000
const intervalMs = 5

/** What `probe` gives as soon as it is neither false, null nor undefined. Gives up after `timeoutMs`, 5 s. */
export async function waitFor<T>(
  probe: () => T | false | null | undefined | Promise<T | false | null | undefined>,
  what: string,
  timeoutMs = defaultTimeoutMs,
): Promise<T> {
  const deadlineMs = Date.now() + timeoutMs
  for (;;) {
    const value = await probe()
    if (value !== false && value !== null && value !== undefined) return value
    if (Date.now() > deadlineMs) throw new Error(`Waited ${timeoutMs} ms for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, intervalMs))
  }
}
