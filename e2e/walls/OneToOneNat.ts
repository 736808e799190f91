import { createSocket, type Socket } from 'node:dgram'
import type { AddressInfo } from 'node:net'

/**
 * A router that forwards one of its ports to one of a machine behind it. What comes back goes out from the outside
 * port, so that to everybody outside the machine is that port.
 */
export class OneToOneNat {
  readonly #outside: Socket
  readonly #flows = new Map<number, Socket>()
  /** Packets that came from outside, and from inside. */
  readonly passed = { in: 0, out: 0 }

  private constructor(outside: Socket, insidePort: number) {
    this.#outside = outside
    outside.on('message', (packet, { port, address }) => {
      let flow = this.#flows.get(port)
      if (flow === undefined) {
        flow = createSocket('udp4')
        flow.on('message', (answer) => {
          this.passed.out++
          outside.send(answer, port, address)
        })
        this.#flows.set(port, flow)
      }
      this.passed.in++
      flow.send(packet, insidePort, '127.0.0.1')
    })
  }

  /** From a free port of `outsideAddress` to `insidePort` of 127.0.0.1. */
  static async open(outsideAddress: string, insidePort: number): Promise<OneToOneNat> {
    const outside = createSocket('udp4')
    await new Promise<void>((resolve, reject) => {
      outside.once('error', reject)
      outside.bind(0, outsideAddress, resolve)
    })
    return new OneToOneNat(outside, insidePort)
  }

  get port(): number {
    return (this.#outside.address() as AddressInfo).port
  }

  close(): void {
    for (const flow of this.#flows.values()) flow.close()
    this.#outside.close()
  }
}
