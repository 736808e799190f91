import type { MediaDescription } from 'sdp-transform'
import { playoutDelayUri } from '../rtp/playoutDelay.ts'
import type { MediaCodec, MediaKind } from './types.ts'

/** What the answer says about the one codec chosen for a section. */
export type ChosenCodec = {
  codec: MediaCodec
  payloadType: number
  clockRate: number
  telephoneEventPayloadType?: number
  /** Payload type of repeated Opus packets (RFC 2198), audio only. */
  redPayloadType?: number
  /** Id of the playout delay's header extension, video only. */
  playoutDelayId?: number
  /** `a=rtpmap`, `a=rtcp-fb`, `a=fmtp` and `a=extmap` lines. */
  lines: string[]
}

/** What `chooseCodec` accepts, for error messages. */
export const acceptedCodecs: Record<MediaKind, string> = {
  audio: 'opus/48000/2',
  video: 'VP8/90000 or H264/90000 with packetization-mode=1',
}

/**
 * Chrome's send bitrate, in kbit/s. Without congestion feedback in the answer Chrome begins at about 300 and
 * stays at a quarter of the picture's size for many seconds; REMB takes over from the start value.
 */
const videoStartBitrateKbps = 1200
const videoMaxBitrateKbps = 2500

const videoFeedback = ['nack', 'nack pli', 'ccm fir', 'goog-remb']

/** The codec to answer a section with, or undefined when it offers none that the server speaks. */
export function chooseCodec(kind: MediaKind, media: MediaDescription): ChosenCodec | undefined {
  return kind === 'audio' ? chooseAudio(media) : chooseVideo(media)
}

/** The codecs of a section as text, e.g. `VP9/90000, AV1/90000`. */
export function offeredCodecs(media: MediaDescription): string {
  const names = new Set(offeredFormats(media).map((format) => `${format.codec}/${format.clockRate}`))
  return [...names].slice(0, 12).join(', ') || 'none'
}

type OfferedFormat = { codec: string; payloadType: number; clockRate: number; channels: number; fmtp: string }

function offeredFormats(media: MediaDescription): OfferedFormat[] {
  const formats: OfferedFormat[] = []
  const listed = new Set(String(media.payloads ?? '').split(' '))
  for (const rtp of media.rtp) {
    // RFC 3551: 0..127; 64..95 would be taken for RTCP on a multiplexed port (RFC 5761 section 4).
    const valid = rtp.payload >= 0 && rtp.payload <= 127 && !(rtp.payload >= 64 && rtp.payload <= 95)
    if (!valid || !listed.has(String(rtp.payload))) continue
    formats.push({
      codec: String(rtp.codec).toLowerCase(),
      payloadType: rtp.payload,
      clockRate: rtp.rate ?? 0,
      channels: Number(rtp.encoding ?? 1),
      fmtp: String(media.fmtp.find((fmtp) => fmtp.payload === rtp.payload)?.config ?? ''),
    })
  }
  return formats
}

function chooseAudio(media: MediaDescription): ChosenCodec | undefined {
  const formats = offeredFormats(media)
  const opus = formats.find((f) => f.codec === 'opus' && f.clockRate === 48000 && f.channels === 2)
  if (opus === undefined) return undefined
  const lines = [
    `a=rtpmap:${opus.payloadType} opus/48000/2`,
    // No `stereo=1`: mono voice at about 32 kbit/s, with the redundancy that hides single losses.
    `a=fmtp:${opus.payloadType} minptime=10;useinbandfec=1`,
  ]
  // After Opus: the browser shall take repeated packets, and not send any by itself.
  const red = formats.find((f) => f.codec === 'red' && f.fmtp === `${opus.payloadType}/${opus.payloadType}`)
  if (red !== undefined) {
    lines.push(`a=rtpmap:${red.payloadType} red/48000/2`, `a=fmtp:${red.payloadType} ${red.fmtp}`)
  }
  const events = formats.filter((f) => f.codec === 'telephone-event')
  // RFC 4733 section 2.1: events share the clock of the audio they go with.
  const dtmf = events.find((f) => f.clockRate === 48000) ?? events[0]
  if (dtmf !== undefined) lines.push(`a=rtpmap:${dtmf.payloadType} telephone-event/${dtmf.clockRate}`)
  return {
    codec: 'opus',
    payloadType: opus.payloadType,
    clockRate: 48000,
    ...(dtmf && { telephoneEventPayloadType: dtmf.payloadType }),
    ...(red && { redPayloadType: red.payloadType }),
    lines,
  }
}

function chooseVideo(media: MediaDescription): ChosenCodec | undefined {
  const formats = offeredFormats(media).filter((f) => f.clockRate === 90000)
  const vp8 = formats.find((f) => f.codec === 'vp8')
  const delay = playoutDelayOf(media)
  if (vp8 !== undefined) return videoAnswer('vp8', 'VP8', vp8.payloadType, [], delay)
  const [h264] = formats
    .filter((f) => f.codec === 'h264' && fmtpValue(f.fmtp, 'packetization-mode') === '1')
    .map((format) => ({ format, profile: fmtpValue(format.fmtp, 'profile-level-id') ?? '42000a' }))
    .filter(({ profile }) => /^[0-9a-f]{6}$/.test(profile))
    .sort((a, b) => h264Rank(a.profile) - h264Rank(b.profile))
  if (h264 === undefined) return undefined
  const parameters = ['level-asymmetry-allowed=1', 'packetization-mode=1', `profile-level-id=${h264.profile}`]
  return videoAnswer('h264', 'H264', h264.format.payloadType, parameters, delay)
}

type HeaderExtension = { id: number; line: string }

/**
 * The playout delay's extension, if the browser takes it. Ids 1 to 14 fit into the one-byte form (RFC 8285 section
 * 4.2); what is offered for one direction is answered for the same, seen from here (section 6).
 */
function playoutDelayOf(media: MediaDescription): HeaderExtension | undefined {
  const offered = media.ext?.find(({ uri, value }) => uri === playoutDelayUri && value >= 1 && value <= 14)
  if (offered === undefined) return undefined
  const { value: id, direction } = offered
  if (direction === 'sendonly' || direction === 'inactive') return undefined
  return { id, line: `a=extmap:${id}${direction === 'recvonly' ? '/sendonly' : ''} ${playoutDelayUri}` }
}

/** Constrained baseline first: every browser and every decoder has it. */
function h264Rank(profile: string): number {
  if (profile === '42e01f') return 0
  if (profile.startsWith('42e0')) return 1
  return profile.startsWith('42') ? 2 : 3
}

function fmtpValue(fmtp: string, name: string): string | undefined {
  for (const parameter of fmtp.split(';')) {
    const [key, value] = parameter.trim().split('=')
    if (key?.toLowerCase() === name) return value?.trim().toLowerCase()
  }
  return undefined
}

function videoAnswer(
  codec: 'vp8' | 'h264',
  encodingName: string,
  payloadType: number,
  parameters: string[],
  playoutDelay: HeaderExtension | undefined,
): ChosenCodec {
  const fmtp = [
    ...parameters,
    `x-google-start-bitrate=${videoStartBitrateKbps}`,
    `x-google-max-bitrate=${videoMaxBitrateKbps}`,
  ]
  return {
    codec,
    payloadType,
    clockRate: 90000,
    ...(playoutDelay !== undefined && { playoutDelayId: playoutDelay.id }),
    lines: [
      `a=rtpmap:${payloadType} ${encodingName}/90000`,
      // No transport-cc: it would switch REMB off, and the server sends no transport-wide feedback.
      ...videoFeedback.map((feedback) => `a=rtcp-fb:${payloadType} ${feedback}`),
      `a=fmtp:${payloadType} ${fmtp.join(';')}`,
      ...(playoutDelay === undefined ? [] : [playoutDelay.line]),
    ],
  }
}
