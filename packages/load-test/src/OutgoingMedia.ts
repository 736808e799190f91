import { randomInt } from 'node:crypto'
import {
  AudioSendStream,
  NackResponder,
  parseRtcp,
  SendStream,
  SenderReports,
  rtpTimestampAt,
  type RtcpHandler,
} from '@roomful/media/rtp/index'
import { offererPayloadTypes, type Offerer } from '@roomful/media/transport/offerer'
import type { VideoClip } from './VideoClip.ts'

const audioSamplesPerPacket = 960
const videoClockRate = 90_000
const reportIntervalMs = 1000

export type OutgoingMediaOptions = {
  cname: string
  ssrcs: { audio: number; video: number }
  /** 20 ms Opus packets, sent in a loop. null: no sound. */
  audio: readonly Uint8Array[] | null
  video: VideoClip | null
}

/** What a simulated member sends: its clip and its tone in a loop, keyframes and resends when asked. */
export class OutgoingMedia {
  readonly #options: OutgoingMediaOptions
  readonly #offerer: Offerer
  readonly #audioStream: AudioSendStream
  readonly #videoStream: SendStream
  readonly #nackResponder: NackResponder
  readonly #reports: Record<'audio' | 'video', SenderReports>
  readonly #rtcp: RtcpHandler
  readonly #audioStart = randomInt(2 ** 31)
  readonly #videoStart = randomInt(2 ** 31)
  #startedAtMs = 0
  #audioSent = 0
  #videoSent = 0
  #clipPosition = 0
  #reportedAtMs = 0

  constructor(offerer: Offerer, options: OutgoingMediaOptions) {
    this.#offerer = offerer
    this.#options = options
    const { ssrcs, cname } = options
    this.#audioStream = new AudioSendStream({ ssrc: ssrcs.audio, payloadType: offererPayloadTypes.audio })
    this.#videoStream = new SendStream({
      codec: 'vp8',
      ssrc: ssrcs.video,
      payloadType: offererPayloadTypes.video,
    })
    this.#nackResponder = new NackResponder(this.#videoStream)
    this.#reports = {
      audio: new SenderReports(ssrcs.audio, cname, this.#audioStream),
      video: new SenderReports(ssrcs.video, cname, this.#videoStream),
    }
    this.#rtcp = {
      onPictureLoss: (ssrc) => {
        if (ssrc === ssrcs.video) this.#clipPosition = 0
      },
      onNack: (ssrc, sequenceNumbers) => {
        if (ssrc !== ssrcs.video) return
        this.#nackResponder.answer(sequenceNumbers, performance.now(), (packet) =>
          this.#offerer.sendRtp('video', packet),
        )
      },
    }
  }

  takeRtcp(packet: Buffer): void {
    parseRtcp(packet, this.#rtcp)
  }

  /** Sends what is due; to be called about every 20 ms. A late call catches up. */
  tick(nowMs: number): void {
    if (this.#startedAtMs === 0) this.#startedAtMs = nowMs
    const elapsedMs = nowMs - this.#startedAtMs
    const { audio, video } = this.#options
    if (audio !== null) {
      for (; this.#audioSent * 20 <= elapsedMs; this.#audioSent++) this.#sendAudio(audio)
    }
    if (video !== null) {
      const frameMs = 1000 / video.fps
      for (; this.#videoSent * frameMs <= elapsedMs; this.#videoSent++) this.#sendFrame(video)
    }
    if (nowMs - this.#reportedAtMs >= reportIntervalMs) this.#report(nowMs)
  }

  #sendAudio(packets: readonly Uint8Array[]): void {
    const opus = packets[this.#audioSent % packets.length]
    if (opus === undefined) return
    const timestamp = (this.#audioStart + this.#audioSent * audioSamplesPerPacket) >>> 0
    this.#offerer.sendRtp('audio', this.#audioStream.write(opus, timestamp, this.#audioSent === 0))
  }

  #sendFrame(clip: VideoClip): void {
    const frame = clip.frames[this.#clipPosition]
    if (frame === undefined) return
    const isKey = this.#clipPosition === 0
    const timestamp = (this.#videoStart + Math.round((this.#videoSent * videoClockRate) / clip.fps)) >>> 0
    this.#videoStream.packetize(frame, isKey, timestamp)
    this.#videoStream.forEachPacketOfFrame((packet) => this.#offerer.sendRtp('video', packet))
    this.#clipPosition = (this.#clipPosition + 1) % clip.frames.length
  }

  #report(nowMs: number): void {
    this.#reportedAtMs = nowMs
    const epochMs = performance.timeOrigin + nowMs
    const startMs = performance.timeOrigin + this.#startedAtMs
    const clocks = { audio: [this.#audioStart, 48_000], video: [this.#videoStart, videoClockRate] } as const
    for (const kind of ['audio', 'video'] as const) {
      if (this.#options[kind] === null) continue
      const [start, clockRate] = clocks[kind]
      const timestamp = rtpTimestampAt(epochMs, { epochMs: startMs, rtpTimestamp: start }, clockRate)
      this.#offerer.sendRtcp(kind, this.#reports[kind].build(epochMs, timestamp))
    }
  }
}
