import { readStun, replaceTieBreaker, stunTypes } from '../stun.ts'
import { UdpEnd } from './UdpEnd.ts'

/**
 * Makes a simulated browser look like Chromium behind a TURN relay: every packet comes from an address of the relay,
 * and its checks have the tie-breaker 0. One section of one browser each.
 */
export class ChromiumRelay {
  readonly #inside: UdpEnd
  readonly #outside: UdpEnd
  /** STUN message types that the server sent. */
  readonly answers = new Set<number>()

  private constructor(inside: UdpEnd, outside: UdpEnd) {
    this.#inside = inside
    this.#outside = outside
  }

  static async open(serverPort: number, icePwd: string): Promise<ChromiumRelay> {
    const [inside, outside] = await Promise.all([UdpEnd.open(), UdpEnd.open()])
    const relay = new ChromiumRelay(inside, outside)
    let browserPort = 0
    inside.onPacket((packet, { port }) => {
      browserPort = port
      const message = readStun(packet)
      if (message?.type === stunTypes.bindingRequest) replaceTieBreaker(packet, message, 0, icePwd)
      outside.send(packet, serverPort)
    })
    outside.onPacket((packet) => {
      const message = readStun(packet)
      if (message !== undefined) relay.answers.add(message.type)
      inside.send(packet, browserPort)
    })
    return relay
  }

  /** Where the browser sends to. */
  get port(): number {
    return this.#inside.port
  }

  close(): void {
    this.#inside.close()
    this.#outside.close()
  }
}
