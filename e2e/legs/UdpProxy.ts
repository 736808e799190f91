import { createSocket, type Socket } from 'node:dgram'
import type { AddressInfo } from 'node:net'
import type { BrowserMember } from '../support/BrowserMember.ts'

/**
 * Stands between the browsers and the UDP port of a media process, as a home router does: one outgoing port for
 * each port of a browser. Packets can be lost, and the outgoing ports can change, as when a phone changes networks.
 */
export class UdpProxy {
  readonly #socket: Socket
  readonly #serverPort: number
  readonly #flows = new Map<number, Socket>()
  #isCut = false

  private constructor(socket: Socket, serverPort: number) {
    this.#socket = socket
    this.#serverPort = serverPort
    socket.on('message', (packet, { port }) => {
      if (this.#isCut) return
      this.#flowOf(port).send(packet, this.#serverPort, '127.0.0.1')
    })
  }

  static async open(serverPort: number): Promise<UdpProxy> {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    return new UdpProxy(socket, serverPort)
  }

  get port(): number {
    return (this.#socket.address() as AddressInfo).port
  }

  /** Loses everything, both ways, until `mend()`. */
  cut(): void {
    this.#isCut = true
  }

  mend(): void {
    this.#isCut = false
  }

  /** From now on the server sees every browser at another port. */
  changeAddresses(): void {
    for (const toServer of this.#flows.values()) toServer.close()
    this.#flows.clear()
  }

  close(): void {
    this.changeAddresses()
    this.#socket.close()
  }

  #flowOf(port: number): Socket {
    const known = this.#flows.get(port)
    if (known) return known
    const toServer = createSocket('udp4')
    toServer.on('message', (packet) => {
      if (!this.#isCut) this.#socket.send(packet, port, '127.0.0.1')
    })
    this.#flows.set(port, toServer)
    return toServer
  }
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
