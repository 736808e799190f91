import { frameSamples } from '../constants.ts'
import { OpusEncoder } from '../opus/OpusEncoder.ts'
import type { OpusEncoderOptions } from '../opus/OpusEncoder.ts'
import type { AudioRtpPacket } from '../RoomAudio.ts'
import { ToneGenerator } from './tone.ts'

export interface OpusToneOptions extends OpusEncoderOptions {
  frequencyHz: number
  /** Peak, 0 to 1. Default 0.25. */
  amplitude?: number
  /** Default 0. */
  firstSequenceNumber?: number
  /** Default 0. */
  firstRtpTimestamp?: number
}

/** A simulated microphone: a tone in real Opus packets of 20 ms, numbered as RTP. Close it. */
export class OpusTone {
  readonly #encoder: OpusEncoder
  readonly #tone: ToneGenerator
  readonly #samples = new Float32Array(frameSamples)
  #sequenceNumber: number
  #rtpTimestamp: number
  #marker = true

  constructor(options: OpusToneOptions) {
    this.#encoder = new OpusEncoder(options)
    this.#tone = new ToneGenerator(options.frequencyHz, options.amplitude)
    this.#sequenceNumber = options.firstSequenceNumber ?? 0
    this.#rtpTimestamp = options.firstRtpTimestamp ?? 0
  }

  /** The next 20 ms; the payload is a copy. */
  next(): AudioRtpPacket {
    this.#tone.fill(this.#samples)
    const packet = {
      sequenceNumber: this.#sequenceNumber,
      rtpTimestamp: this.#rtpTimestamp,
      payload: Uint8Array.from(this.#encoder.encode(this.#samples)),
      marker: this.#marker,
    }
    this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff
    this.#rtpTimestamp = (this.#rtpTimestamp + frameSamples) % 2 ** 32
    this.#marker = false
    return packet
  }

  /** Time passes without a packet, as under DTX; the next one has the marker set. */
  pause(durationMs: number): void {
    this.#rtpTimestamp = (this.#rtpTimestamp + durationMs * 48) % 2 ** 32
    this.#marker = true
  }

  close(): void {
    this.#encoder.close()
  }
}
