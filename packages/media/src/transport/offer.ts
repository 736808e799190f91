import { isIP } from 'node:net'
import { parse } from 'sdp-transform'
import type { MediaDescription, SessionDescription } from 'sdp-transform'
import { MediaError } from '../MediaError.ts'
import { acceptedCodecs, chooseCodec, offeredCodecs } from './codecs.ts'
import type { ChosenCodec } from './codecs.ts'
import type { MediaDirection, MediaKind } from './types.ts'

/** Limits on an offer. A browser's offer of two sections is about 8 kB. */
export const maxOfferBytes = 64 * 1024
export const maxOfferSections = 20
/** Candidates beyond these are ignored; a browser's own checks find the path anyway. */
const maxCandidatesPerSection = 16

/** The browser's end of one ICE and DTLS transport. All values are validated. */
export type RemoteTransport = {
  iceUfrag: string
  icePwd: string
  fingerprint: { algorithm: string; value: string }
  setup: 'actpass' | 'active' | 'passive'
  /** `a=candidate` values with literal addresses, UDP, component 1. */
  candidates: string[]
}

/** A section that is answered with media. */
export type OfferedSection = {
  kind: MediaKind
  mid: string
  protocol: string
  /** Seen from the browser. */
  direction: MediaDirection
  codec: ChosenCodec
  remote: RemoteTransport
}

/** A section that is answered with port 0: stopped by the browser, or one the server has no use for. */
export type RefusedSection = { type: string; protocol: string; payloads: string; mid: string | undefined }

export type OfferSlot =
  { accepted: true; section: OfferedSection } | { accepted: false; section: RefusedSection }

export type ParsedOffer = { slots: OfferSlot[] }

/**
 * Reads and checks an offer. The first live audio and the first live video section are accepted; stopped
 * sections (port 0), further ones and data channels are refused.
 *
 * @throws MediaError `invalid_sdp`, saying what is wrong and what is allowed.
 */
export function parseOffer(sdp: string): ParsedOffer {
  const session = parseSession(sdp)
  const taken = new Set<MediaKind>()
  const mids = new Set<string>()
  const slots = session.media.map((media, index): OfferSlot => {
    checkMediaLine(media, index)
    const kind = media.type === 'audio' || media.type === 'video' ? media.type : undefined
    // A stopped section may have lost its mid; a live one never has.
    const mid = readMid(media, index, mids)
    const bundleOnly = media.bundleOnly !== undefined
    if (kind === undefined || (media.port === 0 && !bundleOnly) || taken.has(kind)) {
      return { accepted: false, section: refusedSection(media, mid) }
    }
    taken.add(kind)
    return { accepted: true, section: readSection(kind, mid, media, session, index) }
  })
  if (taken.size === 0) {
    throw invalid(
      'The offer has no audio or video section that is not stopped; one of them at least is needed',
    )
  }
  return { slots }
}

function invalid(message: string): MediaError {
  return new MediaError('invalid_sdp', message)
}

function parseSession(sdp: string): SessionDescription {
  if (typeof sdp !== 'string' || sdp === '') throw invalid('The offer is empty; an SDP is needed')
  const bytes = Buffer.byteLength(sdp)
  if (bytes > maxOfferBytes) {
    throw invalid(`The offer has ${bytes} bytes; at most ${maxOfferBytes} are allowed`)
  }
  if (!/^v=0\r?\n/.test(sdp)) throw invalid('The offer is not an SDP: it does not begin with the line "v=0"')
  const sectionCount = sdp.match(/^m=/gm)?.length ?? 0
  if (sectionCount === 0) throw invalid('The offer has no media section (no line begins with "m=")')
  if (sectionCount > maxOfferSections) {
    throw invalid(`The offer has ${sectionCount} media sections; at most ${maxOfferSections} are allowed`)
  }
  return parse(sdp)
}

/** These three go back into the answer as they are, so they must be plain tokens. */
function checkMediaLine(media: MediaDescription, index: number): void {
  const payloads = String(media.payloads ?? '')
  const wellFormed =
    typeof media.type === 'string' &&
    /^[a-z]{1,16}$/.test(media.type) &&
    Number.isInteger(media.port) &&
    typeof media.protocol === 'string' &&
    /^[A-Za-z/]{3,32}$/.test(media.protocol) &&
    /^[A-Za-z0-9 -]{1,512}$/.test(payloads)
  if (!wellFormed) throw invalid(`Media section ${index} has a malformed "m=" line`)
}

function readMid(media: MediaDescription, index: number, seen: Set<string>): string {
  const mid = media.mid === undefined ? '' : String(media.mid)
  if (mid === '' && media.port === 0) return ''
  if (mid === '') throw invalid(`${label(media, index)} has no "a=mid" line`)
  // RFC 8843 and RFC 9429 section 5.2.1 keep it short; 32 is generous.
  if (!/^[\w!#$%&'*+\-.^`{|}~]{1,32}$/.test(mid)) {
    throw invalid(`${label(media, index)} has an "a=mid" that is not a token of at most 32 characters`)
  }
  if (seen.has(mid)) throw invalid(`Two media sections have the same "a=mid:${mid}"`)
  seen.add(mid)
  return mid
}

function refusedSection(media: MediaDescription, mid: string): RefusedSection {
  const payloads = String(media.payloads).trim().split(/ +/)
  return {
    type: media.type,
    protocol: media.protocol,
    // One format is enough for a refusal (RFC 3264 section 6).
    payloads: payloads[0] ?? '0',
    mid: mid === '' ? undefined : mid,
  }
}

function label(media: MediaDescription, index: number): string {
  const mid = media.mid === undefined ? '' : `, mid ${String(media.mid).slice(0, 32)}`
  return `Media section ${index} (${media.type}${mid})`
}

function readSection(
  kind: MediaKind,
  mid: string,
  media: MediaDescription,
  session: SessionDescription,
  index: number,
): OfferedSection {
  const name = label(media, index)
  if (media.bundleOnly !== undefined) {
    throw invalid(`${name} is bundle-only; offer with bundlePolicy "max-compat" or "balanced"`)
  }
  if (!/^(UDP|TCP)\/TLS\/RTP\/SAVPF$/.test(media.protocol)) {
    throw invalid(`${name} uses ${media.protocol}; only UDP/TLS/RTP/SAVPF (DTLS-SRTP) is supported`)
  }
  if (media.rtcpMux === undefined) {
    throw invalid(`${name} has no "a=rtcp-mux"; RTP and RTCP must share one port`)
  }
  const codec = chooseCodec(kind, media)
  if (codec === undefined) {
    throw invalid(
      `${name} offers no codec that is supported: it has ${offeredCodecs(media)}, allowed is ${acceptedCodecs[kind]}`,
    )
  }
  return {
    kind,
    mid,
    protocol: media.protocol,
    direction: media.direction ?? session.direction ?? 'sendrecv',
    codec,
    remote: readTransport(media, session, name),
  }
}

const fingerprintBytes: Record<string, number> = { 'sha-256': 32, 'sha-384': 48, 'sha-512': 64 }

function readTransport(media: MediaDescription, session: SessionDescription, name: string): RemoteTransport {
  const iceUfrag = String(media.iceUfrag ?? session.iceUfrag ?? '')
  const icePwd = String(media.icePwd ?? session.icePwd ?? '')
  if (iceUfrag === '' || icePwd === '') throw invalid(`${name} has no "a=ice-ufrag" and "a=ice-pwd"`)
  // RFC 8839 section 5.4: 4 to 256 and 22 to 256 ice-chars.
  if (!/^[A-Za-z0-9+/]{4,256}$/.test(iceUfrag) || !/^[A-Za-z0-9+/]{22,256}$/.test(icePwd)) {
    throw invalid(`${name} has malformed ICE credentials (RFC 8839: 4 to 256 and 22 to 256 ice-chars)`)
  }
  const fingerprint = media.fingerprint ?? session.fingerprint
  if (fingerprint === undefined) throw invalid(`${name} has no "a=fingerprint"; DTLS needs one`)
  const algorithm = String(fingerprint.type).toLowerCase()
  const value = String(fingerprint.hash).toUpperCase()
  const bytes = Object.hasOwn(fingerprintBytes, algorithm) ? fingerprintBytes[algorithm] : undefined
  if (bytes === undefined || !/^[0-9A-F]{2}(:[0-9A-F]{2})*$/.test(value) || value.length !== bytes * 3 - 1) {
    throw invalid(`${name} has a malformed fingerprint; allowed are sha-256, sha-384 and sha-512`)
  }
  const setup = String(media.setup ?? session.setup ?? 'actpass')
  if (setup !== 'actpass' && setup !== 'active' && setup !== 'passive') {
    throw invalid(`${name} has "a=setup:${setup.slice(0, 32)}"; allowed are actpass, active and passive`)
  }
  return { iceUfrag, icePwd, fingerprint: { algorithm, value }, setup, candidates: readCandidates(media) }
}

/**
 * Keeps what can be used. Host names are left out: the native library would start a thread for each to look
 * it up, and `.local` names mean nothing outside the browser's network.
 */
function readCandidates(media: MediaDescription): string[] {
  const lines: string[] = []
  for (const candidate of media.candidates ?? []) {
    const ip = String(candidate.ip)
    const usable =
      candidate.component === 1 &&
      String(candidate.transport).toLowerCase() === 'udp' &&
      isIP(ip) !== 0 &&
      !ip.includes('%') &&
      Number.isInteger(candidate.port) &&
      candidate.port > 0 &&
      candidate.port < 65536 &&
      /^(host|srflx|prflx|relay)$/.test(candidate.type) &&
      Number.isInteger(candidate.priority) &&
      candidate.priority >= 0 &&
      candidate.priority < 2 ** 31
    if (!usable) continue
    const related = candidate.type === 'host' ? '' : ' raddr 0.0.0.0 rport 0'
    const foundation = lines.length + 1
    lines.push(
      `${foundation} 1 UDP ${candidate.priority} ${ip} ${candidate.port} typ ${candidate.type}${related}`,
    )
    if (lines.length === maxCandidatesPerSection) break
  }
  return lines
}
