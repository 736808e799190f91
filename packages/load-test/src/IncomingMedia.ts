import {
  buildNack,
  buildPictureLoss,
  buildReceiverReport,
  ReceiveStatistics,
  RtpHeader,
  VideoReceiver,
  type ReceivedFrame,
} from '@roomful/media/rtp/index'
import { offererPayloadTypes, type Offerer } from '@roomful/media/transport/offerer'

const reportIntervalMs = 1000

export type IncomingMediaEvents = {
  /** A whole frame of the composite, in order, from the first keyframe on. */
  onFrame(frame: ReceivedFrame, nowMs: number): void
  /** One Opus packet of the mix; the view ends with the call. */
  onOpus(opus: Uint8Array, sequenceNumber: number): void
}

export type IncomingCounts = { audioPackets: number; videoPackets: number; frames: number; keyframes: number }

/** What a simulated member receives: counts it, hands it on, and gives the feedback a browser gives. */
export class IncomingMedia {
  readonly counts: IncomingCounts = { audioPackets: 0, videoPackets: 0, frames: 0, keyframes: 0 }
  readonly #offerer: Offerer
  readonly #ssrcs: { audio: number; video: number }
  readonly #cname: string
  readonly #events: IncomingMediaEvents
  readonly #header = new RtpHeader()
  readonly #receiver: VideoReceiver
  readonly #statistics: { audio?: ReceiveStatistics; video?: ReceiveStatistics } = {}
  #reportedAtMs = 0

  constructor(
    offerer: Offerer,
    options: { ssrcs: { audio: number; video: number }; cname: string },
    events: IncomingMediaEvents,
  ) {
    this.#offerer = offerer
    this.#ssrcs = options.ssrcs
    this.#cname = options.cname
    this.#events = events
    this.#receiver = new VideoReceiver(
      { codec: 'vp8', payloadType: offererPayloadTypes.video },
      {
        onFrame: (frame) => {
          this.counts.frames++
          if (frame.isKey) this.counts.keyframes++
          events.onFrame(frame, performance.now())
        },
        onNack: (sequenceNumbers) => {
          const ssrc = this.#receiver.ssrc
          if (ssrc !== undefined)
            offerer.sendRtcp('video', buildNack(this.#ssrcs.video, ssrc, sequenceNumbers))
        },
        onKeyframeNeeded: () => {
          const ssrc = this.#receiver.ssrc
          if (ssrc !== undefined) offerer.sendRtcp('video', buildPictureLoss(this.#ssrcs.video, ssrc))
        },
      },
    )
  }

  takeRtp(kind: 'audio' | 'video', packet: Buffer): void {
    const header = this.#header
    if (!header.parse(packet)) return
    const nowMs = performance.now()
    let statistics = this.#statistics[kind]
    if (statistics?.ssrc !== header.ssrc) {
      statistics = new ReceiveStatistics(header.ssrc, kind === 'audio' ? 48_000 : 90_000)
      this.#statistics[kind] = statistics
    }
    statistics.onPacket(header.sequenceNumber, header.timestamp, header.payloadLength, nowMs)
    if (kind === 'video') {
      this.counts.videoPackets++
      this.#receiver.push(packet, nowMs)
      return
    }
    this.counts.audioPackets++
    const end = header.payloadOffset + header.payloadLength
    if (end > header.payloadOffset) {
      this.#events.onOpus(packet.subarray(header.payloadOffset, end), header.sequenceNumber)
    }
  }

  /** To be called about every 20 ms. */
  tick(nowMs: number): void {
    this.#receiver.poll(nowMs)
    if (nowMs - this.#reportedAtMs < reportIntervalMs) return
    this.#reportedAtMs = nowMs
    for (const kind of ['audio', 'video'] as const) {
      const block = this.#statistics[kind]?.takeReportBlock(nowMs)
      if (block === undefined) continue
      this.#offerer.sendRtcp(kind, buildReceiverReport(this.#ssrcs[kind], this.#cname, [block]))
    }
  }
}
