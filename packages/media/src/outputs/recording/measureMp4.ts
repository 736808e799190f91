import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { type FormatContext, FormatContext as Context, Packet } from 'node-av/lib'
import type { FileProgress } from './recorderMessages.ts'

/** What a decoder finds in an MP4 file, whether it was finished or cut off; null if that is nothing. */
export function measureMp4(path: string): FileProgress | null {
  const context = openMp4(path)
  if (context === null) return null
  const packet = new Packet()
  packet.alloc()
  let durationMs = 0
  while (context.readFrameSync(packet) >= 0) {
    durationMs = Math.max(durationMs, endMs(context, packet))
    packet.unref()
  }
  packet.free()
  context.closeInputSync()
  return durationMs > 0 ? { durationMs, sizeBytes: statSync(path).size } : null
}

/** To be closed; null if it holds nothing that can be played. */
export function openMp4(path: string): FormatContext | null {
  const context = new Context()
  // No options: node-av frees a dictionary it is given here, twice.
  if (context.openInputSync(`file:${path}`, null, null) < 0) return null
  if (context.streams.length > 0) return context
  context.closeInputSync()
  return null
}

/** Where a packet ends. */
export function endMs(context: FormatContext, packet: Packet): number {
  const timeBase = context.streams[packet.streamIndex]?.timeBase
  if (timeBase === undefined) return 0
  return (Number(packet.pts + packet.duration) * timeBase.num * 1000) / timeBase.den
}

/**
 * Whether the boxes of an MP4 file (ISO 14496-12 4.2) are those of an ordinary one: an index, no fragments, and
 * nothing cut off.
 */
export function isFinishedMp4(path: string): boolean {
  const { size } = statSync(path)
  const types = new Set<string>()
  const file = openSync(path, 'r')
  try {
    const header = Buffer.alloc(16)
    for (let offset = 0; offset < size;) {
      if (readSync(file, header, 0, 16, offset) < 8) return false
      const short = header.readUInt32BE(0)
      const length = short === 1 ? Number(header.readBigUInt64BE(8)) : short
      // 0 stands for the rest of the file, as a recording that is being written has it.
      if (length < 8 || offset + length > size) return false
      types.add(header.toString('latin1', 4, 8))
      offset += length
    }
  } finally {
    closeSync(file)
  }
  return types.has('moov') && types.has('mdat') && !types.has('moof')
}
