import { PictureIds, SendStream, type ReportBlock, type VideoCodec } from '../rtp/index.ts'
import type { RoomMediaOptions, RungStats } from '../types.ts'
import {
  ladderOf,
  type EncodedFrame,
  type EncodeKey,
  type EncodeStats,
  type Rung,
  type VideoDemand,
} from '../video/index.ts'
import { CompositeReceiver, type CompositeLeg } from './CompositeReceiver.ts'
import { epochMs } from './monotonic.ts'

/** RFC 7741 4.1 and RFC 6184 8.1: both codecs use this clock. */
const videoClockRate = 90_000

/** Between the slices of large frames. */
const pacingIntervalMs = 5

/** What the sender needs of the room's picture; `RoomVideo` is the real one. */
export interface CompositeSource {
  requestKeyframe(key: EncodeKey): void
  setDemand(demand: VideoDemand): void
}

export type CompositeSenderOptions = {
  video: CompositeSource
  room: RoomMediaOptions
  ssrc: number
  cname: string
  nowMs: number
}

/**
 * The room's picture on its way to every leg: each encode is packetised once, and its packets are patched and sent per
 * leg. Which sizes are encoded follows from what the legs' lines take.
 */
export class CompositeSender {
  readonly #video: CompositeSource
  readonly #rungs: readonly Rung[]
  readonly #ssrc: number
  readonly #cname: string
  readonly #streams = new Map<string, SendStream>()
  readonly #pictureIds = new PictureIds()
  readonly #receivers = new Map<CompositeLeg, CompositeReceiver>()
  /** RTP time 0 of the composite. */
  readonly #clockStartMs: number
  #demand = ''
  #pacer: NodeJS.Timeout | undefined

  constructor(options: CompositeSenderOptions) {
    this.#video = options.video
    this.#rungs = ladderOf(options.room)
    this.#ssrc = options.ssrc
    this.#cname = options.cname
    this.#clockStartMs = options.nowMs
  }

  /** A leg whose answer says that it receives the picture; again after each answer. */
  add(leg: CompositeLeg, nowMs: number): void {
    const section = leg.section('video')
    if (section === undefined || section.codec === 'opus') return
    const { codec, payloadType, playoutDelayId } = section
    let receiver = this.#receivers.get(leg)
    if (receiver?.codec === codec) {
      receiver.payloadType = payloadType
      receiver.playoutDelayId = playoutDelayId
      if (receiver.receiving) return
      receiver.receiving = true
    } else {
      const [ssrc, cname, rungs] = [this.#ssrc, this.#cname, this.#rungs]
      const before = receiver
      receiver = new CompositeReceiver({
        leg,
        codec,
        payloadType,
        playoutDelayId,
        ssrc,
        cname,
        rungs,
        nowMs,
        before,
      })
      this.#receivers.set(leg, receiver)
    }
    if (leg.isConnected) this.restart(leg)
  }

  /** The leg takes no picture any more; it may again after a later answer. */
  pause(leg: CompositeLeg): void {
    const receiver = this.#receivers.get(leg)
    if (receiver?.receiving !== true) return
    receiver.receiving = false
    receiver.restart()
    this.#applyDemand()
  }

  /** The leg is gone. */
  remove(leg: CompositeLeg): void {
    if (this.#receivers.delete(leg)) this.#applyDemand()
  }

  /** The leg's transport is (newly) connected: it starts on a keyframe. */
  restart(leg: CompositeLeg): void {
    const receiver = this.#receivers.get(leg)
    if (receiver === undefined) return
    receiver.connected = true
    receiver.restart()
    this.#applyDemand()
    this.#requestKeyframe(receiver)
  }

  keyframeRequested(leg: CompositeLeg, nowMs: number): void {
    const receiver = this.#receivers.get(leg)
    if (receiver === undefined) return
    if (receiver.wantsKeyframe(nowMs)) this.#requestKeyframe(receiver)
    else this.#applyDemand()
  }

  /** Answers a NACK; a packet that is gone from the ring is beyond repair, so a keyframe is made. */
  resend(leg: CompositeLeg, sequenceNumbers: readonly number[], nowMs: number): void {
    const receiver = this.#receivers.get(leg)
    if (receiver === undefined || receiver.resend(sequenceNumbers, nowMs)) return
    this.keyframeRequested(leg, nowMs)
  }

  /** REMB of the leg's browser. */
  estimated(leg: CompositeLeg, estimateBps: number, nowMs: number): void {
    const receiver = this.#receivers.get(leg)
    if (receiver === undefined) return
    const { rung } = receiver.chooser
    receiver.chooser.onEstimate(estimateBps, nowMs)
    if (receiver.chooser.rung !== rung) this.#applyDemand()
  }

  /** A report of the leg's browser about the picture. */
  reported(leg: CompositeLeg, block: ReportBlock, nowMs: number): void {
    const receiver = this.#receivers.get(leg)
    if (receiver === undefined) return
    const { rung } = receiver.chooser
    receiver.onReport(block, nowMs)
    if (receiver.chooser.rung !== rung) this.#applyDemand()
  }

  send(frame: EncodedFrame, nowMs: number): void {
    const stream = this.#stream(frame)
    // Two encodes of one picture differ by a tick of the clock, in the order in which they come: a receiver that
    // changes between them never sees one time twice.
    const rtpTimestamp = this.#rtpTimestampAt(frame.composedAtMs) + (this.#rungs.length - frame.rung)
    stream.packetize(frame.data, frame.isKey, rtpTimestamp)
    let changed = false
    for (const receiver of this.#receivers.values()) {
      if (receiver.codec !== frame.codec || !receiver.isActive) continue
      const before = receiver.rung
      if (!receiver.takeFrame(frame.rung, stream, nowMs)) continue
      changed ||= receiver.rung !== before
      if (receiver.hasPending) this.#pacer ??= setTimeout(() => this.#pace(), pacingIntervalMs)
    }
    if (changed) this.#applyDemand()
  }

  /** Every 20 ms: looks for lines that take more, and changes of what is needed. */
  poll(nowMs: number): void {
    let changed = false
    for (const receiver of this.#receivers.values()) {
      if (!receiver.isActive) continue
      const { rung } = receiver.chooser
      receiver.chooser.poll(receiver.leg.line.nackShare, nowMs)
      changed ||= receiver.chooser.rung !== rung
      receiver.sendFillers(nowMs)
    }
    if (changed) this.#applyDemand()
  }

  /** The sender report for this leg with what it sends in return; undefined if it receives no picture. */
  senderReport(leg: CompositeLeg, nowMs: number, blocks: readonly ReportBlock[]): Buffer | undefined {
    return this.#receivers.get(leg)?.senderReport(nowMs, this.#rtpTimestampAt(nowMs), blocks)
  }

  /** The encodes there are or were, and who gets them. */
  stats(encodes: readonly EncodeStats[]): RungStats[] {
    const receivers = [...this.#receivers.values()].filter((receiver) => receiver.isActive)
    return encodes.map(({ codec, rung, ...stats }) => ({
      codec,
      ...stats,
      receivers: receivers.filter((receiver) => receiver.codec === codec && receiver.rung === rung).length,
    }))
  }

  close(): void {
    clearTimeout(this.#pacer)
    this.#receivers.clear()
  }

  #pace(): void {
    this.#pacer = undefined
    let pending = false
    for (const receiver of this.#receivers.values()) {
      if (!receiver.hasPending) continue
      receiver.sendPending(epochMs())
      pending ||= receiver.hasPending
    }
    if (pending) this.#pacer = setTimeout(() => this.#pace(), pacingIntervalMs)
  }

  #requestKeyframe(receiver: CompositeReceiver): void {
    this.#video.requestKeyframe({ codec: receiver.codec, rung: receiver.chooser.rung })
  }

  #stream({ codec, rung }: { codec: VideoCodec; rung: number }): SendStream {
    const key = `${codec} ${rung}`
    let stream = this.#streams.get(key)
    if (stream === undefined) {
      stream = new SendStream({ codec, ssrc: this.#ssrc, pictureIds: this.#pictureIds })
      this.#streams.set(key, stream)
    }
    return stream
  }

  #rtpTimestampAt(epochMs: number): number {
    return Math.round(((epochMs - this.#clockStartMs) * videoClockRate) / 1000) >>> 0
  }

  /**
   * What is encoded: what connected legs get, and what they shall get next. One that changes keeps the old encode until
   * the first keyframe of the new one, which an encode in new demand begins with.
   */
  #applyDemand(): void {
    const demand: EncodeKey[] = []
    const add = (codec: VideoCodec, rung: number): void => {
      if (!demand.some((key) => key.codec === codec && key.rung === rung)) demand.push({ codec, rung })
    }
    for (const receiver of this.#receivers.values()) {
      if (!receiver.isActive) continue
      if (!receiver.awaitingKeyframe) add(receiver.codec, receiver.rung)
      add(receiver.codec, receiver.chooser.rung)
      if (receiver.takeChange()) this.#requestKeyframe(receiver)
    }
    const text = demand
      .map(({ codec, rung }) => `${codec} ${rung}`)
      .sort()
      .join()
    if (text === this.#demand) return
    this.#demand = text
    this.#video.setDemand(demand)
  }
}
