import { createSocket, type Socket } from 'node:dgram'
import type { AddressInfo } from 'node:net'
import { seededRandom } from '@roomful/media/rtp/testSupport'
import type { BrowserMember } from '../support/BrowserMember.ts'

/** What happens to the packets of one direction. */
export type LineConditions = {
  /** Share of the packets lost at random, 0 to 1. Default 0. */
  loss: number
  /**
   * Every packet is delayed by a random time up to this, each for itself, so that they overtake each other: as
   * `tc netem delay` does. Default 0.
   */
  jitterMs: number
  /** Bits per second that pass. Default: any number. */
  rateBps: number
  /** With `rateBps`: a packet that would have to queue for longer is lost. Default 200. */
  maxQueueMs: number
}

/** Bytes of IPv4 and UDP around each packet, which take their time on a slow line too. */
const headerBytes = 28

const goodLine: LineConditions = { loss: 0, jitterMs: 0, rateBps: Infinity, maxQueueMs: 200 }

/** One direction of a line. */
class Line {
  conditions = goodLine
  lost = 0
  passed = 0
  readonly #random: () => number
  readonly #timers = new Set<NodeJS.Timeout>()
  #busyUntilMs = 0

  constructor(random: () => number) {
    this.#random = random
  }

  carry(packet: Buffer, deliver: () => void): void {
    const { loss, jitterMs, rateBps, maxQueueMs } = this.conditions
    const nowMs = performance.now()
    let delayMs = 0
    if (rateBps < Infinity) {
      const startMs = Math.max(nowMs, this.#busyUntilMs)
      if (startMs - nowMs > maxQueueMs) {
        this.lost++
        return
      }
      this.#busyUntilMs = startMs + ((packet.length + headerBytes) * 8000) / rateBps
      delayMs = this.#busyUntilMs - nowMs
    }
    if (loss > 0 && this.#random() < loss) {
      this.lost++
      return
    }
    this.passed++
    delayMs += jitterMs * this.#random()
    if (delayMs < 1) {
      deliver()
      return
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      deliver()
    }, delayMs)
    this.#timers.add(timer)
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}

/**
 * Stands between the browsers and the UDP port of a media process, as a home router does: one outgoing port for
 * each port of a browser. Packets can be lost and late, and the outgoing ports can change, as when a phone changes
 * networks.
 */
export class UdpProxy {
  /** From the browsers to the server, and back. */
  readonly up: Line
  readonly down: Line
  readonly #socket: Socket
  readonly #serverPort: number
  readonly #flows = new Map<number, Socket>()
  #isCut = false

  private constructor(socket: Socket, serverPort: number, seed: number) {
    this.#socket = socket
    this.#serverPort = serverPort
    this.up = new Line(seededRandom(seed))
    this.down = new Line(seededRandom(seed + 1))
    socket.on('message', (packet, { port }) => {
      if (this.#isCut) return
      this.up.carry(packet, () => this.#flowOf(port).send(packet, this.#serverPort, '127.0.0.1'))
    })
  }

  /** `seed`: of what is lost and how late packets are. */
  static async open(serverPort: number, seed = 1): Promise<UdpProxy> {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    return new UdpProxy(socket, serverPort, seed)
  }

  get port(): number {
    return (this.#socket.address() as AddressInfo).port
  }

  /** From now on the line is this bad, both ways or one. */
  impair(conditions: Partial<LineConditions>, directions: readonly ('up' | 'down')[] = ['up', 'down']): void {
    for (const direction of directions) this[direction].conditions = { ...goodLine, ...conditions }
  }

  /** Loses everything, both ways, until `mend()`. */
  cut(): void {
    this.#isCut = true
  }

  /** The line is faultless again. */
  mend(): void {
    this.#isCut = false
    this.impair({})
  }

  /** From now on the server sees every browser at another port. */
  changeAddresses(): void {
    for (const toServer of this.#flows.values()) toServer.close()
    this.#flows.clear()
  }

  close(): void {
    this.up.close()
    this.down.close()
    this.changeAddresses()
    this.#socket.close()
  }

  #flowOf(port: number): Socket {
    const known = this.#flows.get(port)
    if (known) return known
    const toServer = createSocket('udp4')
    toServer.on('message', (packet) => {
      if (this.#isCut) return
      this.down.carry(packet, () => this.#socket.send(packet, port, '127.0.0.1'))
    })
    this.#flows.set(port, toServer)
    return toServer
  }
}

/** An answer whose candidates lead to the proxy. */
export function throughProxy(answerSdp: string, { port }: { port: number }): string {
  return answerSdp.replace(/^(a=candidate:\S+ \d+ \S+ \d+ \S+) \d+/gm, `$1 ${port}`)
}

/** Has the page send its media to the proxy; to be called before joining. */
export async function useProxy({ page }: BrowserMember, proxy: UdpProxy): Promise<void> {
  await page.evaluate((port) => {
    const original = RTCPeerConnection.prototype.setRemoteDescription
    RTCPeerConnection.prototype.setRemoteDescription = function (
      this: RTCPeerConnection,
      description: RTCSessionDescriptionInit,
    ) {
      const sdp = description.sdp?.replace(/^(a=candidate:\S+ \d+ \S+ \d+ \S+) \d+/gm, `$1 ${port}`)
      return Reflect.apply(original, this, [{ type: description.type, sdp }]) as Promise<void>
    } as typeof original
    // The server must not find the browser by itself: its addresses stay unknown.
    const local = Object.getOwnPropertyDescriptor(RTCPeerConnection.prototype, 'localDescription')
    Object.defineProperty(RTCPeerConnection.prototype, 'localDescription', {
      get(this: RTCPeerConnection) {
        const description = local?.get?.call(this) as RTCSessionDescription | null
        const sdp = description?.sdp.replace(/^a=candidate:.*\r\n/gm, '')
        return description && { type: description.type, sdp }
      },
    })
  }, proxy.port)
}
