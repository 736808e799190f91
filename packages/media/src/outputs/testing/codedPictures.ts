import { createHash } from 'node:crypto'
import { AVMEDIA_TYPE_VIDEO } from 'node-av/constants'
import { Packet } from 'node-av/lib'
import { openMp4 } from '../recording/measureMp4.ts'

/** A digest of every coded picture of an MP4, in their order: two files share an encode where these are the same. */
export function codedPictures(path: string): string[] {
  const context = openMp4(path)
  if (context === null) throw new Error(`${path} cannot be opened`)
  const packet = new Packet()
  packet.alloc()
  const digests: string[] = []
  while (context.readFrameSync(packet) >= 0) {
    const isPicture = context.streams[packet.streamIndex]?.codecpar.codecType === AVMEDIA_TYPE_VIDEO
    if (isPicture && packet.data !== null)
      digests.push(createHash('sha256').update(packet.data).digest('base64'))
    packet.unref()
  }
  packet.free()
  context.closeInputSync()
  return digests
}
