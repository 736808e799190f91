import { expect, it } from 'vitest'
import { Filler, repeatedFillerBytes } from './filler.ts'
import { RtpHeader } from './RtpHeader.ts'

it('Filler makes packets that are all padding, of any length', () => {
  const filler = new Filler()
  const header = new RtpHeader()
  for (const bytes of [255, repeatedFillerBytes, 100, undefined]) {
    const packet = filler.build({ payloadType: 96, sequenceNumber: 7, rtpTimestamp: 90, ssrc: 5 }, bytes)
    expect(packet.length).toBe(12 + (bytes ?? 255))
    expect(header.parse(packet)).toBe(true)
    expect(header).toMatchObject({
      marker: false,
      payloadType: 96,
      sequenceNumber: 7,
      timestamp: 90,
      ssrc: 5,
      payloadLength: 0,
      paddingLength: bytes ?? 255,
    })
  }
})
