import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { FormatContext, Packet } from 'node-av/lib'
import { openMp4 } from './measureMp4.ts'
import { repairPath } from './repairPath.ts'

/**
 * Makes an ordinary MP4 of a recording that was cut off, without coding it anew. Takes as much disk again while it
 * runs. If it cannot, the file stays as it was, which is playable too.
 */
export function repairMp4(path: string): boolean {
  const repairedPath = repairPath(path)
  try {
    if (!copyUnits(path, repairedPath)) return false
    const file = openSync(repairedPath, 'r+')
    try {
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(repairedPath, path)
    return true
  } finally {
    rmSync(repairedPath, { force: true })
  }
}

function copyUnits(fromPath: string, toPath: string): boolean {
  const input = openMp4(fromPath)
  if (input === null) return false
  const output = new FormatContext()
  const packet = new Packet()
  packet.alloc()
  try {
    if (output.allocOutputContext2(null, 'mp4', `file:${toPath}`) < 0) return false
    for (const from of input.streams) {
      const to = output.newStream(null)
      if (from.codecpar.copy(to.codecpar) < 0) return false
      to.codecpar.codecTag = 0
      to.timeBase = from.timeBase
      to.avgFrameRate = from.avgFrameRate
    }
    if (output.openOutputSync() < 0 || output.writeHeaderSync(null) < 0) return false
    while (input.readFrameSync(packet) >= 0) {
      const from = input.streams[packet.streamIndex]
      const to = output.streams[packet.streamIndex]
      if (from === undefined || to === undefined) continue
      packet.rescaleTs(from.timeBase, to.timeBase)
      if (output.interleavedWriteFrameSync(packet) < 0) return false
    }
    return output.writeTrailerSync() >= 0
  } finally {
    packet.free()
    output.closeOutputSync()
    output.freeContext()
    input.closeInputSync()
  }
}
