import { readdirSync, readlinkSync, realpathSync } from 'node:fs'

/**
 * Whether another process of this user has the file open. Only Linux tells: elsewhere, and where it may not be
 * known, false.
 */
export function isOpenElsewhere(path: string): boolean {
  const wanted = realpathSync(path)
  return listOf('/proc')
    .filter((entry) => /^\d+$/.test(entry) && entry !== String(process.pid))
    .some((pid) => listOf(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === wanted))
}

function listOf(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}
