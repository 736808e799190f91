/** RTMP's chunk stream (Adobe RTMP 1.0, section 5.3). */

export type RtmpMessage = {
  typeId: number
  /** Message stream; 0 is the connection itself. */
  streamId: number
  timestampMs: number
  payload: Buffer
}

export const messageType = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAckSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  commandAmf3: 17,
  dataAmf0: 18,
  commandAmf0: 20,
} as const

export const defaultChunkSize = 128
/** From here on a timestamp stands behind the header. */
const extendedTimestamp = 0xffffff

/** One message as chunks, each with its whole header in front of the first. `chunkStreamId`: 2 to 63. */
export function writeMessage(message: RtmpMessage, chunkStreamId: number, chunkSize: number): Buffer {
  const { typeId, streamId, timestampMs, payload } = message
  const timestamp = Math.round(timestampMs) % 2 ** 32
  const isExtended = timestamp >= extendedTimestamp
  const extension = Buffer.alloc(isExtended ? 4 : 0)
  if (isExtended) extension.writeUInt32BE(timestamp)
  const header = Buffer.alloc(12)
  header.writeUInt8(chunkStreamId, 0)
  header.writeUIntBE(isExtended ? extendedTimestamp : timestamp, 1, 3)
  header.writeUIntBE(payload.length, 4, 3)
  header.writeUInt8(typeId, 7)
  header.writeUInt32LE(streamId, 8)
  const parts: Buffer[] = [header, extension]
  const next = Buffer.of(0xc0 | chunkStreamId)
  for (let offset = 0; offset < payload.length || offset === 0; offset += chunkSize) {
    if (offset > 0) parts.push(next, extension)
    parts.push(payload.subarray(offset, offset + chunkSize))
  }
  return Buffer.concat(parts)
}

type ChunkStream = {
  timestamp: number
  delta: number
  length: number
  typeId: number
  streamId: number
  isExtended: boolean
  parts: Buffer[]
  received: number
}

/** What a server sends to somebody who publishes is short. */
const maxMessageBytes = 1024 * 1024
const maxChunkStreams = 64
/** Bytes of a message header by its type: all, no stream id, only a time, nothing. */
const headerLengths = [11, 7, 3, 0] as const

/** Puts messages together from what comes in. */
export class ChunkReader {
  readonly #onMessage: (message: RtmpMessage) => void
  readonly #streams = new Map<number, ChunkStream>()
  #buffer: Buffer = Buffer.alloc(0)
  #chunkSize = defaultChunkSize

  constructor(onMessage: (message: RtmpMessage) => void) {
    this.#onMessage = onMessage
  }

  /** Throws a RangeError on what is no RTMP, or larger than anything a server has to say. */
  push(bytes: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? bytes : Buffer.concat([this.#buffer, bytes])
    let offset = 0
    for (;;) {
      const length = this.#readChunk(offset)
      if (length === 0) break
      offset += length
    }
    this.#buffer = this.#buffer.subarray(offset)
  }

  /** Length of the chunk at this place; 0 if it has not come whole. */
  #readChunk(start: number): number {
    const bytes = this.#buffer
    const basic = readBasicHeader(bytes, start)
    if (basic === null) return 0
    const { format, chunkStreamId } = basic
    let offset = start + basic.length
    const headerLength = headerLengths[format]!
    if (offset + headerLength > bytes.length) return 0
    const known = this.#streams.get(chunkStreamId)
    if (known === undefined && format !== 0)
      throw new RangeError('A chunk continues a message that never began')
    const stream = { ...(known ?? newStream()) }
    const isFirst = stream.received === 0
    if (format < 3) stream.isExtended = bytes.readUIntBE(offset, 3) === extendedTimestamp
    let time = format < 3 ? bytes.readUIntBE(offset, 3) : stream.delta
    if (format < 2) {
      stream.length = bytes.readUIntBE(offset + 3, 3)
      stream.typeId = bytes.readUInt8(offset + 6)
    }
    if (format === 0) stream.streamId = bytes.readUInt32LE(offset + 7)
    offset += headerLength
    if (stream.isExtended) {
      if (offset + 4 > bytes.length) return 0
      time = bytes.readUInt32BE(offset)
      offset += 4
    }
    if (stream.length > maxMessageBytes) {
      throw new RangeError(`A message of ${stream.length} bytes is more than a server has to say`)
    }
    const size = Math.min(this.#chunkSize, stream.length - stream.received)
    if (offset + size > bytes.length) return 0
    if (isFirst) {
      stream.timestamp = format === 0 ? time : (stream.timestamp + time) % 2 ** 32
      stream.delta = format === 0 ? 0 : time
    }
    stream.parts = [...stream.parts, Buffer.from(bytes.subarray(offset, offset + size))]
    stream.received += size
    this.#streams.set(chunkStreamId, stream)
    if (this.#streams.size > maxChunkStreams) throw new RangeError('More chunk streams than a server needs')
    if (stream.received === stream.length) this.#finish(stream)
    return offset + size - start
  }

  #finish(stream: ChunkStream): void {
    const payload = Buffer.concat(stream.parts)
    stream.parts = []
    stream.received = 0
    const { typeId, streamId, timestamp } = stream
    if (typeId === messageType.setChunkSize && payload.length >= 4) {
      this.#chunkSize = Math.min(Math.max(payload.readUInt32BE() & 0x7fffffff, 1), maxMessageBytes)
    } else if (typeId === messageType.abort && payload.length >= 4) {
      this.#streams.delete(payload.readUInt32BE())
    } else this.#onMessage({ typeId, streamId, timestampMs: timestamp, payload })
  }
}

function readBasicHeader(bytes: Buffer, offset: number) {
  const first = bytes[offset]
  if (first === undefined) return null
  const format = first >> 6
  const small = first & 0x3f
  if (small >= 2) return { format, chunkStreamId: small, length: 1 }
  const length = small === 0 ? 2 : 3
  if (offset + length > bytes.length) return null
  const chunkStreamId = small === 0 ? 64 + bytes.readUInt8(offset + 1) : 64 + bytes.readUInt16LE(offset + 1)
  return { format, chunkStreamId, length }
}

function newStream(): ChunkStream {
  return {
    timestamp: 0,
    delta: 0,
    length: 0,
    typeId: 0,
    streamId: 0,
    isExtended: false,
    parts: [],
    received: 0,
  }
}
