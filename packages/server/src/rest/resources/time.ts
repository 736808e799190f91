/** As the original writes times: UTC, whole seconds. */
export function toIsoTime(unixMs: number): string {
  return `${new Date(unixMs).toISOString().slice(0, 19)}Z`
}

export function toIsoTimeOrNull(unixMs: number | null): string | null {
  return unixMs === null ? null : toIsoTime(unixMs)
}

/** Whole seconds between two times. */
export function secondsBetween(fromMs: number, toMs: number): number {
  return Math.max(0, Math.round((toMs - fromMs) / 1000))
}
