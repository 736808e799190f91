import { frameMs, frameSamples, samplesPerMs } from '../constants.ts'
import { rampSamples } from '../gain.ts'
import { OpusDecoder } from '../opus/OpusDecoder.ts'
import { opusDurationSamples } from '../opus/toc.ts'
import { DelayEstimator } from './DelayEstimator.ts'
import { JitterBuffer } from './JitterBuffer.ts'
import type { BufferedPacket } from './JitterBuffer.ts'
import { PcmFifo, stretchSamples } from './PcmFifo.ts'
import { Unwrapper } from './Unwrapper.ts'

/** What is heard of a lost or stalled stream: 100 ms that fade out. */
const maxConcealedSamples = 5 * frameSamples
/** More than this never waits; the oldest goes. */
const maxQueuedSamples = 500 * samplesPerMs
/** A sender that jumps by more than this, in numbers or in time, has begun anew. */
const maxSequenceJump = 1000
const maxTransitJumpMs = 3000
/** A gap in time without a missing packet below this is a rounding of the sender, no silence. */
const contiguousSamples = 240
/** When sound begins after a pause, this much above the target may be queued; older sound is skipped. */
const startSlackMs = 60

/** The delay is left alone from a little below its target to most of a tick above it. */
const excessMs = 18
const deficitMs = 2
/** Beyond this, being late is worse than being stretched. */
const urgentMs = 60
const stretchIntervalMs = 100
const quietIntervalMs = 40
const minSimilarity = 0.5

/** A decoder nobody needed for this long is closed. */
const decoderIdleTicks = 500

export interface PlayoutStats {
  packetsReceived: number
  /** Came after their place had been played, or twice. */
  packetsLate: number
  packetsDuplicate: number
  /** Thrown away because more than 500 ms were waiting, or because a pause ended with too many. */
  packetsSkipped: number
  packetsInvalid: number
  /** Samples made up by concealment. */
  concealedSamples: number
  /** Samples taken out or put in to keep the delay at its target. */
  shortenedSamples: number
  lengthenedSamples: number
  restarts: number
  targetDelayMs: number
  /** What is decoded or queued and not yet played. */
  bufferedMs: number
}

/**
 * Turns the packets of one stream into 20 ms of sound per tick. Sequence numbers tell loss from silence: a
 * missing number is concealed, a jump of the timestamp alone (DTX) is a pause. After each pause playout is
 * aligned to the target delay anew; in between it is kept there by dropping or repeating single periods.
 */
export class Playout {
  readonly #jitterBuffer = new JitterBuffer()
  readonly #delay = new DelayEstimator()
  readonly #fifo = new PcmFifo()
  readonly #sequences = new Unwrapper(16)
  readonly #timestamps = new Unwrapper(32)
  #decoder: OpusDecoder | null = null
  #decoderIdleTicks = 0

  #playing = false
  /** Timestamp up to which sound is in the FIFO or was played. */
  #decodedUntil = -Infinity
  #lastSequence = 0
  #concealed = 0
  /** Concealed while nothing was known to be missing: a loss found later has been covered already. */
  #coveredAhead = 0
  #stretchedAtMs = -Infinity
  /** The next packet comes after silence. */
  #fadesIn = false

  #packetsReceived = 0
  #packetsLate = 0
  #packetsDuplicate = 0
  #packetsSkipped = 0
  #packetsInvalid = 0
  #concealedSamples = 0
  #shortenedSamples = 0
  #lengthenedSamples = 0
  #restarts = 0

  /** Takes a packet; with `keep` false it only teaches the delay (a muted source). */
  push(
    sequenceNumber: number,
    rtpTimestamp: number,
    payload: Uint8Array,
    nowMs: number,
    keep: boolean,
  ): void {
    this.#packetsReceived++
    const durationSamples = opusDurationSamples(payload)
    if (durationSamples === 0) {
      this.#packetsInvalid++
      return
    }
    this.#restartOnJump(sequenceNumber, rtpTimestamp, nowMs)
    const sequence = this.#sequences.unwrap(sequenceNumber)
    const timestamp = this.#timestamps.unwrap(rtpTimestamp)
    this.#delay.onPacket(timestamp, nowMs)
    if (!keep) return
    if (timestamp + durationSamples <= this.#decodedUntil) {
      this.#packetsLate++
      // A second copy of what was played in time says nothing about the network.
      const early = this.#delay.relativeDelayMs(timestamp, nowMs) < this.#delay.targetMs(nowMs)
      if (this.#playing && !early) this.#delay.onLatePacket(timestamp, nowMs)
      return
    }
    if (!this.#jitterBuffer.insert(sequence, timestamp, durationSamples, payload)) this.#packetsDuplicate++
    this.#boundQueue()
  }

  /** Fills `out` with the next 20 ms; false if they are silence. */
  pull(out: Float32Array, nowMs: number): boolean {
    if (!this.#playing && !this.#tryStart(nowMs)) {
      if (this.#fifo.length === 0) {
        this.#idle()
        return false
      }
    } else {
      this.#decoderIdleTicks = 0
      this.#fill(frameSamples)
      if (this.#playing && this.#concealed === 0) this.#steer(nowMs)
    }
    this.#fifo.shift(out)
    return true
  }

  /** Forgets what is queued and playing, for a source that is not heard now. Statistics stay. */
  pause(): void {
    this.#playing = false
    this.#fifo.clear()
    this.#jitterBuffer.clear()
    this.#coveredAhead = 0
    this.#concealed = 0
  }

  /** A new stream begins: other sequence numbers, other timestamps. */
  reset(): void {
    this.pause()
    this.#sequences.reset()
    this.#timestamps.reset()
    this.#delay.rebase()
    this.#decodedUntil = -Infinity
    this.#decoder?.reset()
  }

  /** Counts a tick on which nothing was decoded; a decoder idle for 10 s is closed. */
  idleTick(): void {
    this.#idle()
  }

  targetDelayMs(nowMs: number): number {
    return this.#delay.targetMs(nowMs)
  }

  stats(nowMs: number): PlayoutStats {
    const last = this.#jitterBuffer.last()
    const queued = last && this.#playing ? last.timestamp + last.durationSamples - this.#decodedUntil : 0
    return {
      packetsReceived: this.#packetsReceived,
      packetsLate: this.#packetsLate,
      packetsDuplicate: this.#packetsDuplicate,
      packetsSkipped: this.#packetsSkipped,
      packetsInvalid: this.#packetsInvalid,
      concealedSamples: this.#concealedSamples,
      shortenedSamples: this.#shortenedSamples,
      lengthenedSamples: this.#lengthenedSamples,
      restarts: this.#restarts,
      targetDelayMs: this.#delay.targetMs(nowMs),
      bufferedMs: (Math.max(0, queued) + this.#fifo.length) / samplesPerMs,
    }
  }

  close(): void {
    this.pause()
    this.#decoder?.close()
    this.#decoder = null
  }

  #restartOnJump(sequenceNumber: number, rtpTimestamp: number, nowMs: number): void {
    if (this.#delay.baselineMs === Infinity) return
    const sequence = this.#sequences.peek(sequenceNumber)
    const transitMs = this.#delay.relativeDelayMs(this.#timestamps.peek(rtpTimestamp), nowMs)
    const newest = this.#jitterBuffer.last()?.sequence ?? this.#lastSequence
    const jumped = this.#playing && Math.abs(sequence - newest) > maxSequenceJump
    if (!jumped && Math.abs(transitMs) <= maxTransitJumpMs) return
    this.#restarts++
    this.reset()
  }

  #boundQueue(): void {
    const last = this.#jitterBuffer.last()
    if (!last) return
    const end = last.timestamp + last.durationSamples
    for (
      let first = this.#jitterBuffer.first();
      first && first !== last;
      first = this.#jitterBuffer.first()
    ) {
      const start = this.#playing ? Math.min(first.timestamp, this.#decodedUntil) : first.timestamp
      if (end - start <= maxQueuedSamples) return
      this.#jitterBuffer.dropFirst()
      this.#packetsSkipped++
      if (this.#playing) {
        // Play on from the next one: the sound in between is given up, not concealed.
        const next = this.#jitterBuffer.first()
        this.#decodedUntil = Math.max(this.#decodedUntil, next ? next.timestamp : end)
        this.#lastSequence = Math.max(this.#lastSequence, next ? next.sequence - 1 : last.sequence)
      }
    }
  }

  /** Sound begins when its first packet has waited for the target delay, to the sample. */
  #tryStart(nowMs: number): boolean {
    let first = this.#jitterBuffer.first()
    if (!first) return false
    const targetMs = this.#delay.targetMs(nowMs)
    const waitMs = targetMs - this.#delay.relativeDelayMs(first.timestamp, nowMs)
    if (waitMs >= frameMs) return false
    const last = this.#jitterBuffer.last()!
    const end = last.timestamp + last.durationSamples
    while (first !== last && end - first.timestamp > (targetMs + startSlackMs) * samplesPerMs) {
      this.#jitterBuffer.dropFirst()
      this.#packetsSkipped++
      first = this.#jitterBuffer.first()!
    }
    // The rest of the wait is less than a tick: silence in front.
    const waitSamples = Math.round(waitMs * samplesPerMs) - this.#fifo.length
    if (waitSamples > 0) this.#fifo.pushSilence(waitSamples)
    this.#playing = true
    this.#decodedUntil = first.timestamp
    this.#lastSequence = first.sequence - 1
    this.#concealed = 0
    this.#coveredAhead = 0
    this.#stretchedAtMs = nowMs
    this.#fadesIn = true
    return true
  }

  /** Decodes or conceals until the FIFO holds `samples`, or until a pause begins. */
  #fill(samples: number): void {
    while (this.#fifo.length < samples && this.#playing) {
      const packet = this.#jitterBuffer.first()
      if (!packet) this.#concealUnderrun()
      else if (packet.timestamp + packet.durationSamples <= this.#decodedUntil) {
        this.#jitterBuffer.dropFirst()
        this.#packetsLate++
      } else if (packet.timestamp - this.#decodedUntil < contiguousSamples) this.#play(packet)
      else this.#crossGap(packet)
    }
  }

  #play(packet: BufferedPacket): void {
    this.#decoder ??= new OpusDecoder()
    const samples = this.#decoder.decode(packet.payload.subarray(0, packet.size))
    const alreadyPlayed = Math.max(0, this.#decodedUntil - packet.timestamp)
    this.#decodedUntil = packet.timestamp + packet.durationSamples
    this.#lastSequence = packet.sequence
    const durationSamples = packet.durationSamples
    this.#jitterBuffer.dropFirst()
    if (samples) {
      const start = this.#fifo.length
      this.#fifo.push(alreadyPlayed > 0 ? samples.subarray(alreadyPlayed) : samples)
      if (this.#fadesIn) this.#fifo.fadeIn(start, rampSamples)
      this.#fadesIn = false
      this.#concealed = 0
      this.#coveredAhead = 0
      return
    }
    this.#packetsInvalid++
    this.#conceal(Math.min(durationSamples, frameSamples))
  }

  /** The next packet lies ahead: packets between were lost, or the sender paused. */
  #crossGap(packet: BufferedPacket): void {
    const gap = packet.timestamp - this.#decodedUntil
    const missing = packet.sequence - this.#lastSequence - 1
    if (missing <= 0 || this.#concealed >= maxConcealedSamples) {
      this.#endInSilence()
      return
    }
    if (this.#coveredAhead > 0) {
      const covered = Math.min(gap, this.#coveredAhead)
      this.#coveredAhead -= covered
      this.#decodedUntil += covered
      return
    }
    const concealed = Math.min(gap, frameSamples)
    this.#conceal(concealed)
    this.#decodedUntil += concealed
  }

  /** Nothing there: late, lost, paused or gone, nobody knows yet. Time stands still for the stream. */
  #concealUnderrun(): void {
    if (this.#concealed >= maxConcealedSamples) {
      this.#playing = false
      return
    }
    this.#conceal(frameSamples)
    this.#coveredAhead += frameSamples
  }

  #conceal(count: number): void {
    this.#decoder ??= new OpusDecoder()
    const samples = this.#decoder.conceal(count)
    if (samples) this.#fifo.push(samples, Math.min(count, samples.length))
    else this.#fifo.pushSilence(count)
    this.#concealed += count
    this.#concealedSamples += count
    if (this.#concealed >= maxConcealedSamples) this.#fifo.fadeOutTail(count)
  }

  #endInSilence(): void {
    if (this.#concealed < maxConcealedSamples) {
      this.#conceal(rampSamples)
      this.#fifo.fadeOutTail(rampSamples)
    }
    this.#playing = false
  }

  /** Brings the delay nearer to its target: often where it is quiet, rarely and only where it cannot be heard elsewhere. */
  #steer(nowMs: number): void {
    const playedUntil = this.#decodedUntil - this.#fifo.length
    const errorMs = this.#delay.relativeDelayMs(playedUntil, nowMs) - this.#delay.targetMs(nowMs)
    if (errorMs > -deficitMs && errorMs < excessMs) return
    const urgent = Math.abs(errorMs) > urgentMs
    const quiet = this.#fifo.isQuiet()
    const intervalMs = quiet ? quietIntervalMs : stretchIntervalMs
    if (!urgent && nowMs - this.#stretchedAtMs < intervalMs) return
    if (errorMs < 0) this.#lengthen(quiet, urgent)
    else this.#shorten(quiet, urgent)
    this.#stretchedAtMs = nowMs
  }

  #shorten(quiet: boolean, urgent: boolean): void {
    // Only from what is there: a shortened frame must not run into a gap.
    while (this.#fifo.length < frameSamples + stretchSamples) {
      const packet = this.#jitterBuffer.first()
      if (!packet || packet.timestamp - this.#decodedUntil >= contiguousSamples) break
      this.#play(packet)
    }
    if (this.#fifo.length < frameSamples + stretchSamples) return
    this.#shortenedSamples += this.#fifo.shorten(quiet || urgent ? -1 : minSimilarity)
  }

  #lengthen(quiet: boolean, urgent: boolean): void {
    this.#lengthenedSamples += this.#fifo.lengthen(quiet || urgent ? -1 : minSimilarity)
  }

  #idle(): void {
    if (!this.#decoder || ++this.#decoderIdleTicks < decoderIdleTicks) return
    this.#decoder.close()
    this.#decoder = null
    this.#decoderIdleTicks = 0
  }
}
