import { rtpPacket } from './testSupport.ts'
import type { PacketFields } from './testSupport.ts'
import { VideoReceiver } from './VideoReceiver.ts'
import type { ReceivedFrame, VideoReceiverConfig } from './VideoReceiver.ts'

/** A receiver with everything it says, and a sender of VP8 packets that numbers them. */
export function setUpVideoReceiver(config: Partial<VideoReceiverConfig> = {}, first = 100) {
  const frames: ReceivedFrame[] = []
  const nacks: number[][] = []
  let keyframeRequests = 0
  const receiver = new VideoReceiver(
    { codec: 'vp8', payloadType: 96, ...config },
    {
      onFrame: (frame) => frames.push(frame),
      onNack: (sequenceNumbers) => nacks.push(sequenceNumbers),
      onKeyframeNeeded: () => keyframeRequests++,
    },
  )
  let sequenceNumber = first
  let timestamp = 0xffffffff - 3 * 3000
  /** The packets of the next frame; each packet's data is one byte more than a descriptor. */
  const frame = (kind: 'key' | 'inter', packets = 3, fields: Partial<PacketFields> = {}): Buffer[] => {
    timestamp = (timestamp + 3000) >>> 0
    return Array.from({ length: packets }, (_, i) =>
      rtpPacket({
        sequenceNumber: sequenceNumber++ & 0xffff,
        timestamp,
        marker: i === packets - 1,
        payload: Uint8Array.of(i === 0 ? 0x10 : 0, i === 0 ? (kind === 'key' ? 0 : 1) : i),
        ...fields,
      }),
    )
  }
  const padding = (): Buffer =>
    rtpPacket({ sequenceNumber: sequenceNumber++ & 0xffff, timestamp, padding: 200 })
  const push = (packets: (Buffer | undefined)[], nowMs: number) => {
    for (const packet of packets) if (packet) receiver.push(packet, nowMs)
  }
  /** Polls every 20 ms after `fromMs` up to `toMs`. */
  const poll = (fromMs: number, toMs: number) => {
    for (let nowMs = fromMs + 20; nowMs <= toMs; nowMs += 20) receiver.poll(nowMs)
  }
  const kinds = () => frames.map(({ isKey }) => (isKey ? 'key' : 'inter'))
  return { receiver, frames, kinds, nacks, frame, padding, push, poll, requests: () => keyframeRequests }
}
