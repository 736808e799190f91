import { sequenceDistance } from './sequence.ts'

/** Where a number that a receiver saw comes from. */
export type SequenceOrigin<Stream> = { stream: Stream; sequenceNumber: number } | 'filler'

/** Numbers in a row that come from one stream; `stream` null: fillers. */
type Run<Stream> = {
  /** The receiver's first number of it, counted on without wraps. */
  from: number
  /** The receiver's number less the stream's. */
  offset: number
  stream: Stream | null
}

/** Runs that NACKs can still ask for; with a filler every tick they are some 5 s. */
const maxRuns = 512

/**
 * The sequence numbers of shared streams as one receiver sees them: one after the other without a jump, whichever
 * stream they are of, and however long the receiver was left out in between. A jump of over 2^15 would make SRTP
 * lose count of the wraps on both sides (RFC 3711 3.3.1), so the stream would be dead for it. The same goes for one
 * that joins right before a wrap and loses its first packets: give it a start below 2^15 (`randomSequenceStart`).
 */
export class ReceiverSequence<Stream> {
  readonly #runs: Run<Stream>[] = []
  /** The next number, counted on without wraps. */
  #next: number | undefined
  #paused = false

  /** `start`: the number of the first packet. Default: that of the first stream. */
  constructor(start?: number) {
    this.#next = start
  }

  /** For each packet sent the first time, in the order of its stream: the number it goes out with. */
  map(sequenceNumber: number, stream: Stream): number {
    this.#next ??= sequenceNumber
    let run = this.#runs.at(-1)
    if (run === undefined || run.stream !== stream || this.#paused) {
      run = this.#begin(stream, this.#next - sequenceNumber)
    }
    const mapped = (sequenceNumber + run.offset) & 0xffff
    this.#next += ((mapped - this.#next) & 0xffff) + 1
    return mapped
  }

  /** A number for a packet that is of no stream. */
  fill(): number {
    this.#next ??= 0
    if (this.#runs.at(-1)?.stream !== null || this.#paused) this.#begin(null, 0)
    return this.#next++ & 0xffff
  }

  /** For a NACK: undefined for a number that was not sent, or too long ago to tell. */
  originOf(mapped: number): SequenceOrigin<Stream> | undefined {
    if (this.#next === undefined) return undefined
    const last = this.#next - 1
    const distance = sequenceDistance(mapped, last & 0xffff)
    if (distance > 0) return undefined
    const number = last + distance
    const run = this.#runs.findLast(({ from }) => from <= number)
    if (run === undefined) return undefined
    if (run.stream === null) return 'filler'
    return { stream: run.stream, sequenceNumber: (number - run.offset) & 0xffff }
  }

  /** The receiver is left out from now on, until the next `map`. */
  pause(): void {
    this.#paused = true
  }

  #begin(stream: Stream | null, offset: number): Run<Stream> {
    const run = { from: this.#next ?? 0, offset, stream }
    this.#runs.push(run)
    if (this.#runs.length > maxRuns) this.#runs.shift()
    this.#paused = false
    return run
  }
}
