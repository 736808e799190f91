/** NAL unit types of H.264 (table 7-1) and of its RTP payload (RFC 6184 5.2). */
export const NalType = {
  slice: 1,
  idrSlice: 5,
  supplementalInfo: 6,
  sequenceParameters: 7,
  pictureParameters: 8,
  accessUnitDelimiter: 9,
  stapA: 24,
  fuA: 28,
} as const

export function nalType(header: number): number {
  return header & 0x1f
}

const startCode = Buffer.from([0, 0, 1])

/**
 * Visits the NAL units of an Annex B byte stream with start codes of three or four bytes, without their
 * start codes and trailing zeros. Bytes before the first start code are skipped.
 */
export function forEachNalUnit(frame: Uint8Array, visit: (start: number, end: number) => void): void {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)
  let codeAt = bytes.indexOf(startCode)
  while (codeAt >= 0) {
    const start = codeAt + startCode.length
    codeAt = bytes.indexOf(startCode, start)
    let end = codeAt < 0 ? bytes.length : codeAt
    while (end > start && bytes[end - 1] === 0) end--
    if (end > start) visit(start, end)
  }
}
