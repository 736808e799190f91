import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { freePort } from '../../testing/freePorts.ts'
import { type AmfValue, decodeAmf0, encodeAmf0 } from '../streaming/rtmp/amf0.ts'
import { ChunkReader, messageType, type RtmpMessage, writeMessage } from '../streaming/rtmp/chunks.ts'

export type RtmpServerOptions = {
  /** What it says to `publish`. Default: that it takes the stream. */
  publishStatus?: { level: string; code: string; description: string }
  /** Takes connections and says nothing. */
  isMute?: boolean
  /** Then it speaks RTMPS. */
  tls?: { key: Buffer; cert: Buffer }
  /** Whether what comes is kept in `received`. Default true. */
  keepsMedia?: boolean
}

const handshakeBytes = 1536

/** As much of an RTMP server as a test needs: takes one stream, keeps what comes, and can be slow. Close it. */
export class RtmpServer {
  readonly received: RtmpMessage[] = []
  readonly commands: AmfValue[][] = []
  readonly #options: RtmpServerOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  static async start(options: RtmpServerOptions = {}): Promise<RtmpServer> {
    const server = new RtmpServer(options)
    // Others may want to listen here after it.
    const port = await freePort()
    await new Promise<void>((resolve) => server.#server.listen(port, '127.0.0.1', resolve))
    return server
  }

  private constructor(options: RtmpServerOptions) {
    this.#options = options
    const accept = (socket: Socket): void => this.#accept(socket)
    this.#server = options.tls ? createTlsServer(options.tls, accept) : createServer(accept)
    this.#server.on('tlsClientError', () => {})
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** It reads nothing until `resume`. */
  pause(): void {
    for (const socket of this.#sockets) socket.pause()
  }

  resume(): void {
    for (const socket of this.#sockets) socket.resume()
  }

  /** Ends the connections, not the server. */
  disconnect(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    this.disconnect()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
    if (this.#options.isMute) return
    let hello: Buffer | null = Buffer.alloc(0)
    const reader = new ChunkReader((message) => this.#receive(socket, message))
    socket.on('data', (bytes: Buffer) => {
      if (hello === null) return reader.push(bytes)
      const known = hello.length
      hello = Buffer.concat([hello, bytes])
      if (known < 1 + handshakeBytes && hello.length >= 1 + handshakeBytes) {
        const own = Buffer.alloc(handshakeBytes, 9)
        socket.write(Buffer.concat([Buffer.of(3), own, hello.subarray(1, 1 + handshakeBytes)]))
      }
      if (hello.length < 1 + 2 * handshakeBytes) return
      reader.push(hello.subarray(1 + 2 * handshakeBytes))
      hello = null
    })
  }

  #receive(socket: Socket, message: RtmpMessage): void {
    const isKept = this.#options.keepsMedia !== false
    if (isKept && (message.typeId === messageType.audio || message.typeId === messageType.video))
      this.received.push(message)
    if (message.typeId !== messageType.commandAmf0) return
    const command = decodeAmf0(message.payload)
    this.commands.push(command)
    const [name, transaction] = command
    if (name === 'connect')
      this.#answer(socket, 0, ['_result', transaction, {}, { code: 'NetConnection.Connect.Success' }])
    if (name === 'createStream') this.#answer(socket, 0, ['_result', transaction, null, 7])
    if (name === 'publish') {
      const status = this.#options.publishStatus ?? {
        level: 'status',
        code: 'NetStream.Publish.Start',
        description: 'It runs',
      }
      this.#answer(socket, message.streamId, ['onStatus', 0, null, status])
    }
  }

  #answer(socket: Socket, streamId: number, values: AmfValue[]): void {
    const message = { typeId: messageType.commandAmf0, streamId, timestampMs: 0, payload: encodeAmf0(values) }
    socket.write(writeMessage(message, 3, 128))
  }
}
