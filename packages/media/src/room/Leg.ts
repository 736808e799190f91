import {
  AudioSendStream,
  buildNack,
  buildPictureLoss,
  buildReceiverReport,
  buildRemb,
  KeyframeLimiter,
  parseRtcp,
  roundTripTimeMs,
  RtpHeader,
  rtpTimestampAt,
  ReportedLoss,
  SenderReports,
  VideoReceiver,
  type ReceivedFrame,
  type ReportBlock,
  type RtcpHandler,
} from '../rtp/index.ts'
import { LegTransport, type MediaKind, type NegotiatedSection, type RelayPort } from '../transport/index.ts'
import { legIdleMs, type LegId, type LegOptions, type MediaProcessConfig, type SourceId } from '../types.ts'
import { InboundStream } from './InboundStream.ts'
import { LineQuality } from './LineQuality.ts'
import { epochMs } from './monotonic.ts'

export interface LegEvents {
  /** One Opus packet; `payload` is a view that ends with the call. */
  onAudio(header: RtpHeader, payload: Uint8Array, nowMs: number): void
  /** The browser's sound comes in a new stream (SSRC): what was kept of the old one is void. */
  onAudioRestarted(): void
  /** A complete frame, in order, decodable. */
  onVideoFrame(frame: ReceivedFrame): void
  /** PLI or FIR: the browser cannot decode the composite. */
  onKeyframeRequested(nowMs: number): void
  onNack(sequenceNumbers: readonly number[], nowMs: number): void
  /** What the browser reports on the composite. */
  onVideoReport(block: ReportBlock, nowMs: number): void
  /** REMB: what the browser believes that its line takes. */
  onVideoEstimate(estimateBps: number, nowMs: number): void
  onConnected(): void
  onClosed(): void
}

export type LegContext = {
  legId: LegId
  cname: string
  config: MediaProcessConfig
  relayPort?: RelayPort | undefined
  ssrcs: { audio: number; video: number }
  events: LegEvents
}

/** One call of one browser: RTP and RTCP of its sections, both ways. */
export class Leg {
  readonly legId: LegId
  /** How good the line to the browser is. */
  readonly line = new LineQuality()
  readonly #context: LegContext
  readonly #transport: LegTransport
  readonly #header = new RtpHeader()
  readonly #keyframes = new KeyframeLimiter()
  readonly #audioLoss = new ReportedLoss()
  readonly #rtcpHandlers: Record<MediaKind, RtcpHandler>
  #sections: Partial<Record<MediaKind, NegotiatedSection>> = {}
  #inbound: Partial<Record<MediaKind, InboundStream>> = {}
  #videoReceiver: VideoReceiver | undefined
  /** Kept over a hold, so that its sequence numbers run on. */
  #audioOut: { payloadType: number; stream: AudioSendStream; reports: SenderReports } | undefined
  #audioClock = { epochMs: 0, rtpTimestamp: 0 }
  #sourceId: SourceId | null = null
  #connected = false
  #closed = false
  #lastPacketAtMs = epochMs()
  #idle = false

  constructor(context: LegContext) {
    this.legId = context.legId
    this.#context = context
    const { config, relayPort } = context
    this.#transport = new LegTransport({
      legId: context.legId,
      rtcPort: config.rtcPort,
      ...(config.rtcHost === undefined ? {} : { rtcHost: config.rtcHost }),
      ...(config.announcedIp === undefined ? {} : { announcedIp: config.announcedIp }),
      ...(config.announcedPort === undefined ? {} : { announcedPort: config.announcedPort }),
      ...(relayPort === undefined ? {} : { relayPort }),
      cname: context.cname,
      streamId: context.cname,
      ssrcs: context.ssrcs,
      events: {
        onRtp: (kind, packet) => this.#receiveRtp(kind, packet),
        onRtcp: (kind, packet) => this.#receiveRtcp(kind, packet),
        onConnected: () => {
          this.#connected = true
          context.events.onConnected()
        },
        onClosed: () => {
          this.#connected = false
          if (!this.#closed) context.events.onClosed()
        },
      },
    })
    this.#rtcpHandlers = { audio: this.#createRtcpHandler('audio'), video: this.#createRtcpHandler('video') }
  }

  /** The source that the leg feeds by its last answer. */
  get sourceId(): SourceId | null {
    return this.#sourceId
  }

  get isConnected(): boolean {
    return this.#connected
  }

  section(kind: MediaKind): NegotiatedSection | undefined {
    return this.#sections[kind]
  }

  /** Whether the browser is sent this kind. */
  receives(kind: MediaKind): boolean {
    return this.#sections[kind]?.send === true
  }

  async answer(offerSdp: string, options: LegOptions): Promise<string> {
    const { sdp, sections } = await this.#transport.answer(offerSdp, options, this.#isSilent(epochMs()))
    this.#sourceId = options.sourceId
    this.#sections = {}
    for (const section of sections) this.#sections[section.kind] = section
    this.#applyAudio(this.#sections.audio)
    this.#applyVideo(this.#sections.video)
    return sdp
  }

  sendAudio(opus: Uint8Array, rtpTimestamp: number, marker: boolean): void {
    if (this.#audioOut === undefined || !this.#connected) return
    this.#audioClock.epochMs = epochMs()
    this.#audioClock.rtpTimestamp = rtpTimestamp
    this.#audioOut.stream.redundancy = this.line.isLossy(this.#audioClock.epochMs) ? 1 : 0
    this.#transport.sendRtp('audio', this.#audioOut.stream.write(opus, rtpTimestamp, marker))
  }

  sendRtp(kind: MediaKind, packet: Buffer): void {
    this.#transport.sendRtp(kind, packet)
  }

  /** Asks the browser for a keyframe, at most every 300 ms; a request that comes too early is sent later. */
  requestKeyframe(nowMs: number): void {
    if (this.#keyframes.request(nowMs)) this.#sendPictureLoss()
  }

  /** Every 20 ms: repeats of NACKs, frames that are given up, keyframe requests that had to wait. */
  poll(nowMs: number): void {
    this.#videoReceiver?.poll(nowMs)
    if (this.#keyframes.due(nowMs)) this.#sendPictureLoss()
  }

  /**
   * Sender and receiver reports of both sections, and how much the browser may send of its picture.
   * @param videoReport Builds the composite's sender report around our report blocks.
   */
  sendReports(
    nowMs: number,
    videoReport: (blocks: readonly ReportBlock[]) => Buffer | undefined,
    maxVideoBitrateBps: number,
  ): void {
    if (!this.#connected) return
    this.#sendReport('audio', nowMs, (blocks) => {
      if (this.#audioOut === undefined || this.#audioOut.stream.packetCount === 0) return undefined
      return this.#audioOut.reports.build(nowMs, rtpTimestampAt(nowMs, this.#audioClock, 48_000), blocks)
    })
    this.#sendReport('video', nowMs, videoReport)
    const videoSsrc = this.#inbound.video?.ssrc
    if (videoSsrc !== undefined) {
      this.#transport.sendRtcp('video', buildRemb(this.#context.ssrcs.video, maxVideoBitrateBps, [videoSsrc]))
    }
  }

  /** Whether the leg is idle now, or undefined if that is as it was. */
  idleChanged(nowMs: number): boolean | undefined {
    const idle = this.#isSilent(nowMs)
    if (idle === this.#idle) return undefined
    this.#idle = idle
    return idle
  }

  #isSilent(nowMs: number): boolean {
    return nowMs - this.#lastPacketAtMs > legIdleMs
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#connected = false
    this.#transport.close()
  }

  #applyAudio(section: NegotiatedSection | undefined): void {
    const { cname, ssrcs } = this.#context
    if (section?.receive !== true) delete this.#inbound.audio
    else if (this.#inbound.audio?.payloadType !== section.payloadType) {
      this.#inbound.audio = new InboundStream(section.payloadType, section.clockRate)
    }
    if (section?.send === true && this.#audioOut?.payloadType !== section.payloadType) {
      const { payloadType, redPayloadType } = section
      const stream = new AudioSendStream({ ssrc: ssrcs.audio, payloadType, redPayloadType })
      this.#audioOut = { payloadType, stream, reports: new SenderReports(ssrcs.audio, cname, stream) }
    }
  }

  #applyVideo(section: NegotiatedSection | undefined): void {
    if (section?.receive !== true || section.codec === 'opus') {
      delete this.#inbound.video
      this.#videoReceiver = undefined
      return
    }
    if (this.#inbound.video?.payloadType === section.payloadType) return
    this.#inbound.video = new InboundStream(section.payloadType, section.clockRate)
    this.#videoReceiver = new VideoReceiver(
      { codec: section.codec, payloadType: section.payloadType },
      {
        onFrame: (frame) => {
          if (frame.isKey) this.#keyframes.cancel()
          this.#context.events.onVideoFrame(frame)
        },
        onNack: (sequenceNumbers) => {
          const ssrc = this.#inbound.video?.ssrc
          if (ssrc === undefined) return
          this.#transport.sendRtcp('video', buildNack(this.#context.ssrcs.video, ssrc, sequenceNumbers))
        },
        onKeyframeNeeded: () => this.requestKeyframe(epochMs()),
      },
    )
  }

  #receiveRtp(kind: MediaKind, packet: Buffer): void {
    const nowMs = epochMs()
    this.#lastPacketAtMs = nowMs
    const inbound = this.#inbound[kind]
    const header = this.#header
    if (inbound === undefined || !header.parse(packet) || header.payloadType !== inbound.payloadType) return
    if (kind === 'video') {
      const receiver = this.#videoReceiver
      receiver?.push(packet, nowMs)
      // Stray packets of a stream that was replaced count nowhere.
      if (receiver?.ssrc === header.ssrc) inbound.take(header, nowMs)
      return
    }
    const restarted = inbound.take(header, nowMs)
    if (restarted) this.#context.events.onAudioRestarted()
    if (header.payloadLength === 0) return
    const end = header.payloadOffset + header.payloadLength
    this.#context.events.onAudio(header, packet.subarray(header.payloadOffset, end), nowMs)
  }

  #receiveRtcp(kind: MediaKind, packet: Buffer): void {
    this.#lastPacketAtMs = epochMs()
    parseRtcp(packet, this.#rtcpHandlers[kind])
  }

  #createRtcpHandler(kind: MediaKind): RtcpHandler {
    const { events, ssrcs } = this.#context
    const ownSsrc = ssrcs[kind]
    const handler: RtcpHandler = {
      onSenderReport: (report) => this.#inbound[kind]?.onSenderReport(report.ssrc, report.ntp, epochMs()),
      onReportBlock: (block) => {
        if (block.ssrc === ownSsrc) this.#receiveReport(kind, block)
      },
    }
    if (kind === 'video') {
      handler.onNack = (ssrc, sequenceNumbers) => {
        if (ssrc === ownSsrc) events.onNack(sequenceNumbers, epochMs())
      }
      handler.onPictureLoss = (ssrc) => {
        if (ssrc === ownSsrc) events.onKeyframeRequested(epochMs())
      }
      handler.onFullIntraRequest = handler.onPictureLoss
      handler.onRemb = (bitrateBps) => events.onVideoEstimate(bitrateBps, epochMs())
    }
    return handler
  }

  /** Shares of packets that the last reports call lost: of sound to the browser, and of all from it. */
  get loss(): { toBrowser: number; fromBrowser: number } {
    const inbound = Object.values(this.#inbound).map(({ lossShare }) => lossShare)
    return { toBrowser: this.line.audioLossShare, fromBrowser: mean(inbound) }
  }

  #receiveReport(kind: MediaKind, block: ReportBlock): void {
    const nowMs = epochMs()
    const roundTripMs = roundTripTimeMs(block, nowMs)
    if (roundTripMs !== undefined) {
      this.line.onRoundTrip(roundTripMs, nowMs)
      this.#videoReceiver?.setRoundTripTime(this.line.roundTripMs(nowMs) ?? roundTripMs)
    }
    if (kind === 'audio') {
      const lost = this.#audioLoss.onReport(block, nowMs)
      if (lost !== undefined) this.line.onAudioLoss(lost, nowMs)
    } else this.#context.events.onVideoReport(block, nowMs)
  }

  #sendReport(
    kind: MediaKind,
    nowMs: number,
    senderReport: (blocks: readonly ReportBlock[]) => Buffer | undefined,
  ): void {
    const blocks = this.#inbound[kind]?.takeReportBlocks(nowMs) ?? []
    let report = senderReport(blocks)
    if (report === undefined && blocks.length > 0) {
      report = buildReceiverReport(this.#context.ssrcs[kind], this.#context.cname, blocks)
    }
    if (report !== undefined) this.#transport.sendRtcp(kind, report)
  }

  #sendPictureLoss(): void {
    const ssrc = this.#inbound.video?.ssrc
    if (ssrc !== undefined)
      this.#transport.sendRtcp('video', buildPictureLoss(this.#context.ssrcs.video, ssrc))
  }
}

/** 0 of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / Math.max(1, values.length)
}
