/** Polls until `check` gives a truthy value; otherwise fails with what it last gave or threw. */
export async function waitFor<T>(
  what: string,
  check: () => T | Promise<T>,
  { timeoutMs = 15_000, intervalMs = 100 }: { timeoutMs?: number; intervalMs?: number } = {},
): Promise<NonNullable<T>> {
  const deadlineMs = performance.now() + timeoutMs
  let last: unknown
  for (;;) {
    try {
      last = await check()
      if (last) return last as NonNullable<T>
    } catch (error) {
      last = error
    }
    if (performance.now() > deadlineMs) {
      const shown = last instanceof Error ? last.message : JSON.stringify(last)
      throw new Error(`Waited ${timeoutMs} ms for ${what}; last seen: ${shown}`, { cause: last })
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs))
  }
}
