import { expect, it } from 'vitest'
import { playoutDelayScratchBytes, withPlayoutDelay } from './playoutDelay.ts'
import { RtpHeader } from './RtpHeader.ts'
import { rtpPacket } from './testSupport.ts'

it('withPlayoutDelay adds the extension to a copy and leaves everything else', () => {
  const packet = rtpPacket({
    sequenceNumber: 9,
    marker: true,
    timestamp: 77,
    payload: Uint8Array.of(1, 2, 3),
  })
  const before = Buffer.from(packet)
  const longer = withPlayoutDelay(packet, 5, 640, Buffer.alloc(playoutDelayScratchBytes))
  expect(packet.equals(before)).toBe(true)
  const header = new RtpHeader()
  expect(header.parse(longer)).toBe(true)
  expect(header).toMatchObject({ sequenceNumber: 9, marker: true, timestamp: 77, payloadLength: 3 })
  expect([...longer.subarray(header.payloadOffset)]).toEqual([1, 2, 3])
  expect(header.extensionProfile).toBe(0xbede)
  // Id 5, three bytes: 64 and 4095 in units of 10 ms.
  const extension = longer.subarray(header.extensionOffset, header.extensionOffset + header.extensionLength)
  expect(extension.toString('hex')).toBe('52' + '040' + 'fff')
})
