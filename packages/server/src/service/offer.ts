import { RoomError } from '@roomful/protocol'

/** What the service wants to know of an offer; everything else is the media process's business. */
export type OfferSummary = {
  /** DTLS fingerprints (RFC 8122). A browser that makes a new peer connection has a new one. */
  fingerprint: string
  sendsAudio: boolean
  sendsVideo: boolean
  /** The same, without sections that no track stands behind: the stock client offers both kinds for a screen. */
  tracks: { audio: boolean; video: boolean }
}

/** Throws `RoomError('invalid_sdp')` for what cannot be an offer. */
export function summarizeOffer(sdp: string): OfferSummary {
  const lines = sdp.split(/\r?\n/)
  if (lines[0] !== 'v=0') {
    throw new RoomError('invalid_sdp', 'Invalid SDP: an offer begins with the line "v=0"')
  }
  const fingerprints = new Set<string>()
  const sends = { audio: false, video: false }
  const tracks = { audio: false, video: false }
  let section: { kind: string; rejected: boolean; direction: string; isEmpty: boolean } | undefined
  let sessionDirection = 'sendrecv'
  const finishSection = (): void => {
    if (section === undefined || section.rejected) return
    if (section.direction !== 'sendrecv' && section.direction !== 'sendonly') return
    if (section.kind !== 'audio' && section.kind !== 'video') return
    sends[section.kind] = true
    if (!section.isEmpty) tracks[section.kind] = true
  }
  for (const line of lines) {
    if (line.startsWith('m=')) {
      finishSection()
      const [kind = '', port = ''] = line.slice(2).split(' ')
      section = { kind, rejected: port === '0', direction: sessionDirection, isEmpty: false }
    } else if (/^a=(sendrecv|sendonly|recvonly|inactive)$/.test(line)) {
      if (section === undefined) sessionDirection = line.slice(2)
      else section.direction = line.slice(2)
    } else if (line.startsWith('a=msid:- ')) {
      // A track of no stream: what browsers write for a transceiver that has none to send (RFC 8830 section 2).
      if (section !== undefined) section.isEmpty = true
    } else if (line === 'a=bundle-only') {
      // Port 0 means "not on a port of its own" here, not "rejected" (RFC 9143 section 6).
      if (section !== undefined) section.rejected = false
    } else if (line.startsWith('a=fingerprint:')) {
      fingerprints.add(line.slice('a=fingerprint:'.length).trim().toLowerCase())
    }
  }
  finishSection()
  if (section === undefined) throw new RoomError('invalid_sdp', 'Invalid SDP: the offer has no media section')
  return {
    fingerprint: [...fingerprints].sort().join(' '),
    sendsAudio: sends.audio,
    sendsVideo: sends.video,
    tracks,
  }
}
