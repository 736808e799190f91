import {
  buildNack,
  buildPictureLoss,
  buildReceiverReport,
  buildRemb,
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

export type IncomingCounts = {
  audioPackets: number
  videoPackets: number
  /** Whole ones, in order. */
  frames: number
  keyframes: number
}

export type IncomingMediaOptions = {
  /** Of what is sent, as senders of feedback. */
  ssrcs: { audio: number; video: number }
  cname: string
  /** What a browser on a line of this rate tells by REMB. Default: no word of it, so the best that there is. */
  rembBps?: number
}

/** What a simulated member receives: counts it, hands it on, and gives the feedback a browser gives. */
export class IncomingMedia {
  readonly counts: IncomingCounts = { audioPackets: 0, videoPackets: 0, frames: 0, keyframes: 0 }
  readonly #offerer: Offerer
  readonly #options: IncomingMediaOptions
  readonly #events: IncomingMediaEvents
  readonly #header = new RtpHeader()
  readonly #receiver: VideoReceiver
  readonly #statistics: { audio?: ReceiveStatistics; video?: ReceiveStatistics } = {}
  #reportedAtMs = 0
  #toldRate = false
  #audioAtMs: number | undefined
  #longestAudioGapMs = 0

  constructor(offerer: Offerer, options: IncomingMediaOptions, events: IncomingMediaEvents) {
    const { ssrcs } = options
    this.#offerer = offerer
    this.#options = options
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
          if (ssrc !== undefined) offerer.sendRtcp('video', buildNack(ssrcs.video, ssrc, sequenceNumbers))
        },
        onKeyframeNeeded: () => {
          const ssrc = this.#receiver.ssrc
          if (ssrc !== undefined) offerer.sendRtcp('video', buildPictureLoss(ssrcs.video, ssrc))
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
    this.#countAudio(nowMs)
    const end = header.payloadOffset + header.payloadLength
    if (end > header.payloadOffset) {
      this.#events.onOpus(packet.subarray(header.payloadOffset, end), header.sequenceNumber)
    }
  }

  /** The longest time without a packet of sound since this was last asked, the present one included. */
  takeLongestAudioGapMs(): number {
    this.#noteAudioGap(performance.now())
    const gapMs = this.#longestAudioGapMs
    this.#longestAudioGapMs = 0
    return gapMs
  }

  /** To be called about every 20 ms. */
  tick(nowMs: number): void {
    this.#receiver.poll(nowMs)
    if (!this.#toldRate && this.#receiver.ssrc !== undefined) this.#tellRate()
    if (nowMs - this.#reportedAtMs < reportIntervalMs) return
    this.#reportedAtMs = nowMs
    const { ssrcs, cname } = this.#options
    for (const kind of ['audio', 'video'] as const) {
      const block = this.#statistics[kind]?.takeReportBlock(nowMs)
      if (block === undefined) continue
      this.#offerer.sendRtcp(kind, buildReceiverReport(ssrcs[kind], cname, [block]))
    }
    this.#tellRate()
  }

  #tellRate(): void {
    const { ssrcs, rembBps } = this.#options
    const { ssrc } = this.#receiver
    if (ssrc === undefined) return
    this.#toldRate = true
    if (rembBps !== undefined) this.#offerer.sendRtcp('video', buildRemb(ssrcs.video, rembBps, [ssrc]))
  }

  #countAudio(nowMs: number): void {
    this.counts.audioPackets++
    this.#noteAudioGap(nowMs)
    this.#audioAtMs = nowMs
  }

  #noteAudioGap(nowMs: number): void {
    if (this.#audioAtMs !== undefined)
      this.#longestAudioGapMs = Math.max(this.#longestAudioGapMs, nowMs - this.#audioAtMs)
  }
}
