import nd from 'node-datachannel'
import { NativePeer } from './nativePeer.ts'
import { mergeOffers, splitAnswer } from './offererSdp.ts'
import { packetKindOf } from './packetKind.ts'
import { newIceCredentials } from './SectionPeer.ts'
import type { MediaDirection, MediaKind } from './types.ts'

/** Payload types an `Offerer` offers and expects. */
export const offererPayloadTypes = { audio: 111, video: 96 } as const

export type OffererSection = {
  /** Seen from the offerer. */
  direction: MediaDirection
  /** SSRC of the packets given to `sendRtp`. */
  ssrc: number
}

export interface OffererEvents {
  onRtp?(kind: MediaKind, packet: Buffer): void
  onRtcp?(kind: MediaKind, packet: Buffer): void
  /** Every section is connected. Once. */
  onConnected?(): void
  /** The other end closed a section, or its ICE or DTLS failed. Once; never after `close()`. */
  onClosed?(): void
}

export type OffererOptions = {
  /** For native logs. */
  name: string
  /** Left out: no such section. At least one of both is needed. */
  audio?: OffererSection
  video?: OffererSection
  cname: string
  /** Default: all interfaces. Use `127.0.0.1` towards a server that is bound to loopback. */
  bindAddress?: string
  events: OffererEvents
}

/**
 * A simulated browser's media: offers one Opus and one VP8 section in one SDP, each a connection of its own,
 * which is how this server answers. Raw RTP and RTCP go in and out; RTCP is the caller's business. No ICE
 * restart, no renegotiation.
 *
 * ```ts
 * const offerer = createOfferer({ name: 'm1', cname: 'm1', audio: { direction: 'sendrecv', ssrc: 1 }, events })
 * const answer = await signal(await offerer.createOffer())
 * offerer.acceptAnswer(answer)
 * ```
 */
export interface Offerer {
  /** The merged offer. To be called once. */
  createOffer(): Promise<string>
  /** Takes the server's answer, sections in any order. @throws Error when a section is missing or refused. */
  acceptAnswer(answerSdp: string): void
  /** False when the section is not connected or receive-only; never throws. The packet is copied. */
  sendRtp(kind: MediaKind, packet: Buffer): boolean
  sendRtcp(kind: MediaKind, packet: Buffer): boolean
  isOpen(kind: MediaKind): boolean
  /** Ends all connections without an event. May be called twice. */
  close(): void
}

type OfferedPeer = OffererSection & { kind: MediaKind; mid: string; native: NativePeer }

/** Builds the connections of a simulated browser; see `Offerer`. End the process with `shutdownTransport`. */
export function createOfferer(options: OffererOptions): Offerer {
  const { events } = options
  const peers = new Map<MediaKind, OfferedPeer>()
  let closed = false

  const onOpen = () => {
    if (closed) return
    for (const { native } of peers.values()) if (!native.isOpen) return
    events.onConnected?.()
  }
  const onDead = () => {
    if (closed) return
    close()
    events.onClosed?.()
  }
  const onPacket = (kind: MediaKind, packet: Buffer) => {
    const packetKind = packetKindOf(packet)
    if (packetKind === 'rtp') events.onRtp?.(kind, packet)
    else if (packetKind === 'rtcp') events.onRtcp?.(kind, packet)
  }
  const send = (kind: MediaKind, packet: Buffer) => peers.get(kind)?.native.send(packet) ?? false

  function close(): void {
    closed = true
    for (const { native } of peers.values()) native.close()
  }

  for (const kind of ['audio', 'video'] as const) {
    const section = options[kind]
    if (section === undefined) continue
    const mid = String(peers.size)
    const native = new NativePeer(
      `${options.name}-${kind}`,
      options.bindAddress === undefined ? {} : { bindAddress: options.bindAddress },
      { onOpen, onDead, onPacket: (packet) => onPacket(kind, packet) },
    )
    native.addTrack(trackOf(kind, mid, section, options.cname))
    peers.set(kind, { ...section, kind, mid, native })
  }
  if (peers.size === 0) throw new TypeError('An offerer needs an audio or a video section')

  return {
    async createOffer() {
      const offers = await Promise.all(
        [...peers.values()].map(async ({ kind, native }) => {
          const sdp = await native.gatherLocalDescription('offer', newIceCredentials())
          if (sdp === undefined)
            throw new Error(`${options.name}: no ICE candidates for ${kind} were gathered`)
          return sdp
        }),
      )
      return mergeOffers(offers)
    },
    acceptAnswer(answerSdp) {
      const answers = splitAnswer(answerSdp)
      for (const { mid, kind, native } of peers.values()) {
        const answer = answers.get(mid)
        if (answer === undefined) throw new Error(`The answer has no section for ${kind} (mid ${mid})`)
        if (answer.refused) throw new Error(`The answer refuses the ${kind} section (mid ${mid})`)
        native.setRemoteDescription(answer.sdp, 'answer')
      }
    },
    sendRtp: send,
    sendRtcp: send,
    isOpen: (kind) => peers.get(kind)?.native.isOpen ?? false,
    close,
  }
}

const nativeDirections = {
  sendrecv: 'SendRecv',
  sendonly: 'SendOnly',
  recvonly: 'RecvOnly',
  inactive: 'Inactive',
} as const

function trackOf(kind: MediaKind, mid: string, section: OffererSection, cname: string) {
  const direction = nativeDirections[section.direction]
  const media = kind === 'audio' ? new nd.Audio(mid, direction) : new nd.Video(mid, direction)
  if (media instanceof nd.Video) media.addVP8Codec(offererPayloadTypes.video)
  else media.addOpusCodec(offererPayloadTypes.audio, 'minptime=10;useinbandfec=1')
  media.addSSRC(section.ssrc, cname, cname, `${cname}-${kind}`)
  return media
}
