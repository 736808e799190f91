/** A day of two-second segments has a third of this. */
export const maxPlaylistBytes = 10_000_000

/** Whether FFmpeg may take a response for an HLS playlist, which it does by name or type (and by its content). */
export function isPlaylist(url: URL, contentType: number | string | readonly string[] | undefined): boolean {
  return /\.m3u8?$/i.test(url.pathname) || (typeof contentType === 'string' && /mpegurl/i.test(contentType))
}

/**
 * Replaces the hosts of `https:` URIs in an HLS playlist (RFC 8216 section 4.1: a URI is a line of its own, or
 * a quoted attribute). Relative ones are left: they inherit the host that the playlist itself was asked from.
 *
 * @param base Where the playlist came from: `//host/path` means its protocol.
 * @param inside The plain HTTP host that stands for an `https:` one; null: leave the URI as it is.
 */
export function rewritePlaylist(text: string, base: URL, inside: (host: string) => string | null): string {
  return text.replace(
    /(^[ \t]*|")(https:)?\/\/([^/?#\s"]+)/gim,
    (whole: string, before: string, protocol: string | undefined, host: string) => {
      if (protocol === undefined && base.protocol !== 'https:') return whole
      const replaced = inside(host.replace(/^.*@/, ''))
      return replaced === null ? whole : `${before}http://${replaced}`
    },
  )
}
