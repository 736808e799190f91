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

/**
 * Whether the browser that wrote `sdp` follows a server that begins a new DTLS association with an ICE restart, as
 * a changed fingerprint says (RFC 8842 section 3). Firefox keeps the one it has: it would say that it is connected,
 * and nothing would pass.
 */
export function renewsDtls(sdp: string): boolean {
  return !/^o=mozilla/m.test(sdp)
}
