import type { Writable } from 'node:stream'

import { frameSamples } from '../audio/constants.ts'

/**
 * Sound and pictures on their way from a player's process: a header of 32 bytes and its bytes, one after the
 * other. Integers are little-endian, samples as the machine has them.
 */
const headerBytes = 32
const kindAudio = 1
const kindPicture = 2
const audioBytes = frameSamples * 4
/** As large as a canvas may be, with the rows' padding. */
const maxPictureBytes = (1920 + 128) * 1088 * 1.5
const maxSide = 2048

/** A picture in planar YUV 4:2:0, limited range: its planes one after the other, with their padding. */
export type RawPicture = {
  width: number
  height: number
  /** Bytes per row of the first plane, and of the two others. */
  strides: readonly [luma: number, chroma: number]
  bytes: ArrayBuffer
}

export type PictureHead = {
  generation: number
  ptsMs: number
  width: number
  height: number
  strides: readonly [luma: number, chroma: number]
}

/** The end in the player's process. */
export class MediaWriter {
  readonly #pipe: Writable
  #picturesUnderWay = 0

  constructor(pipe: Writable) {
    this.#pipe = pipe
  }

  /** Whether the last picture has left: its planes may change again, and another one may be written. */
  get takesPicture(): boolean {
    return this.#picturesUnderWay === 0
  }

  /** 20 ms, mono, 48 kHz. */
  writeAudio(generation: number, ptsMs: number, samples: Float32Array): void {
    const message = Buffer.alloc(headerBytes + audioBytes)
    writeHead(message, kindAudio, generation, ptsMs, audioBytes)
    message.set(new Uint8Array(samples.buffer, samples.byteOffset, audioBytes), headerBytes)
    this.#pipe.write(message)
  }

  /** The planes are not copied: see `takesPicture`. */
  writePicture(head: PictureHead, planes: readonly Buffer[]): void {
    const header = Buffer.alloc(headerBytes)
    const length = planes.reduce((sum, plane) => sum + plane.length, 0)
    writeHead(header, kindPicture, head.generation, head.ptsMs, length)
    header.writeUInt16LE(head.width, 20)
    header.writeUInt16LE(head.height, 22)
    header.writeUInt16LE(head.strides[0], 24)
    header.writeUInt16LE(head.strides[1], 26)
    this.#picturesUnderWay++
    this.#pipe.cork()
    this.#pipe.write(header)
    planes.forEach((plane, index) => {
      const isLast = index === planes.length - 1
      this.#pipe.write(plane, () => {
        if (isLast) this.#picturesUnderWay--
      })
    })
    this.#pipe.uncork()
  }
}

function writeHead(into: Buffer, kind: number, generation: number, ptsMs: number, length: number): void {
  into.writeUInt8(kind, 0)
  into.writeUInt32LE(generation, 4)
  into.writeDoubleLE(ptsMs, 8)
  into.writeUInt32LE(length, 16)
}

export type MediaReaderEvents = {
  onAudio(generation: number, ptsMs: number, samples: Float32Array): void
  /** To be given back with `recycle` when it is no longer needed. */
  onPicture(generation: number, picture: RawPicture): void
  /** The process writes what no player writes. */
  onBroken(why: string): void
}

/** Buffers for pictures that exist at once; while all are in use, pictures are left out. */
const maxBuffers = 3

/** The end in the media process. What comes is checked: the process may be somebody else's by now. */
export class MediaReader {
  readonly #events: MediaReaderEvents
  readonly #header = Buffer.alloc(headerBytes)
  #headerFill = 0
  #kind = 0
  #length = 0
  /** Bytes of the body that have come. */
  #fill = 0
  /** Where the body goes; null: nowhere. */
  #body: Uint8Array<ArrayBuffer> | null = null
  #free: ArrayBuffer[] = []
  #bufferCount = 0
  #isBroken = false

  constructor(events: MediaReaderEvents) {
    this.#events = events
  }

  push(chunk: Buffer): void {
    let offset = 0
    while (offset < chunk.length && !this.#isBroken) {
      if (this.#headerFill < headerBytes) {
        const count = Math.min(headerBytes - this.#headerFill, chunk.length - offset)
        chunk.copy(this.#header, this.#headerFill, offset, offset + count)
        this.#headerFill += count
        offset += count
        if (this.#headerFill === headerBytes) this.#begin()
        continue
      }
      const count = Math.min(this.#length - this.#fill, chunk.length - offset)
      this.#body?.set(chunk.subarray(offset, offset + count), this.#fill)
      this.#fill += count
      offset += count
      if (this.#fill === this.#length) this.#finish()
    }
  }

  /** A picture's bytes are free again. */
  recycle(bytes: ArrayBuffer): void {
    this.#free.push(bytes)
  }

  #begin(): void {
    this.#kind = this.#header.readUInt8(0)
    this.#length = this.#header.readUInt32LE(16)
    this.#fill = 0
    this.#body = null
    if (this.#kind === kindAudio && this.#length === audioBytes) {
      this.#body = new Uint8Array(audioBytes)
    } else if (this.#kind === kindPicture && isPictureLength(this.#header, this.#length)) {
      const buffer = this.#takeBuffer()
      if (buffer !== null) this.#body = new Uint8Array(buffer)
    } else {
      this.#isBroken = true
      this.#events.onBroken(`sent ${this.#length} bytes of kind ${this.#kind}`)
    }
  }

  #takeBuffer(): ArrayBuffer | null {
    // Another size of picture: buffers of the old one are let go as they come back.
    for (let buffer = this.#free.pop(); buffer !== undefined; buffer = this.#free.pop()) {
      if (buffer.byteLength === this.#length) return buffer
      this.#bufferCount--
    }
    if (this.#bufferCount >= maxBuffers) return null
    this.#bufferCount++
    return new ArrayBuffer(this.#length)
  }

  #finish(): void {
    this.#headerFill = 0
    const body = this.#body
    this.#body = null
    if (body === null) return
    const header = this.#header
    const generation = header.readUInt32LE(4)
    if (this.#kind === kindAudio) {
      this.#events.onAudio(generation, header.readDoubleLE(8), new Float32Array(body.buffer))
      return
    }
    this.#events.onPicture(generation, {
      width: header.readUInt16LE(20),
      height: header.readUInt16LE(22),
      strides: [header.readUInt16LE(24), header.readUInt16LE(26)],
      bytes: body.buffer,
    })
  }
}

function isPictureLength(header: Buffer, length: number): boolean {
  const width = header.readUInt16LE(20)
  const height = header.readUInt16LE(22)
  const luma = header.readUInt16LE(24)
  const chroma = header.readUInt16LE(26)
  if (width % 2 !== 0 || height % 2 !== 0 || width < 16 || height < 2) return false
  if (width > maxSide || height > maxSide || luma < width || chroma < width / 2) return false
  return length <= maxPictureBytes && length === luma * height + chroma * height
}
