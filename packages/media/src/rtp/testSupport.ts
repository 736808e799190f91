import type { PacketWriter } from './codec.ts'
import { RtpHeader, writeRtpHeader } from './RtpHeader.ts'

/** A seeded generator (mulberry32): numbers in 0..1. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** `FUZZ_SEED` runs one seed again; a failing test names the seed it ran with. */
export function fuzzSeeds(count: number): number[] {
  const fixed = process.env.FUZZ_SEED
  if (fixed !== undefined) return [Number(fixed)]
  return Array.from({ length: count }, () => Math.floor(Math.random() * 2 ** 31))
}

export type PacketFields = {
  sequenceNumber: number
  marker?: boolean
  payloadType?: number
  timestamp?: number
  ssrc?: number
  payload?: Uint8Array
  padding?: number
}

export function rtpPacket(fields: PacketFields): Buffer {
  const payload = fields.payload ?? new Uint8Array(0)
  const padding = fields.padding ?? 0
  const packet = Buffer.alloc(12 + payload.length + padding)
  writeRtpHeader(
    packet,
    0,
    fields.marker ?? false,
    fields.payloadType ?? 96,
    fields.sequenceNumber,
    fields.timestamp ?? 0,
    fields.ssrc ?? 1,
  )
  packet.set(payload, 12)
  if (padding > 0) {
    packet.writeUInt8(packet.readUInt8(0) | 0x20, 0)
    packet.writeUInt8(padding, packet.length - 1)
  }
  return packet
}

export function parsed(packet: Buffer): RtpHeader {
  const header = new RtpHeader()
  if (!header.parse(packet)) throw new Error(`not an RTP packet: ${packet.toString('hex')}`)
  return header
}

/** Something that looks like a VP8 frame to a depacketiser: the lowest bit of the first byte says inter frame. */
export function vp8Frame(isKey: boolean, length: number, random: () => number): Uint8Array {
  const frame = Uint8Array.from({ length }, () => Math.floor(random() * 256))
  frame[0] = ((frame[0] ?? 0) & 0xfe) | (isKey ? 0 : 1)
  return frame
}

/** An Annex B access unit: SPS, PPS and IDR, or one slice; no start code inside a unit. */
export function h264Frame(isKey: boolean, length: number, random: () => number): Uint8Array {
  const body = Array.from({ length }, () => 1 + Math.floor(random() * 255))
  const unit = (header: number, bytes: number[]) => [0, 0, 0, 1, header, ...bytes]
  if (!isKey) return Uint8Array.from(unit(0x41, body))
  return Uint8Array.from([...unit(0x67, [66, 224, 31, 9]), ...unit(0x68, [206, 60]), ...unit(0x65, body)])
}

/** Keeps what a packetiser writes as one buffer per payload. */
export function payloadsOf(
  packetize: (writer: PacketWriter) => void,
): { payload: Buffer; isLast: boolean }[] {
  const buffer = Buffer.alloc(1 << 20)
  const opened: { at: number; length: number; isLast: boolean }[] = []
  let next = 0
  packetize({
    buffer,
    open: (length, isLast) => {
      opened.push({ at: next, length, isLast })
      next += length
      return next - length
    },
  })
  return opened.map(({ at, length, isLast }) => ({ payload: buffer.subarray(at, at + length), isLast }))
}
