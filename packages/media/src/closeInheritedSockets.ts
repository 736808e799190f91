import { closeSync, readdirSync, readlinkSync } from 'node:fs'

const directory = '/proc/self/fd'

/**
 * Closes the sockets that this process has of the one that forked it, but for those up to `lastOwnFd`, which were
 * given to it. The native WebRTC library opens its own without FD_CLOEXEC: a child that kept them would keep the
 * media port taken after the media process has died, so that no other could take its place.
 */
export function closeInheritedSockets(lastOwnFd: number): void {
  for (const name of listDescriptors()) {
    const fd = Number(name)
    if (fd <= lastOwnFd) continue
    try {
      if (readlinkSync(`${directory}/${fd}`).startsWith('socket:')) closeSync(fd)
    } catch {
      // Gone already: it was that of reading the directory.
    }
  }
}

function listDescriptors(): string[] {
  try {
    return readdirSync(directory)
  } catch {
    // Not on this system.
    return []
  }
}
