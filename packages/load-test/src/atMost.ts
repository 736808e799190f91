/** Calls `run` for 0 to `count` - 1, at most `atOnce` at a time; resolves with what became of each, in order. */
export async function atMost<T>(
  atOnce: number,
  count: number,
  run: (index: number) => Promise<T>,
): Promise<PromiseSettledResult<T>[]> {
  const results: PromiseSettledResult<T>[] = new Array<PromiseSettledResult<T>>(count)
  let next = 0
  const runner = async (): Promise<void> => {
    while (next < count) {
      const index = next++
      const [result] = await Promise.allSettled([run(index)])
      results[index] = result
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, runner))
  return results
}
