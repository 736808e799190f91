import {
  NackResponder,
  patchForReceiver,
  randomSequenceStart,
  ReceiverSequence,
  SendStream,
  SentCounter,
  SenderReports,
  type ReportBlock,
  type VideoCodec,
} from '../rtp/index.ts'
import type { EncodedFrame, RoomVideo } from '../video/index.ts'
import type { Leg } from './Leg.ts'

/** RFC 7741 4.1 and RFC 6184 8.1: both codecs use this clock. */
const videoClockRate = 90_000

type Receiver = {
  codec: VideoCodec
  payloadType: number
  /** Nothing is sent until a keyframe comes: a decoder that starts elsewhere shows garbage. */
  awaitingKeyframe: boolean
  connected: boolean
  /** False while its answers say that it takes no picture. */
  receiving: boolean
  /** Its own numbers: a gap of minutes in the shared ones would break its SRTP (RFC 3711 3.3.1). */
  sequence: ReceiverSequence
  nackResponder: NackResponder
  counter: SentCounter
  reports: SenderReports
}

/** The one encoded picture of a room on its way to every leg: packetised once, patched and sent per leg. */
export class CompositeSender {
  readonly #video: RoomVideo
  readonly #ssrc: number
  readonly #cname: string
  readonly #streams = new Map<VideoCodec, SendStream>()
  readonly #receivers = new Map<Leg, Receiver>()
  /** RTP time 0 of the composite. */
  readonly #clockStartMs: number

  constructor(video: RoomVideo, ssrc: number, cname: string, nowMs: number) {
    this.#video = video
    this.#ssrc = ssrc
    this.#cname = cname
    this.#clockStartMs = nowMs
  }

  /** A leg whose answer says that it receives the picture; again after each answer. */
  add(leg: Leg): void {
    const section = leg.section('video')
    if (section === undefined || section.codec === 'opus') return
    const receiver = this.#receivers.get(leg)
    if (receiver?.codec === section.codec) {
      receiver.payloadType = section.payloadType
      if (receiver.receiving) return
      receiver.receiving = true
    } else {
      this.#receivers.set(leg, this.#createReceiver(section.codec, section.payloadType, receiver))
    }
    if (leg.isConnected) this.restart(leg)
  }

  /** The leg takes no picture any more; it may again after a later answer. */
  pause(leg: Leg): void {
    const receiver = this.#receivers.get(leg)
    if (receiver?.receiving !== true) return
    receiver.receiving = false
    receiver.awaitingKeyframe = true
    receiver.sequence.pause()
    this.#applyDemand()
  }

  /** The leg is gone. */
  remove(leg: Leg): void {
    if (this.#receivers.delete(leg)) this.#applyDemand()
  }

  /** The leg's transport is (newly) connected: it starts on a keyframe. */
  restart(leg: Leg): void {
    const receiver = this.#receivers.get(leg)
    if (receiver === undefined) return
    receiver.connected = true
    receiver.awaitingKeyframe = true
    receiver.sequence.pause()
    this.#applyDemand()
    this.#video.requestKeyframe(receiver.codec)
  }

  keyframeRequested(leg: Leg): void {
    const receiver = this.#receivers.get(leg)
    if (receiver !== undefined) this.#video.requestKeyframe(receiver.codec)
  }

  /** Answers a NACK; a packet that is gone from the ring is beyond repair, so a keyframe is made. */
  resend(leg: Leg, sequenceNumbers: readonly number[], nowMs: number): void {
    const receiver = this.#receivers.get(leg)
    if (receiver === undefined) return
    const { payloadType, sequence } = receiver
    receiver.nackResponder.answer(sequenceNumbers, nowMs, (packet, sequenceNumber) => {
      leg.sendRtp('video', patchForReceiver(packet, payloadType, this.#ssrc, sequenceNumber))
    })
    const stream = this.#stream(receiver.codec)
    const isGone = (mapped: number): boolean => {
      const sequenceNumber = sequence.unmap(mapped)
      return sequenceNumber === undefined || stream.get(sequenceNumber) === undefined
    }
    if (sequenceNumbers.some(isGone)) this.#video.requestKeyframe(receiver.codec)
  }

  send(frame: EncodedFrame): void {
    const stream = this.#stream(frame.codec)
    stream.packetize(frame.data, frame.isKey, this.#rtpTimestampAt(frame.composedAtMs))
    for (const [leg, receiver] of this.#receivers) {
      if (receiver.codec !== frame.codec || !receiver.connected || !receiver.receiving) continue
      if (receiver.awaitingKeyframe && !frame.isKey) continue
      receiver.awaitingKeyframe = false
      const { payloadType, sequence } = receiver
      stream.forEachPacketOfFrame((packet, sequenceNumber) => {
        leg.sendRtp('video', patchForReceiver(packet, payloadType, this.#ssrc, sequence.map(sequenceNumber)))
      })
      receiver.counter.add(stream.framePacketCount, stream.frameOctetCount)
    }
  }

  /** The sender report for this leg with what it sends in return; undefined if it receives no picture. */
  senderReport(leg: Leg, nowMs: number, blocks: readonly ReportBlock[]): Buffer | undefined {
    const receiver = this.#receivers.get(leg)
    if (receiver === undefined || receiver.counter.packetCount === 0) return undefined
    return receiver.reports.build(nowMs, this.#rtpTimestampAt(nowMs), blocks)
  }

  #createReceiver(codec: VideoCodec, payloadType: number, before: Receiver | undefined): Receiver {
    const sequence = before?.sequence ?? new ReceiverSequence(randomSequenceStart())
    sequence.pause()
    const counter = before?.counter ?? new SentCounter()
    return {
      codec,
      payloadType,
      awaitingKeyframe: true,
      connected: false,
      receiving: true,
      sequence,
      nackResponder: new NackResponder(this.#stream(codec), { sequence }),
      counter,
      reports: before?.reports ?? new SenderReports(this.#ssrc, this.#cname, counter),
    }
  }

  #stream(codec: VideoCodec): SendStream {
    let stream = this.#streams.get(codec)
    if (stream === undefined) {
      stream = new SendStream({ codec, ssrc: this.#ssrc })
      this.#streams.set(codec, stream)
    }
    return stream
  }

  #rtpTimestampAt(epochMs: number): number {
    return Math.round(((epochMs - this.#clockStartMs) * videoClockRate) / 1000) >>> 0
  }

  /** A codec is encoded only while a connected leg wants it. */
  #applyDemand(): void {
    const demand = { vp8: false, h264: false }
    for (const receiver of this.#receivers.values()) {
      if (receiver.connected && receiver.receiving) demand[receiver.codec] = true
    }
    this.#video.setDemand(demand)
  }
}
