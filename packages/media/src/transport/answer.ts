import type { OfferSlot, OfferedSection, RefusedSection } from './offer.ts'
import { addressFamily, joinLines } from './sdpLines.ts'
import type { MediaDirection } from './types.ts'

/** The server's end of one ICE and DTLS transport. */
export type LocalTransport = {
  iceUfrag: string
  icePwd: string
  /** `a=fingerprint` value. */
  fingerprint: string
  setup: 'active' | 'passive'
}

export type AnswerCandidate = { address: string; port: number; priority: number }

export type AnswerSection = {
  offered: OfferedSection
  local: LocalTransport
  /** Seen from the server. */
  direction: MediaDirection
  /** Best first; never empty. */
  candidates: AnswerCandidate[]
  /** SSRC of what the server sends in this section; null where it is not to be named. */
  ssrc: number | null
}

export type AnswerSession = {
  /** Numeric session id of the `o=` line, fixed for a leg. */
  sessionId: string
  /** Version of the `o=` line; an answer with a version that was seen is ignored by clients. */
  version: number
  streamId: string
  cname: string
}

/**
 * Writes an answer without BUNDLE: every section has its own ICE credentials, fingerprint and candidates.
 *
 * When the offer begins with video, the audio sections come first all the same: clients of this protocol
 * swap the sections of such an answer back. All other offers are answered in their own order.
 */
export function writeAnswer(
  session: AnswerSession,
  slots: readonly OfferSlot[],
  accepted: ReadonlyMap<OfferedSection, AnswerSection>,
): string {
  const written = slots.map((slot) => {
    const answer = slot.accepted ? accepted.get(slot.section) : undefined
    return {
      type: slot.accepted ? slot.section.kind : slot.section.type,
      lines: answer === undefined ? refusedLines(slot) : acceptedLines(answer, session),
    }
  })
  const first = written.find(({ type }) => type === 'audio' || type === 'video')
  const ordered =
    first?.type === 'video'
      ? [...written.filter((s) => s.type === 'audio'), ...written.filter((s) => s.type !== 'audio')]
      : written
  return joinLines([
    'v=0',
    `o=- ${session.sessionId} ${session.version} IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    `a=msid-semantic:WMS ${session.streamId}`,
    ...ordered.flatMap(({ lines }) => lines),
  ])
}

function refusedLines(slot: OfferSlot): string[] {
  const section: RefusedSection = slot.accepted
    ? { type: slot.section.kind, protocol: slot.section.protocol, payloads: '0', mid: slot.section.mid }
    : slot.section
  return [
    `m=${section.type} 0 ${section.protocol} ${section.payloads}`,
    'c=IN IP4 0.0.0.0',
    ...(section.mid === undefined ? [] : [`a=mid:${section.mid}`]),
    'a=inactive',
  ]
}

function acceptedLines(answer: AnswerSection, session: AnswerSession): string[] {
  const { offered, local, direction, candidates, ssrc } = answer
  const { codec } = offered
  const { payloadType, redPayloadType, telephoneEventPayloadType } = codec
  const payloadTypes = [payloadType, redPayloadType, telephoneEventPayloadType].filter(
    (pt) => pt !== undefined,
  )
  const address = candidates[0]?.address ?? '0.0.0.0'
  const sends = direction === 'sendrecv' || direction === 'sendonly'
  const track = `${session.streamId} ${session.streamId}-${offered.kind}`
  return [
    `m=${offered.kind} ${candidates[0]?.port ?? 9} ${offered.protocol} ${payloadTypes.join(' ')}`,
    `c=IN ${addressFamily(address)} ${address}`,
    `a=mid:${offered.mid}`,
    `a=${direction}`,
    ...(sends ? [`a=msid:${track}`] : []),
    'a=rtcp-mux',
    ...codec.lines,
    `a=ice-ufrag:${local.iceUfrag}`,
    `a=ice-pwd:${local.icePwd}`,
    `a=fingerprint:${local.fingerprint}`,
    `a=setup:${local.setup}`,
    ...candidates.map(
      (candidate, i) =>
        `a=candidate:${i + 1} 1 UDP ${candidate.priority} ${candidate.address} ${candidate.port} typ host`,
    ),
    'a=end-of-candidates',
    ...(sends && ssrc !== null
      ? [`a=ssrc:${ssrc} cname:${session.cname}`, `a=ssrc:${ssrc} msid:${track}`]
      : []),
  ]
}

/** The server's direction for an offered one, restricted by what the leg may do (all seen from the browser). */
export function answerDirection(
  offered: MediaDirection,
  allowed: { send: boolean; receive: boolean },
): MediaDirection {
  const receives = allowed.send && (offered === 'sendrecv' || offered === 'sendonly')
  const sends = allowed.receive && (offered === 'sendrecv' || offered === 'recvonly')
  if (sends && receives) return 'sendrecv'
  if (sends) return 'sendonly'
  return receives ? 'recvonly' : 'inactive'
}
