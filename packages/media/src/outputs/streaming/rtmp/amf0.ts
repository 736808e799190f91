/** Action Message Format 0: the values of RTMP commands. Dates, references and typed objects are not written. */
export type AmfValue = number | boolean | string | null | undefined | AmfValue[] | { [key: string]: AmfValue }

/** A list of named values that FLV's metadata wants in place of an object. */
export class EcmaArray {
  readonly entries: Readonly<Record<string, AmfValue>>

  constructor(entries: Readonly<Record<string, AmfValue>>) {
    this.entries = entries
  }
}

const marker = {
  number: 0x00,
  boolean: 0x01,
  string: 0x02,
  object: 0x03,
  null: 0x05,
  undefined: 0x06,
  ecmaArray: 0x08,
  objectEnd: 0x09,
  strictArray: 0x0a,
  date: 0x0b,
  longString: 0x0c,
} as const

const maxDepth = 8
const maxEntries = 1000

export function encodeAmf0(values: readonly (AmfValue | EcmaArray)[]): Buffer {
  return Buffer.concat(values.flatMap((value) => encodeValue(value)))
}

function encodeValue(value: AmfValue | EcmaArray): Buffer[] {
  if (value === null) return [Buffer.of(marker.null)]
  if (value === undefined) return [Buffer.of(marker.undefined)]
  if (typeof value === 'boolean') return [Buffer.of(marker.boolean, value ? 1 : 0)]
  if (typeof value === 'string') return [Buffer.of(marker.string), encodeKey(value)]
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(9)
    bytes.writeDoubleBE(value, 1)
    return [bytes]
  }
  if (Array.isArray(value)) {
    const head = Buffer.alloc(5, marker.strictArray)
    head.writeUInt32BE(value.length, 1)
    return [head, ...value.flatMap((item) => encodeValue(item))]
  }
  if (!(value instanceof EcmaArray)) return [Buffer.of(marker.object), ...encodeEntries(value)]
  const head = Buffer.alloc(5, marker.ecmaArray)
  head.writeUInt32BE(Object.keys(value.entries).length, 1)
  return [head, ...encodeEntries(value.entries)]
}

function encodeEntries(entries: Readonly<Record<string, AmfValue>>): Buffer[] {
  const parts = Object.entries(entries).flatMap(([key, value]) => [encodeKey(key), ...encodeValue(value)])
  return [...parts, Buffer.of(0, 0, marker.objectEnd)]
}

function encodeKey(key: string): Buffer {
  const text = Buffer.from(key)
  if (text.length > 0xffff)
    throw new RangeError(`A string of RTMP has at most 65535 bytes, not ${text.length}`)
  const head = Buffer.alloc(2)
  head.writeUInt16BE(text.length)
  return Buffer.concat([head, text])
}

/** All values of a message. Throws a RangeError on what is no AMF 0, or nested too deeply. */
export function decodeAmf0(bytes: Buffer): AmfValue[] {
  const reader = new AmfReader(bytes)
  const values: AmfValue[] = []
  while (!reader.isAtEnd) values.push(reader.value(0))
  return values
}

class AmfReader {
  readonly #bytes: Buffer
  #offset = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#offset >= this.#bytes.length
  }

  value(depth: number): AmfValue {
    if (depth > maxDepth) throw new RangeError(`AMF 0 is nested deeper than ${maxDepth}`)
    const type = this.#bytes.readUInt8(this.#advance(1))
    switch (type) {
      case marker.number:
        return this.#bytes.readDoubleBE(this.#advance(8))
      case marker.boolean:
        return this.#bytes.readUInt8(this.#advance(1)) !== 0
      case marker.string:
        return this.#text(this.#bytes.readUInt16BE(this.#advance(2)))
      case marker.longString:
        return this.#text(this.#bytes.readUInt32BE(this.#advance(4)))
      case marker.null:
        return null
      case marker.undefined:
        return undefined
      case marker.object:
        return this.#entries(depth)
      case marker.ecmaArray:
        this.#advance(4)
        return this.#entries(depth)
      case marker.strictArray:
        return this.#list(depth)
      case marker.date:
        // Milliseconds, and a time zone that is reserved.
        return this.#bytes.readDoubleBE(this.#advance(10))
      default:
        throw new RangeError(`AMF 0 has no value of type ${type}`)
    }
  }

  #entries(depth: number): Record<string, AmfValue> {
    const entries: Record<string, AmfValue> = Object.create(null) as Record<string, AmfValue>
    for (let count = 0; count < maxEntries; count++) {
      const key = this.#text(this.#bytes.readUInt16BE(this.#advance(2)))
      if (key === '' && this.#bytes[this.#offset] === marker.objectEnd) {
        this.#advance(1)
        return entries
      }
      entries[key] = this.value(depth + 1)
    }
    throw new RangeError(`An object of AMF 0 has more than ${maxEntries} entries`)
  }

  #list(depth: number): AmfValue[] {
    const length = this.#bytes.readUInt32BE(this.#advance(4))
    if (length > maxEntries) throw new RangeError(`An array of AMF 0 has more than ${maxEntries} entries`)
    return Array.from({ length }, () => this.value(depth + 1))
  }

  #text(length: number): string {
    const start = this.#advance(length)
    return this.#bytes.toString('utf8', start, start + length)
  }

  /** Moves on; returns where it was. */
  #advance(length: number): number {
    const start = this.#offset
    if (start + length > this.#bytes.length) throw new RangeError('AMF 0 ends in the middle of a value')
    this.#offset += length
    return start
  }
}
