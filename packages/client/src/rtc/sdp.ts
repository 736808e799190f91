/**
 * Removes candidates with a `.local` name: the browser hides its addresses behind mDNS names, which only
 * hosts of the same network segment can resolve. The server learns the address from the first check
 * (peer-reflexive candidates, RFC 8445 section 7.3.1.3).
 */
export function withoutLocalNames(sdp: string): string {
  return sdp
    .split('\r\n')
    .filter((line) => !/^a=candidate:\S+ \d+ \S+ \d+ \S+\.local /i.test(line))
    .join('\r\n')
}
