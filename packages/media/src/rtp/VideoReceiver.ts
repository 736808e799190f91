import { createDepacketizer } from './codec.ts'
import type { AssembledFrame, Depacketizer, VideoCodec } from './codec.ts'
import { KeyframeLimiter } from './keyframeLimiter.ts'
import { NackList } from './NackList.ts'
import { PacketWindow } from './PacketWindow.ts'
import { RtpHeader } from './RtpHeader.ts'
import { sequenceDistance } from './sequence.ts'

export type VideoReceiverConfig = {
  codec: VideoCodec
  /** Packets of other payload types are ignored. */
  payloadType: number
  /** Packets held at most, a power of two. Default 512: over 3 s of 1.2 Mbps. */
  windowPackets?: number
  /**
   * How long a hole may hold up the frames behind it, where round trips are short; else as long as two of them and a
   * half take, up to `maxHoleMs`. Default 250.
   */
  maxWaitMs?: number
  /** How long a packet may be late before it is asked for. Default 10. */
  reorderToleranceMs?: number
  /** Keyframes are not asked for more often than this. Default 300. */
  minKeyframeRequestMs?: number
  /** Asked again if none came within this. Default 500. */
  keyframeTimeoutMs?: number
}

export type ReceivedFrame = {
  codec: VideoCodec
  /** The only view of its `ArrayBuffer`, which may be transferred. */
  data: Uint8Array<ArrayBuffer>
  isKey: boolean
  rtpTimestamp: number
}

export type VideoReceiverEvents = {
  onFrame(frame: ReceivedFrame): void
  /** Ask the sender for these packets again (generic NACK); not empty. */
  onNack(sequenceNumbers: number[]): void
  /** Ask the sender for a keyframe (PLI). Limited in rate already. */
  onKeyframeNeeded(): void
}

/** Counts since the receiver was made. */
export type VideoReceiverStats = {
  packets: number
  /** Duplicates, and packets that came after their frame had been given up. */
  uselessPackets: number
  frames: number
  keyframes: number
  nackedPackets: number
  keyframeRequests: number
  /** How often the chain of frames broke, so that a keyframe was needed. */
  breaks: number
}

/**
 * `synced`: every frame follows the one delivered before it. `startingKey`: a keyframe has begun to arrive,
 * nothing before it is wanted. `waitingKey`: only the first packet of a keyframe helps.
 */
type State = 'synced' | 'startingKey' | 'waitingKey'

/** Longest time that a hole may hold up the frames behind it on any line. */
export const maxHoleMs = 1000
/** A packet is asked for, comes, and may have to be asked for once more. */
const roundTripsToMend = 2.5

/** How far before the first packet of a stream its keyframe may have begun. */
const startReorderPackets = 64
/** A packet this far behind is of a restarted sender, if the next one follows it. */
const maxMisorderPackets = 3000
/** After a change of SSRC, stray packets of the stream before are ignored for this long. */
const oldStreamGraceMs = 1000

/**
 * From the RTP packets of one sender to the frames its decoder can take: ordered, whole, and never past a
 * gap, since a decoder that misses a frame goes on with a broken picture without a word. Holes are asked
 * for again (NACK); what cannot be mended in time is dropped up to the next keyframe, which is asked for.
 * Starts with a keyframe. Pure: `nowMs` is any monotonic clock; call `poll` about every 20 ms.
 */
export class VideoReceiver {
  readonly stats: VideoReceiverStats = {
    packets: 0,
    uselessPackets: 0,
    frames: 0,
    keyframes: 0,
    nackedPackets: 0,
    keyframeRequests: 0,
    breaks: 0,
  }
  readonly #codec: VideoCodec
  readonly #payloadType: number
  readonly #maxWaitMs: number
  readonly #keyframeTimeoutMs: number
  readonly #events: VideoReceiverEvents
  readonly #header = new RtpHeader()
  readonly #window: PacketWindow
  readonly #nacks: NackList
  readonly #depacketizer: Depacketizer
  readonly #keyframeLimiter: KeyframeLimiter
  #state: State = 'waitingKey'
  #ssrc = -1
  #previousSsrc = -1
  #previousSsrcUntilMs = 0
  #restartSequence = -1
  /** The frame being completed has all packets from the window's start up to this one, which is missing. */
  #scan = 0
  #frameTimestamp = 0
  #askedForKeyframeAtMs = -Infinity
  #packetsSinceAsked = 0
  #roundTripMs = 0

  constructor(config: VideoReceiverConfig, events: VideoReceiverEvents) {
    this.#codec = config.codec
    this.#payloadType = config.payloadType
    this.#maxWaitMs = config.maxWaitMs ?? 250
    this.#keyframeTimeoutMs = config.keyframeTimeoutMs ?? 500
    this.#events = events
    this.#window = new PacketWindow(config.windowPackets ?? 512)
    this.#nacks = new NackList({ reorderToleranceMs: config.reorderToleranceMs })
    this.#depacketizer = createDepacketizer(config.codec)
    this.#keyframeLimiter = new KeyframeLimiter(config.minKeyframeRequestMs)
  }

  /** Of the stream being received; undefined before the first packet. */
  get ssrc(): number | undefined {
    return this.#ssrc < 0 ? undefined : this.#ssrc
  }

  /** True until a keyframe has been delivered, and again while the chain of frames is broken. */
  get needsKeyframe(): boolean {
    return this.#state !== 'synced'
  }

  /** Spaces the NACKs for the same packet, and says how long to wait for it, and for a keyframe. */
  setRoundTripTime(rttMs: number): void {
    this.#roundTripMs = rttMs
    this.#nacks.setRoundTripTime(rttMs)
  }

  /** Takes an RTP packet and keeps it: it must not be changed afterwards. */
  push(packet: Buffer, nowMs: number): void {
    const header = this.#header
    if (!header.parse(packet) || header.payloadType !== this.#payloadType) return
    if (header.ssrc !== this.#ssrc && !this.#switchStream(header.ssrc, nowMs)) return
    this.stats.packets++
    this.#packetsSinceAsked++
    if (this.#ssrc < 0) this.#beginStream(header.ssrc, header.sequenceNumber)

    const sequence = this.#place(header.sequenceNumber)
    const window = this.#window
    if (sequence === undefined || window.get(sequence)) {
      this.stats.uselessPackets++
      return
    }
    if (sequence >= window.end) this.#noteGap(sequence, nowMs)
    else this.#nacks.received(sequence, nowMs)
    window.insert(sequence, packet, header)
    if (this.#state === 'waitingKey') this.#considerKeyframeStart(sequence)
    if (this.#state !== 'waitingKey') this.#deliver()
  }

  /** What happens by time alone: NACKs, giving up on holes, asking for keyframes. */
  poll(nowMs: number): void {
    this.#giveUpLateHoles(nowMs)
    const due = this.#nacks.takeDue(nowMs)
    if (due.length > 0) {
      this.stats.nackedPackets += due.length
      this.#events.onNack(due)
    }
    if (this.#state === 'waitingKey') this.#askForKeyframe(nowMs)
  }

  /** The decoder cannot go on: deliver nothing but a keyframe, and ask for one. */
  requireKeyframe(): void {
    if (this.#ssrc < 0 || this.#state !== 'synced') return
    this.#breakChain(this.#window.start)
    this.#deliver()
  }

  /** Forgets the stream; the next packet begins a new one, with a keyframe. */
  reset(): void {
    this.#ssrc = -1
    this.#previousSsrc = -1
    this.#state = 'waitingKey'
    this.#nacks.clear()
    this.#depacketizer.clear()
    this.#keyframeLimiter.cancel()
    this.#askedForKeyframeAtMs = -Infinity
    this.#packetsSinceAsked = 0
    this.#window.reset(0, 0)
    this.#scan = 0
  }

  /** False: the packet is a stray of the stream before. */
  #switchStream(ssrc: number, nowMs: number): boolean {
    if (this.#ssrc < 0) return true
    if (ssrc === this.#previousSsrc && nowMs < this.#previousSsrcUntilMs) return false
    const previous = this.#ssrc
    this.reset()
    this.#previousSsrc = previous
    this.#previousSsrcUntilMs = nowMs + oldStreamGraceMs
    return true
  }

  #beginStream(ssrc: number, sequenceNumber: number): void {
    this.#ssrc = ssrc
    this.#state = 'waitingKey'
    this.#restartSequence = -1
    this.#nacks.clear()
    const before = Math.min(startReorderPackets, this.#window.capacity / 2)
    this.#window.reset(sequenceNumber - before, sequenceNumber)
  }

  /** The unwrapped sequence number, with room for it in the window; undefined if it is of no use. */
  #place(sequenceNumber: number): number | undefined {
    const window = this.#window
    const highest = window.end - 1
    const distance = sequenceDistance(sequenceNumber, highest & 0xffff)
    const sequence = highest + distance
    if (distance < -maxMisorderPackets) {
      if (sequenceNumber !== this.#restartSequence) {
        this.#restartSequence = (sequenceNumber + 1) & 0xffff
        return undefined
      }
      this.#restartAt(sequenceNumber)
      return sequenceNumber
    }
    if (distance > window.capacity) {
      this.#restartAt(sequenceNumber)
      return sequenceNumber
    }
    if (sequence < window.start) return undefined
    const start = sequence - window.capacity + 1
    if (start > window.start) {
      if (this.#state !== 'waitingKey') this.#breakChain(start)
      else this.#dropBefore(start)
    }
    return sequence
  }

  /** The sender's numbers jumped: nothing held is of use any more. */
  #restartAt(sequenceNumber: number): void {
    if (this.#state === 'synced') this.stats.breaks++
    this.#beginStream(this.#ssrc, sequenceNumber)
  }

  /** Packets between the highest so far and this one are missing. */
  #noteGap(sequence: number, nowMs: number): void {
    const end = this.#window.end
    if (sequence === end || this.#nacks.add(end, sequence, nowMs)) return
    // Too much is missing to mend.
    if (this.#state === 'waitingKey') this.#dropBefore(sequence)
    else this.#breakChain(sequence)
  }

  #dropBefore(sequence: number): void {
    this.#window.advance(sequence)
    this.#nacks.dropBefore(sequence)
  }

  /** Nothing before `from` is wanted any more, and after it only what follows a keyframe. */
  #breakChain(from: number): void {
    if (this.#state === 'synced') this.stats.breaks++
    this.#state = 'waitingKey'
    this.#dropBefore(from)
    const end = this.#window.end
    for (let sequence = from; sequence < end && this.#state === 'waitingKey'; sequence++) {
      this.#considerKeyframeStart(sequence)
    }
  }

  #considerKeyframeStart(sequence: number): void {
    const slot = this.#window.get(sequence)
    if (!slot || slot.payloadLength === 0) return
    if (!this.#depacketizer.startsKeyframe(slot.packet, slot.payloadOffset, slot.payloadLength)) return
    this.#state = 'startingKey'
    this.#scan = sequence
    this.#dropBefore(sequence)
  }

  /** Delivers every frame that is whole by now. */
  #deliver(): void {
    const window = this.#window
    while (this.#state !== 'waitingKey') {
      const slot = window.get(this.#scan)
      if (!slot) return
      const isFirst = this.#scan === window.start
      if (slot.payloadLength === 0) {
        // Padding is sent between frames.
        this.#scan++
        if (isFirst) window.advance(this.#scan)
        else if (slot.marker) this.#completeFrame()
        continue
      }
      if (isFirst) this.#frameTimestamp = slot.timestamp
      if (slot.timestamp !== this.#frameTimestamp) {
        // The frame had no marker; this packet is the first of the next one.
        this.#completeFrame()
        continue
      }
      this.#scan++
      if (slot.marker) this.#completeFrame()
    }
  }

  /** The frame is all packets from the window's start to before `#scan`. */
  #completeFrame(): void {
    const end = this.#scan
    const frame = this.#assemble(end)
    if (!frame || (this.#state === 'startingKey' && !frame.isKey)) {
      this.#breakChain(end)
      return
    }
    this.#dropBefore(end)
    this.#state = 'synced'
    this.stats.frames++
    if (frame.isKey) {
      this.stats.keyframes++
      this.#keyframeLimiter.cancel()
      this.#askedForKeyframeAtMs = -Infinity
    }
    const { data, isKey } = frame
    this.#events.onFrame({ codec: this.#codec, data, isKey, rtpTimestamp: this.#frameTimestamp })
  }

  #assemble(end: number): AssembledFrame | undefined {
    for (let sequence = this.#window.start; sequence < end; sequence++) {
      const slot = this.#window.get(sequence)
      if (!slot || slot.payloadLength === 0) continue
      if (!this.#depacketizer.add(slot.packet, slot.payloadOffset, slot.payloadLength)) {
        this.#depacketizer.clear()
        return undefined
      }
    }
    return this.#depacketizer.finish()
  }

  #giveUpLateHoles(nowMs: number): void {
    const mendMs = this.#nacks.reorderToleranceMs + this.#roundTripMs * roundTripsToMend
    const since = nowMs - Math.max(this.#maxWaitMs, Math.min(maxHoleMs, mendMs))
    while (this.#state !== 'waitingKey' && this.#scan < this.#window.end) {
      // A hole that is not on the list was given up while nothing behind it was wanted.
      if ((this.#nacks.sinceMs(this.#scan) ?? -Infinity) > since) return
      this.#breakChain(this.#scan + 1)
      this.#deliver()
    }
    if (this.#state === 'waitingKey') this.#nacks.dropOlderThan(since)
  }

  #askForKeyframe(nowMs: number): void {
    // A sender that sends nothing cannot answer either.
    if (this.#packetsSinceAsked === 0) return
    if (nowMs - this.#askedForKeyframeAtMs < Math.max(this.#keyframeTimeoutMs, this.#roundTripMs * 1.5))
      return
    if (!this.#keyframeLimiter.request(nowMs)) return
    this.#askedForKeyframeAtMs = nowMs
    this.#packetsSinceAsked = 0
    this.stats.keyframeRequests++
    this.#events.onKeyframeNeeded()
  }
}
