import { attributeOf, joinLines, splitSdp } from './sdpLines.ts'

/**
 * Puts offers of one section each into one offer. What stands in their session parts and belongs to the
 * transport (the fingerprint) moves into the sections; there is no BUNDLE.
 *
 * The candidates are left out: they would make the answerer check at once, and on a path without delay
 * libdatachannel may then finish ICE and begin DTLS before it has stored the answer's fingerprint, which fails
 * ("unknown CA"), or loses the first DTLS hello and repeats it after 1 s. The answerer learns the addresses
 * from the offerer's own checks, as with a browser that hides them.
 */
export function mergeOffers(offers: readonly string[]): string {
  const sections = offers.flatMap((offer) => {
    const parts = splitSdp(offer)
    const fingerprint = attributeOf(parts.session, 'fingerprint')
    return parts.sections.map((section) => {
      const lines = section.filter((line) => !/^a=(candidate:|end-of-candidates)/.test(line))
      return fingerprint === undefined || attributeOf(lines, 'fingerprint') !== undefined
        ? lines
        : [...lines, `a=fingerprint:${fingerprint}`]
    })
  })
  const session = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=msid-semantic:WMS *']
  return joinLines([...session, ...sections.flat()])
}

/** The sections of an unbundled answer, each as an SDP of its own, by `a=mid`. */
export function splitAnswer(answer: string): Map<string, { sdp: string; refused: boolean }> {
  const { session, sections } = splitSdp(answer)
  const byMid = new Map<string, { sdp: string; refused: boolean }>()
  for (const lines of sections) {
    const mid = attributeOf(lines, 'mid')
    if (mid === undefined) continue
    // libdatachannel has been seen to stumble over end-of-candidates in answers; it does not need it.
    const kept = [...session, ...lines].filter(
      (line) => line !== 'a=end-of-candidates' && !line.startsWith('a=group:'),
    )
    byMid.set(mid, { sdp: joinLines(kept), refused: /^m=\w+ 0 /.test(lines[0] ?? '') })
  }
  return byMid
}
