import { randomBytes } from 'node:crypto'
import nd from 'node-datachannel'
import { MediaError } from '../MediaError.ts'
import type { LocalTransport } from './answer.ts'
import { NativePeer } from './nativePeer.ts'
import type { NativePeerEvents } from './nativePeer.ts'
import type { RemoteTransport } from './offer.ts'
import type { RelayPort } from './RelayPort.ts'
import { holdRtcPort } from './rtcPort.ts'
import { attributeOf, joinLines, splitSdp } from './sdpLines.ts'
import type { MediaKind } from './types.ts'

/** Time for ICE and DTLS. The native library gives up on ICE after 40 s by itself, but not on DTLS. */
const connectTimeoutMs = 45_000

export type SectionPeerOptions = {
  name: string
  kind: MediaKind
  rtcPort: number
  rtcHost: string | undefined
  remote: RemoteTransport
  ssrc: number
  cname: string
  relayPort: RelayPort | undefined
  events: NativePeerEvents
}

export type BoundAddress = { address: string; port: number }

/**
 * The server's end of one media section: one PeerConnection on the shared UDP port.
 *
 * It carries packets both ways whatever the section's direction: directions, codecs and payload types are
 * matters of the answer that `LegTransport` writes. So a re-offer over the same transport changes nothing
 * here, and the native library reads no text of the browser: its offer is written from validated values.
 */
export class SectionPeer {
  /** Tells whether a later offer still means this transport; a change asks for a new one (RFC 8839, 8842). */
  readonly transportKey: string
  readonly local: LocalTransport
  /** Where the shared port is reachable without an announced address. */
  readonly boundAddresses: readonly BoundAddress[]
  readonly #native: NativePeer
  readonly #connectTimer: NodeJS.Timeout

  /** @throws MediaError when the port or the native library fails. */
  static async create(options: SectionPeerOptions): Promise<SectionPeer> {
    const { events, rtcPort, rtcHost } = options
    const credentials = newIceCredentials()
    let connectTimer: NodeJS.Timeout | undefined
    let shutOut: (() => void) | undefined
    const releasePort = await holdRtcPort(rtcPort, rtcHost)
    const native = new NativePeer(
      options.name,
      {
        enableIceUdpMux: true,
        portRangeBegin: rtcPort,
        portRangeEnd: rtcPort,
        ...(rtcHost !== undefined && { bindAddress: rtcHost }),
      },
      {
        onOpen: () => {
          clearTimeout(connectTimer)
          events.onOpen()
        },
        onPacket: (packet) => events.onPacket(packet),
        onDead: () => {
          clearTimeout(connectTimer)
          events.onDead()
        },
        onGone: () => {
          shutOut?.()
          releasePort()
        },
      },
    )
    try {
      native.addTrack(trackOf(options))
      native.setRemoteDescription(remoteOffer(options.kind, options.remote), 'offer')
      const sdp = await native.gatherLocalDescription('answer', credentials)
      if (sdp === undefined)
        throw new MediaError('internal', `${options.name}: no ICE candidates were gathered`)
      shutOut = options.relayPort?.admit(credentials)
      connectTimer = setTimeout(() => {
        if (native.isOpen || native.isEnded) return
        native.close()
        events.onDead()
      }, connectTimeoutMs)
      return new SectionPeer(native, transportKeyOf(options.remote), sdp, connectTimer)
    } catch (error) {
      native.close()
      if (error instanceof MediaError) throw error
      const reason = error instanceof Error ? error.message : String(error)
      throw new MediaError('invalid_sdp', `The ${options.kind} section was refused: ${reason}`, {
        cause: error,
      })
    }
  }

  private constructor(native: NativePeer, transportKey: string, sdp: string, connectTimer: NodeJS.Timeout) {
    this.#native = native
    this.#connectTimer = connectTimer
    this.transportKey = transportKey
    const { session, sections } = splitSdp(sdp)
    const lines = [...(sections[0] ?? []), ...session]
    this.local = {
      iceUfrag: attributeOf(lines, 'ice-ufrag') ?? '',
      icePwd: attributeOf(lines, 'ice-pwd') ?? '',
      fingerprint: attributeOf(lines, 'fingerprint') ?? '',
      setup: attributeOf(lines, 'setup') === 'passive' ? 'passive' : 'active',
    }
    this.boundAddresses = boundAddressesOf(lines)
  }

  get isOpen(): boolean {
    return this.#native.isOpen
  }

  get isEnded(): boolean {
    return this.#native.isEnded
  }

  /** False when not open; never throws. The packet is copied before this returns. */
  send(packet: Buffer): boolean {
    return this.#native.send(packet)
  }

  /** Ends it without an event. */
  close(): void {
    clearTimeout(this.#connectTimer)
    this.#native.close()
  }
}

/** The part of a browser's transport that, when changed, makes it another transport. */
export function transportKeyOf(remote: RemoteTransport): string {
  return `${remote.iceUfrag} ${remote.icePwd} ${remote.fingerprint.algorithm} ${remote.fingerprint.value}`
}

/** Credentials unique to a connection: 72 and 192 random bits as ice-chars. */
export function newIceCredentials(): { iceUfrag: string; icePwd: string } {
  return { iceUfrag: randomBytes(9).toString('base64'), icePwd: randomBytes(24).toString('base64') }
}

// Any valid payload type does: the native track passes all of them.
const audioPayloadType = 111
const videoPayloadType = 96

function trackOf({ kind, ssrc, cname }: SectionPeerOptions) {
  const media = kind === 'audio' ? new nd.Audio('0', 'SendRecv') : new nd.Video('0', 'SendRecv')
  if (media instanceof nd.Video) media.addVP8Codec(videoPayloadType)
  else media.addOpusCodec(audioPayloadType)
  // Routes RTCP about our own stream to this track.
  media.addSSRC(ssrc, cname)
  return media
}

function remoteOffer(kind: MediaKind, remote: RemoteTransport): string {
  const payloadType = kind === 'audio' ? audioPayloadType : videoPayloadType
  return joinLines([
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    `m=${kind} 9 UDP/TLS/RTP/SAVPF ${payloadType}`,
    'c=IN IP4 0.0.0.0',
    'a=mid:0',
    'a=sendrecv',
    'a=rtcp-mux',
    `a=rtpmap:${payloadType} ${kind === 'audio' ? 'opus/48000/2' : 'VP8/90000'}`,
    `a=ice-ufrag:${remote.iceUfrag}`,
    `a=ice-pwd:${remote.icePwd}`,
    `a=fingerprint:${remote.fingerprint.algorithm} ${remote.fingerprint.value}`,
    `a=setup:${remote.setup}`,
    // No end-of-candidates: a browser that hides its addresses sends none, and is found by its checks.
    ...remote.candidates.map((candidate) => `a=candidate:${candidate}`),
  ])
}

function boundAddressesOf(lines: readonly string[]): BoundAddress[] {
  const bound: BoundAddress[] = []
  for (const line of lines) {
    // foundation component transport priority address port "typ" type
    const [, , transport, , address, port, , type] = line.startsWith('a=candidate:') ? line.split(' ') : []
    if (transport?.toUpperCase() !== 'UDP' || type !== 'host' || address === undefined) continue
    bound.push({ address, port: Number(port) })
  }
  return bound
}
