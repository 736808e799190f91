/** What the SDK reads from a room token. Everything else in it is for the server. */
export type DecodedToken = {
  /** Header claim `ch`: where the server is, e.g. `wss://video.example.com`. */
  host?: string
  /** Payload claim `r`. */
  roomName?: string
  /** Whether the session may be kept in `sessionStorage` (header claim `typ` is absent, VRT or SAT). */
  canReattach: boolean
}

function decodePart(part: string | undefined): Record<string, unknown> {
  if (!part) return {}
  const base64 = part.replaceAll('-', '+').replaceAll('_', '/')
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)

/**
 * Reads header and payload of a JWT without checking its signature. A token that cannot be read gives an
 * empty result: the server is the one to refuse it.
 */
export function decodeToken(token: string): DecodedToken {
  try {
    const [headerPart, payloadPart] = token.split('.')
    const header = decodePart(headerPart)
    const payload = decodePart(payloadPart)
    const type = header.typ ?? 'VRT'
    return {
      host: text(header.ch),
      roomName: text(payload.r),
      canReattach: type === 'VRT' || type === 'SAT',
    }
  } catch {
    return { canReattach: false }
  }
}

/** WebSocket URL of the server: token, then option, then the page's own origin. */
export function resolveUrl(
  token: DecodedToken,
  host: string | undefined,
  page: string | undefined,
): string | undefined {
  const chosen = token.host ?? host
  if (chosen) return /^wss?:\/\//i.test(chosen) ? chosen : `wss://${chosen}`
  if (!page || !/^https?:/i.test(page)) return undefined
  return new URL(page).origin.replace(/^http/i, 'ws')
}
