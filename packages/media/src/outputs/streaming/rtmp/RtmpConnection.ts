import { randomFillSync } from 'node:crypto'
import type { Socket } from 'node:net'
import { MediaError } from '../../../MediaError.ts'
import { Deferred } from '../../Deferred.ts'
import { type AmfValue, decodeAmf0, encodeAmf0 } from './amf0.ts'
import { ChunkReader, defaultChunkSize, messageType, type RtmpMessage, writeMessage } from './chunks.ts'

export type RtmpConnectionOptions = {
  socket: Socket
  /** `host:port`, for messages. */
  authority: string
  /** An `onStatus` of the server: something about the stream changed. */
  onStatus(level: string, code: string, description: string): void
  /** Once, whichever side closed it; not after `close`. */
  onClosed(error: MediaError): void
}

const version = 3
const handshakeBytes = 1536
const ownChunkSize = 4096
const windowBytes = 2_500_000
const chunkStream = { control: 2, command: 3, audio: 4, video: 6, data: 5 } as const
const userControl = { pingRequest: 6, pingResponse: 7 } as const
/** A good-bye that the server does not take is not waited for. */
const closeTimeoutMs = 1000

/** One RTMP connection as a client (Adobe RTMP 1.0): handshake, chunks, commands. Over a socket that is connected. */
export class RtmpConnection {
  readonly #options: RtmpConnectionOptions
  readonly #socket: Socket
  readonly #reader: ChunkReader
  readonly #pending = new Map<number, Deferred<AmfValue[]>>()
  readonly #handshake = new Deferred<void>()
  #handshakeInput: Buffer = Buffer.alloc(0)
  #isOpen = false
  #isClosed = false
  #chunkSize = defaultChunkSize
  #nextTransaction = 1
  #receivedBytes = 0
  #acknowledgedBytes = 0
  #peerWindowBytes = windowBytes

  constructor(options: RtmpConnectionOptions) {
    this.#options = options
    this.#socket = options.socket
    this.#reader = new ChunkReader((message) => this.#receive(message))
    this.#socket.setNoDelay(true)
    this.#socket.on('data', (bytes: Buffer) => this.#takeBytes(bytes))
    this.#socket.on('error', (error) => this.#fail(error.message))
    this.#socket.on('close', () => this.#fail('it closed the connection'))
  }

  /** Bytes that wait in this process because the network or the server is slow. */
  get queuedBytes(): number {
    return this.#socket.writableLength
  }

  /** Bytes handed to the operating system. */
  get sentBytes(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength
  }

  /** Section 5.2: the simple handshake. */
  async shakeHands(): Promise<void> {
    const hello = Buffer.alloc(1 + handshakeBytes)
    hello[0] = version
    randomFillSync(hello, 9)
    this.#socket.write(hello)
    await this.#handshake.promise
    const size = Buffer.alloc(4)
    size.writeUInt32BE(ownChunkSize)
    this.#control(messageType.setChunkSize, size)
    this.#chunkSize = ownChunkSize
  }

  /** Sends a command and waits for its `_result`; an `_error` rejects with the server's own words. */
  call(name: string, ...args: AmfValue[]): Promise<AmfValue[]> {
    const transaction = this.#nextTransaction++
    const answer = new Deferred<AmfValue[]>()
    this.#pending.set(transaction, answer)
    this.#sendCommand(0, [name, transaction, ...args])
    if (this.#isClosed) answer.reject(this.#error('it closed the connection'))
    return answer.promise
  }

  /** Sends a command whose answer, if there is one, does not matter. `streamId` 0: about the connection. */
  tell(streamId: number, name: string, ...args: AmfValue[]): void {
    this.#sendCommand(streamId, [name, this.#nextTransaction++, ...args])
  }

  sendMedia(kind: 'audio' | 'video' | 'data', streamId: number, timestampMs: number, payload: Buffer): void {
    const typeId = { audio: messageType.audio, video: messageType.video, data: messageType.dataAmf0 }[kind]
    this.#send({ typeId, streamId, timestampMs, payload }, chunkStream[kind])
  }

  /** What was sent still goes out. Silent. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#rejectAll(this.#error('the connection was closed'))
    this.#socket.end()
    setTimeout(() => this.#socket.destroy(), closeTimeoutMs).unref()
  }

  /** Ends it with a reason, as if the server had. */
  fail(reason: string): void {
    this.#fail(reason)
  }

  #takeBytes(bytes: Buffer): void {
    this.#receivedBytes += bytes.length
    try {
      if (this.#isOpen) this.#reader.push(bytes)
      else this.#takeHandshake(bytes)
    } catch (error) {
      this.#fail(
        `it does not speak RTMP as it should (${error instanceof Error ? error.message : String(error)})`,
      )
      return
    }
    if (this.#isOpen && this.#receivedBytes - this.#acknowledgedBytes >= this.#peerWindowBytes)
      this.#acknowledge()
  }

  #takeHandshake(bytes: Buffer): void {
    this.#handshakeInput = Buffer.concat([this.#handshakeInput, bytes])
    const input = this.#handshakeInput
    if (input.length > 0 && input[0] !== version) throw new RangeError(`version ${input[0]}, not ${version}`)
    if (input.length < 1 + 2 * handshakeBytes) return
    this.#isOpen = true
    // C2 repeats what the server sent.
    this.#socket.write(input.subarray(1, 1 + handshakeBytes))
    const rest = input.subarray(1 + 2 * handshakeBytes)
    this.#handshakeInput = Buffer.alloc(0)
    this.#handshake.resolve()
    if (rest.length > 0) this.#reader.push(rest)
  }

  #acknowledge(): void {
    this.#acknowledgedBytes = this.#receivedBytes
    const payload = Buffer.alloc(4)
    payload.writeUInt32BE(this.#receivedBytes % 2 ** 32)
    this.#control(messageType.acknowledgement, payload)
  }

  #receive({ typeId, payload }: RtmpMessage): void {
    switch (typeId) {
      case messageType.windowAckSize:
        this.#peerWindowBytes = Math.max(payload.readUInt32BE(), 1)
        break
      case messageType.setPeerBandwidth: {
        const window = Buffer.alloc(4)
        window.writeUInt32BE(windowBytes)
        this.#control(messageType.windowAckSize, window)
        break
      }
      case messageType.userControl:
        if (payload.length >= 6 && payload.readUInt16BE() === userControl.pingRequest) {
          const pong = Buffer.from(payload.subarray(0, 6))
          pong.writeUInt16BE(userControl.pingResponse)
          this.#control(messageType.userControl, pong)
        }
        break
      case messageType.commandAmf0:
        this.#receiveCommand(decodeAmf0(payload))
        break
      case messageType.commandAmf3:
        // AMF 0 behind a byte, as all servers send it.
        this.#receiveCommand(decodeAmf0(payload.subarray(1)))
    }
  }

  #receiveCommand([name, transaction, ...args]: AmfValue[]): void {
    if (name === 'onStatus') {
      const { level, code, description } = statusOf(args)
      this.#options.onStatus(level, code, description)
      return
    }
    if ((name !== '_result' && name !== '_error') || typeof transaction !== 'number') return
    const answer = this.#pending.get(transaction)
    this.#pending.delete(transaction)
    if (name === '_result') answer?.resolve(args)
    else answer?.reject(this.#error(`it refused: ${describeStatus(statusOf(args))}`))
  }

  #sendCommand(streamId: number, values: AmfValue[]): void {
    const payload = encodeAmf0(values)
    this.#send({ typeId: messageType.commandAmf0, streamId, timestampMs: 0, payload }, chunkStream.command)
  }

  #control(typeId: number, payload: Buffer): void {
    this.#send({ typeId, streamId: 0, timestampMs: 0, payload }, chunkStream.control)
  }

  #send(message: RtmpMessage, chunkStreamId: number): void {
    if (!this.#isClosed) this.#socket.write(writeMessage(message, chunkStreamId, this.#chunkSize))
  }

  #fail(reason: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    const error = this.#error(reason)
    this.#socket.destroy()
    this.#rejectAll(error)
    this.#options.onClosed(error)
  }

  #rejectAll(error: MediaError): void {
    this.#handshake.reject(error)
    for (const answer of this.#pending.values()) answer.reject(error)
    this.#pending.clear()
  }

  #error(reason: string): MediaError {
    return new MediaError('output_failed', `The stream's server ${this.#options.authority}: ${reason}`)
  }
}

type Status = { level: string; code: string; description: string }

function statusOf(args: readonly AmfValue[]): Status {
  const info = args.find(
    (value): value is Record<string, AmfValue> =>
      typeof value === 'object' && value !== null && !Array.isArray(value) && 'code' in value,
  )
  const text = (value: AmfValue): string => (typeof value === 'string' ? value.slice(0, 200) : '')
  return {
    level: text(info?.['level']),
    code: text(info?.['code']),
    description: text(info?.['description']),
  }
}

/** A server's words, as one phrase. */
export function describeStatus({ code, description }: Pick<Status, 'code' | 'description'>): string {
  return [description, code && `(${code})`].filter(Boolean).join(' ') || 'without a reason'
}
