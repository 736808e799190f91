import type { PacketSource } from './SendStream.ts'

export type NackResponderOptions = {
  /** The same packet is not resent sooner than this. Default 20. */
  minIntervalMs?: number
  /** The same packet is resent at most this often. Default 5. */
  maxResends?: number
}

/** Packets whose resends are remembered; two that share a slot only make the limits looser. */
const rememberedPackets = 1024

/**
 * Answers the NACKs of one receiver from a ring shared by all, within limits: a receiver that asks without
 * end costs at most `maxResends` times its stream. Uses no memory until the first NACK.
 */
export class NackResponder {
  readonly #source: PacketSource
  #minIntervalMs: number
  readonly #maxResends: number
  #requestedPackets = 0
  #sequenceNumbers: Int32Array | undefined
  #resentAtMs = new Float64Array(0)
  #resends = new Uint8Array(0)

  constructor(source: PacketSource, options: NackResponderOptions = {}) {
    this.#source = source
    this.#minIntervalMs = options.minIntervalMs ?? 20
    this.#maxResends = Math.min(255, options.maxResends ?? 5)
  }

  /** How many different packets were asked for. */
  get requestedPackets(): number {
    return this.#requestedPackets
  }

  /** A packet asked for again before the resend can have arrived is not resent; kept within 20 and 100 ms. */
  setRoundTripTime(rttMs: number): void {
    this.#minIntervalMs = Math.min(100, Math.max(20, rttMs / 2))
  }

  /**
   * Calls `resend` with each packet that is still there and within the limits, and the number it was asked
   * for by; returns how many.
   */
  answer(
    sequenceNumbers: readonly number[],
    nowMs: number,
    resend: (packet: Buffer, sequenceNumber: number) => void,
  ): number {
    let answered = 0
    for (const sequenceNumber of sequenceNumbers) {
      const packet = this.#source.get(sequenceNumber)
      if (!packet || !this.#mayResend(sequenceNumber, nowMs)) continue
      resend(packet, sequenceNumber)
      answered++
    }
    return answered
  }

  #mayResend(sequenceNumber: number, nowMs: number): boolean {
    this.#sequenceNumbers ??= this.#remember()
    const slot = sequenceNumber % rememberedPackets
    if (this.#sequenceNumbers[slot] !== sequenceNumber) {
      this.#sequenceNumbers[slot] = sequenceNumber
      this.#resends[slot] = 0
      this.#requestedPackets++
    } else {
      if (nowMs - (this.#resentAtMs[slot] ?? 0) < this.#minIntervalMs) return false
      if ((this.#resends[slot] ?? 0) >= this.#maxResends) return false
    }
    this.#resentAtMs[slot] = nowMs
    this.#resends[slot] = (this.#resends[slot] ?? 0) + 1
    return true
  }

  #remember(): Int32Array {
    this.#resentAtMs = new Float64Array(rememberedPackets)
    this.#resends = new Uint8Array(rememberedPackets)
    return new Int32Array(rememberedPackets).fill(-1)
  }
}
