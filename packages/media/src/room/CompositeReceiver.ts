import {
  Filler,
  NackResponder,
  patchForReceiver,
  playoutDelayScratchBytes,
  randomSequenceStart,
  repeatedFillerBytes,
  ReceiverSequence,
  ReportedLoss,
  SentCounter,
  SenderReports,
  withPlayoutDelay,
  type PacketSource,
  type ReportBlock,
  type SendStream,
  type VideoCodec,
} from '../rtp/index.ts'
import type { Rung } from '../video/index.ts'
import type { Leg } from './Leg.ts'
import { RungChooser } from './RungChooser.ts'

/** Packets of a frame that go at once; the rest of a larger one follows in slices, so that a keyframe is no burst. */
const burstPackets = { full: 16, smaller: 4 } as const
/** Slices in which the rest goes: with a pause of 5 ms after each it is out before the next frame of 25 fps. */
const slicesPerFrame = 6

/** Resends may cost as many bytes as the packets themselves, and this many before there were any. */
const resendBurstBytes = 64 * 1024

/** A new value of the playout delay is told this many times, since the frame that tells it can be lost. */
const playoutDelayRepeats = 25

const filler = new Filler()
const playoutDelayScratch = Buffer.alloc(playoutDelayScratchBytes)

/** What is needed of a leg. */
export type CompositeLeg = Pick<Leg, 'section' | 'isConnected' | 'sendRtp' | 'line'>

export type CompositeReceiverOptions = {
  leg: CompositeLeg
  codec: VideoCodec
  payloadType: number
  playoutDelayId: number | undefined
  ssrc: number
  cname: string
  rungs: readonly Rung[]
  nowMs: number
  /** The leg had another codec before: numbers and counts go on. */
  before: CompositeReceiver | undefined
}

/**
 * One leg's view of the composite: which of its encodes the leg gets, numbered as one stream without a gap, sent not
 * faster than a line can take, and sent again as far as asked for.
 */
export class CompositeReceiver implements PacketSource {
  readonly leg: CompositeLeg
  readonly codec: VideoCodec
  readonly chooser: RungChooser
  payloadType: number
  playoutDelayId: number | undefined
  connected = false
  /** False while its answers say that it takes no picture. */
  receiving = true
  /** Of the encode that it gets now; the chooser's, once a keyframe of that one has come. */
  rung = 0
  /** Nothing is sent until a keyframe comes: a decoder that starts elsewhere shows garbage. */
  awaitingKeyframe = true
  readonly #ssrc: number
  readonly #counter: SentCounter
  readonly #reports: SenderReports
  readonly #sequence: ReceiverSequence<SendStream>
  readonly #nackResponder = new NackResponder(this)
  readonly #reportedLoss = new ReportedLoss()
  #stream: SendStream | undefined
  /** The rest of a frame that is not sent yet: the stream's own numbers. */
  #pending = { next: 0, count: 0, slice: 0 }
  #rtpTimestamp = 0
  #keyframeAtMs = -Infinity
  #resendBytes = resendBurstBytes
  #fillerAtMs = 0
  #askedRung = 0
  #toldDelayMs = 0
  #delayRepeats = 0

  constructor(options: CompositeReceiverOptions) {
    const { leg, codec, payloadType, playoutDelayId, ssrc, cname, rungs, nowMs, before } = options
    this.leg = leg
    this.codec = codec
    this.payloadType = payloadType
    this.playoutDelayId = playoutDelayId
    this.#ssrc = ssrc
    this.#sequence = before ? before.#sequence : new ReceiverSequence(randomSequenceStart())
    this.#sequence.pause()
    this.#counter = before ? before.#counter : new SentCounter()
    this.#reports = before ? before.#reports : new SenderReports(ssrc, cname, this.#counter)
    this.chooser = new RungChooser({ rungs, nowMs })
  }

  get isActive(): boolean {
    return this.connected && this.receiving
  }

  get hasPending(): boolean {
    return this.#pending.count > 0
  }

  /** What comes next must be a keyframe, and its numbers follow on those before. */
  restart(): void {
    this.awaitingKeyframe = true
    this.rung = this.chooser.rung
    this.#pending.count = 0
    this.#sequence.pause()
  }

  /** True once for each change of what the receiver shall get: a keyframe of that encode is to be made. */
  takeChange(): boolean {
    const changed = this.#askedRung !== this.chooser.rung
    this.#askedRung = this.chooser.rung
    return changed && this.#askedRung !== this.rung
  }

  /** Whether the frame that `stream` has just packetised is for this receiver; then it is sent, or begun. */
  takeFrame(rung: number, stream: SendStream, nowMs: number): boolean {
    const changes = rung === this.chooser.rung && rung !== this.rung && stream.frameIsKey
    if (rung !== this.rung && !changes) return false
    if (this.awaitingKeyframe && !stream.frameIsKey) return false
    this.sendPending(nowMs, Infinity)
    this.rung = rung
    this.awaitingKeyframe = false
    this.#stream = stream
    this.#rtpTimestamp = stream.frameRtpTimestamp
    if (stream.frameIsKey) this.#keyframeAtMs = nowMs
    const count = stream.framePacketCount
    const burst = rung === 0 ? burstPackets.full : burstPackets.smaller
    const slice = Math.max(1, Math.ceil((count - burst) / slicesPerFrame))
    this.#pending = { next: stream.frameSequenceNumber, count, slice }
    this.#resendBytes = Math.min(this.#resendBytes + stream.frameOctetCount, 4 * resendBurstBytes)
    this.#tellPlayoutDelay(nowMs)
    this.sendPending(nowMs, burst)
    return true
  }

  /** Sends the next slice of a frame that is under way, or the first `packets` of it. */
  sendPending(nowMs: number, packets = this.#pending.slice): void {
    const stream = this.#stream
    if (stream === undefined) return
    const pending = this.#pending
    const count = Math.min(packets, pending.count)
    let octets = 0
    for (let i = 0; i < count; i++) {
      const packet = stream.get(pending.next)
      const sequenceNumber = this.#sequence.map(pending.next, stream)
      pending.next = (pending.next + 1) & 0xffff
      if (packet === undefined) continue
      octets += packet.length
      this.leg.sendRtp('video', this.#address(packet, sequenceNumber))
    }
    pending.count -= count
    if (count === 0) return
    this.#counter.add(count, octets - count * 12)
    this.chooser.onSent(octets, nowMs)
    this.leg.line.onVideoSent(count, nowMs)
  }

  /** Keeps the line as full as a probe wants it. To be called every 20 ms. */
  sendFillers(nowMs: number): void {
    const sinceMs = Math.min(100, nowMs - this.#fillerAtMs)
    this.#fillerAtMs = nowMs
    const probeBps = this.chooser.probeBps(nowMs)
    if (probeBps === 0) return
    const missingBps = probeBps - this.chooser.mediaBps(nowMs)
    // Between frames only: a filler within one would end it for the receiver.
    if (!(missingBps > 0) || this.hasPending || !this.isActive || this.awaitingKeyframe) return
    let bytes = (missingBps * sinceMs) / 8000
    let count = 0
    for (; bytes > 0; count++) {
      const packet = this.#filler(this.#sequence.fill())
      bytes -= packet.length
      this.leg.sendRtp('video', packet)
      this.chooser.onSent(packet.length, nowMs, true)
    }
    this.#counter.add(count, 0)
    this.leg.line.onVideoSent(count, nowMs)
  }

  /** The packet that went out under this number, made ready to go out again; undefined if it is gone. */
  get(sequenceNumber: number): Buffer | undefined {
    const origin = this.#sequence.originOf(sequenceNumber)
    if (origin === undefined) return undefined
    if (origin === 'filler') return this.#filler(sequenceNumber, repeatedFillerBytes)
    const packet = origin.stream.get(origin.sequenceNumber)
    return packet && this.#address(packet, sequenceNumber)
  }

  /** Sends again what a NACK asks for. False: a packet of the present encode is gone, only a keyframe helps. */
  resend(sequenceNumbers: readonly number[], nowMs: number): boolean {
    const { line } = this.leg
    const requestedBefore = this.#nackResponder.requestedPackets
    const roundTripMs = line.roundTripMs(nowMs)
    if (roundTripMs !== undefined) this.#nackResponder.setRoundTripTime(roundTripMs)
    this.#nackResponder.answer(sequenceNumbers, nowMs, (packet) => {
      if (this.#resendBytes < packet.length) return
      this.#resendBytes -= packet.length
      // Not counted against the browser's estimate: where packets overtake each other, most resends come second.
      this.leg.sendRtp('video', packet)
    })
    const requested = this.#nackResponder.requestedPackets - requestedBefore
    this.chooser.onNacked(requested, nowMs)
    line.onVideoNacked(requested, nowMs, this.chooser.isSettling(nowMs))
    return !sequenceNumbers.some((sequenceNumber) => {
      const origin = this.#sequence.originOf(sequenceNumber)
      // What is older than the present encode's first keyframe is not needed any more.
      if (origin === undefined || origin === 'filler' || origin.stream !== this.#stream) return false
      return origin.stream.get(origin.sequenceNumber) === undefined
    })
  }

  /** Whether a keyframe is to be made for this receiver, which asks for one. */
  wantsKeyframe(nowMs: number): boolean {
    // The request left before the last keyframe can have arrived.
    const roundTripMs = Math.min(this.leg.line.roundTripMs(nowMs) ?? 0, 500)
    if (!this.awaitingKeyframe && nowMs - this.#keyframeAtMs < roundTripMs) return false
    return this.chooser.onPictureLoss(this.leg.line.nackShare, nowMs)
  }

  /** What the browser reports on what it gets. */
  onReport(block: ReportBlock, nowMs: number): void {
    const share = this.#reportedLoss.onReport(block, nowMs)
    if (share !== undefined) this.chooser.onLoss(share, nowMs)
  }

  senderReport(nowMs: number, rtpTimestamp: number, blocks: readonly ReportBlock[]): Buffer | undefined {
    return this.#counter.packetCount === 0 ? undefined : this.#reports.build(nowMs, rtpTimestamp, blocks)
  }

  #address(packet: Buffer, sequenceNumber: number): Buffer {
    patchForReceiver(packet, this.payloadType, this.#ssrc, sequenceNumber)
    if (this.#delayRepeats === 0 || this.playoutDelayId === undefined) return packet
    return withPlayoutDelay(packet, this.playoutDelayId, this.#toldDelayMs, playoutDelayScratch)
  }

  #filler(sequenceNumber: number, paddingBytes?: number): Buffer {
    const fields = { payloadType: this.payloadType, rtpTimestamp: this.#rtpTimestamp, ssrc: this.#ssrc }
    return filler.build({ ...fields, sequenceNumber }, paddingBytes)
  }

  #tellPlayoutDelay(nowMs: number): void {
    const delayMs = this.leg.line.playoutDelayMs(nowMs)
    if (delayMs !== this.#toldDelayMs) {
      this.#toldDelayMs = delayMs
      this.#delayRepeats = playoutDelayRepeats
    } else if (this.#delayRepeats > 0 && delayMs === 0) this.#delayRepeats--
  }
}
