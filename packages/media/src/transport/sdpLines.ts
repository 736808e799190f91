/**
 * SDP ends its lines with CRLF, the last one too (RFC 8866 section 5). Browsers' clients cut at CRLF and
 * count on it.
 */
export function joinLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\r\n`).join('')
}

export type SdpParts = { session: string[]; sections: string[][] }

/** Cuts an SDP into the lines of its session part and of each media section. Takes LF and CRLF. */
export function splitSdp(sdp: string): SdpParts {
  const parts: SdpParts = { session: [], sections: [] }
  let current = parts.session
  for (const line of sdp.split(/\r\n|\n|\r/)) {
    if (line === '') continue
    if (line.startsWith('m=')) {
      current = []
      parts.sections.push(current)
    }
    current.push(line)
  }
  return parts
}

/** Value of the first `a=<name>:` line. */
export function attributeOf(lines: readonly string[], name: string): string | undefined {
  const prefix = `a=${name}:`
  return lines.find((line) => line.startsWith(prefix))?.slice(prefix.length)
}

/** `IP4` or `IP6`, for `c=` and `o=` lines. */
export function addressFamily(address: string): 'IP4' | 'IP6' {
  return address.includes(':') ? 'IP6' : 'IP4'
}
