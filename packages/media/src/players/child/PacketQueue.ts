import { AV_NOPTS_VALUE } from 'node-av/constants'
import type { Packet } from 'node-av/lib'

/** Packets of one stream that wait for their decoder. Owns them. */
export class PacketQueue {
  readonly #unitMs: number
  #packets: Packet[] = []
  #bytes = 0
  #newestMs = -Infinity

  /** `unitMs`: milliseconds per unit of the packets' timestamps. */
  constructor(unitMs: number) {
    this.#unitMs = unitMs
  }

  get bytes(): number {
    return this.#bytes
  }

  get length(): number {
    return this.#packets.length
  }

  /** End of the newest packet on the stream's own scale; -Infinity before the first. */
  get newestMs(): number {
    return this.#newestMs
  }

  push(packet: Packet): void {
    this.#packets.push(packet)
    this.#bytes += packet.size
    const endMs = this.timeMs(packet) + Number(packet.duration) * this.#unitMs
    if (endMs > this.#newestMs) this.#newestMs = endMs
  }

  /** The oldest; to be freed by whoever takes it. */
  shift(): Packet | undefined {
    const packet = this.#packets.shift()
    if (packet !== undefined) this.#bytes -= packet.size
    return packet
  }

  /** Decoding time; -Infinity if the packet has none. */
  timeMs(packet: Packet): number {
    const time = packet.dts === AV_NOPTS_VALUE ? packet.pts : packet.dts
    return time === AV_NOPTS_VALUE ? -Infinity : Number(time) * this.#unitMs
  }

  /** Time of the oldest; Infinity if there is none. */
  get oldestMs(): number {
    const [oldest] = this.#packets
    return oldest === undefined ? Infinity : this.timeMs(oldest)
  }

  /** Frees all before the last keyframe that is due by `untilMs`; false if there is none but the first. */
  skipToKeyframe(untilMs: number): boolean {
    const last = this.#packets.findLastIndex(
      (packet, index) => index > 0 && packet.isKeyframe && this.timeMs(packet) <= untilMs,
    )
    for (let count = last; count > 0; count--) this.shift()?.free()
    return last > 0
  }

  clear(): void {
    for (const packet of this.#packets) packet.free()
    this.#packets = []
    this.#bytes = 0
    this.#newestMs = -Infinity
  }
}
