import { H264Depacketizer } from './H264Depacketizer.ts'
import { H264Packetizer } from './H264Packetizer.ts'
import { Vp8Depacketizer } from './Vp8Depacketizer.ts'
import { Vp8Packetizer, type PictureIds } from './Vp8Packetizer.ts'

export type VideoCodec = 'vp8' | 'h264'

/** A frame as a decoder takes it: a VP8 frame, or an H.264 access unit in Annex B. */
export type AssembledFrame = { data: Uint8Array<ArrayBuffer>; isKey: boolean }

/** Puts the payloads of one frame together: `add` each in order, then `finish`; or `clear` to drop them. */
export interface Depacketizer {
  /** Whether this payload can be the first of a keyframe. */
  startsKeyframe(packet: Buffer, offset: number, length: number): boolean
  /** False: not well-formed here, the frame is lost. The packet must stay unchanged until `finish`. */
  add(packet: Buffer, offset: number, length: number): boolean
  /** Undefined when the payloads make no whole frame. Ready for the next frame either way. */
  finish(): AssembledFrame | undefined
  clear(): void
}

/** Where packetizers write: `SendStream` is the real one. */
export interface PacketWriter {
  readonly buffer: Buffer
  /** Begins the next packet of the frame; returns where in `buffer` its payload goes. */
  open(payloadLength: number, isLast: boolean): number
}

/** Cuts frames into RTP payloads of at most `maxPayloadBytes`. */
export interface Packetizer {
  /** How many packets the frame will take at most; throws nothing and writes nothing. */
  countPackets(frame: Uint8Array): number
  packetize(frame: Uint8Array, writer: PacketWriter): void
}

/** Leaves room for IP, UDP, SRTP, header extensions and a TURN relay's header in an MTU of 1280. */
export const defaultMaxPayloadBytes = 1100

export function createDepacketizer(codec: VideoCodec): Depacketizer {
  return codec === 'vp8' ? new Vp8Depacketizer() : new H264Depacketizer()
}

export function createPacketizer(
  codec: VideoCodec,
  maxPayloadBytes = defaultMaxPayloadBytes,
  pictureIds?: PictureIds,
): Packetizer {
  return codec === 'vp8'
    ? new Vp8Packetizer(maxPayloadBytes, pictureIds)
    : new H264Packetizer(maxPayloadBytes)
}
