import type { RelayPort } from './RelayPort.ts'

export type MediaKind = 'audio' | 'video'
export type MediaCodec = 'opus' | 'vp8' | 'h264'
/** RFC 8866 section 6.7. In an answer it is seen from the server, in an offer from the browser. */
export type MediaDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

/** What was agreed for one media section of a leg. */
export type NegotiatedSection = {
  kind: MediaKind
  /** The section's `a=mid`. */
  mid: string
  codec: MediaCodec
  payloadType: number
  /** Hz of the RTP clock. */
  clockRate: number
  /** The browser sends media and the server takes it. */
  receive: boolean
  /** The server sends media to the browser. */
  send: boolean
  /** Payload type of DTMF events (RFC 4733), audio only. */
  telephoneEventPayloadType?: number
  /** Payload type under which the browser takes Opus packets that repeat those before (RFC 2198), audio only. */
  redPayloadType?: number
  /** Id of the playout delay's header extension, video only. */
  playoutDelayId?: number
}

export interface LegTransportEvents {
  /** One RTP packet, decrypted. Only of sections whose `receive` is true. */
  onRtp(kind: MediaKind, packet: Buffer): void
  /** One RTCP packet, usually compound, decrypted. */
  onRtcp(kind: MediaKind, packet: Buffer): void
  /** Every current section is connected (ICE and DTLS): after a join, an added section, an ICE restart. */
  onConnected(): void
  /**
   * The browser closed a current section, or its ICE or DTLS failed for good. Never for connections that a
   * newer offer replaced or that `close()` ended. Comes at most once between two answers.
   */
  onClosed(): void
}

export type LegTransportOptions = {
  /** Names the leg in errors and in native logs. */
  legId: string
  /** The UDP port that all legs of the process share. */
  rtcPort: number
  /** Address to bind to. Default: all interfaces. */
  rtcHost?: string
  /** Address put into the candidates in place of the bound ones, e.g. behind a 1:1 NAT. */
  announcedIp?: string
  /** Port put into the candidates in place of `rtcPort`, with `announcedIp`. */
  announcedPort?: number
  /** Offered as a second candidate. Default: none. */
  relayPort?: RelayPort
  /** RTCP CNAME of both sent streams; one name makes the browser keep them in sync. */
  cname: string
  /** `MediaStream` id of both sent tracks. */
  streamId: string
  /** SSRCs of what the server sends. They stay the same over ICE restarts. */
  ssrcs: { audio: number; video: number }
  events: LegTransportEvents
}
