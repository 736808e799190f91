import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import type { AddressInfo } from 'node:net'

/** A UDP socket that keeps what it receives. */
export class UdpEnd {
  readonly received: { packet: Buffer; from: RemoteInfo }[] = []
  readonly #socket: Socket

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (packet, from) => this.received.push({ packet, from }))
  }

  static open(address = '127.0.0.1', port = 0): Promise<UdpEnd> {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    return new Promise((resolve, reject) => {
      socket.once('error', reject)
      socket.bind(port, address, () => resolve(new UdpEnd(socket)))
    })
  }

  get port(): number {
    return (this.#socket.address() as AddressInfo).port
  }

  onPacket(handler: (packet: Buffer, from: RemoteInfo) => void): void {
    this.#socket.on('message', handler)
  }

  send(packet: Buffer, port: number, address = '127.0.0.1'): void {
    this.#socket.send(packet, port, address)
  }

  close(): void {
    this.#socket.close()
  }
}
