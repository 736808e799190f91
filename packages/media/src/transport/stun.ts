import { createHmac, timingSafeEqual } from 'node:crypto'
import { isIPv4 } from 'node:net'
import { crc32 } from 'node:zlib'

/*
 * Just enough of STUN (RFC 8489) to read and correct the connectivity checks of ICE (RFC 8445 section 7). The
 * bytes come from anybody: every length is checked against the packet before it is used.
 */

const headerBytes = 20
const magicCookie = 0x2112a442

export const stunTypes = { bindingRequest: 0x0001, bindingSuccess: 0x0101 } as const

const attributes = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  fingerprint: 0x8028,
  iceControlling: 0x802a,
} as const
const integrityBytes = 20
const fingerprintMask = 0x5354554e
const families = { ipv4: 1, ipv6: 2 } as const

/** What a message says, and where: the offsets of values in the packet. */
export type StunMessage = {
  /** Method and class, e.g. one of `stunTypes`. */
  type: number
  /** ICE user fragment of the one who is asked: USERNAME up to the colon. */
  ufrag: string | undefined
  priorityAt: number | undefined
  tieBreakerAt: number | undefined
  mappedAddressAt: number | undefined
  integrityAt: number
  fingerprintAt: number | undefined
}

/** Whether a packet on a media port is STUN, by its first byte (RFC 7983 section 7). */
export function isStun(packet: Buffer): boolean {
  const first = packet[0]
  return first !== undefined && first < 4
}

/** undefined for what is no sound STUN and for messages without MESSAGE-INTEGRITY. */
export function readStun(packet: Buffer): StunMessage | undefined {
  if (packet.length < headerBytes || packet.readUInt32BE(4) !== magicCookie) return undefined
  const bodyBytes = packet.readUInt16BE(2)
  if (bodyBytes % 4 !== 0 || bodyBytes !== packet.length - headerBytes) return undefined

  let ufrag: string | undefined
  let priorityAt: number | undefined
  let tieBreakerAt: number | undefined
  let mappedAddressAt: number | undefined
  let integrityAt: number | undefined
  let fingerprintAt: number | undefined
  // Both ends are multiples of 4, so that a type and a length are always there.
  for (let at = headerBytes; at < packet.length;) {
    const type = packet.readUInt16BE(at)
    const length = packet.readUInt16BE(at + 2)
    const value = at + 4
    at = value + ((length + 3) & ~3)
    // FINGERPRINT is the last one.
    if (at > packet.length || fingerprintAt !== undefined) return undefined
    if (type === attributes.fingerprint) {
      if (length !== 4) return undefined
      fingerprintAt = value
    } else if (integrityAt !== undefined) {
      // MESSAGE-INTEGRITY does not cover what follows it: that does not count (RFC 8489 section 14.5).
    } else if (type === attributes.messageIntegrity) {
      if (length !== integrityBytes) return undefined
      integrityAt = value
    } else if (type === attributes.username) {
      ufrag ??= packet.toString('latin1', value, value + length).split(':', 1)[0]
    } else if (type === attributes.priority) {
      if (length !== 4) return undefined
      priorityAt ??= value
    } else if (type === attributes.iceControlling) {
      if (length !== 8) return undefined
      tieBreakerAt ??= value
    } else if (type === attributes.xorMappedAddress) {
      if (length !== (packet[value + 1] === families.ipv6 ? 20 : 8)) return undefined
      mappedAddressAt ??= value
    }
  }
  if (integrityAt === undefined) return undefined
  return {
    type: packet.readUInt16BE(0),
    ufrag,
    priorityAt,
    tieBreakerAt,
    mappedAddressAt,
    integrityAt,
    fingerprintAt,
  }
}

/** Whether the message carries the ICE tie-breaker 0. */
export function hasZeroTieBreaker(packet: Buffer, { tieBreakerAt }: StunMessage): boolean {
  if (tieBreakerAt === undefined) return false
  return packet.readUInt32BE(tieBreakerAt) === 0 && packet.readUInt32BE(tieBreakerAt + 4) === 0
}

/** Whether the message was made by somebody who knows the ICE password. */
export function isGenuine(packet: Buffer, { integrityAt }: StunMessage, password: string): boolean {
  const given = packet.subarray(integrityAt, integrityAt + integrityBytes)
  return timingSafeEqual(given, integrityOf(packet, integrityAt, password))
}

/** Sets another ICE tie-breaker, in place, and signs anew. */
export function replaceTieBreaker(
  packet: Buffer,
  message: StunMessage,
  tieBreaker: number,
  password: string,
): void {
  if (message.tieBreakerAt === undefined) return
  packet.writeUInt32BE(0, message.tieBreakerAt)
  packet.writeUInt32BE(tieBreaker, message.tieBreakerAt + 4)
  sign(packet, message, password)
}

/** Gives what the check comes from the lowest type preference (RFC 8445 section 5.1.2.1), in place, and signs anew. */
export function preferLeast(packet: Buffer, message: StunMessage, password: string): void {
  if (message.priorityAt === undefined) return
  packet[message.priorityAt] = 0
  sign(packet, message, password)
}

/**
 * Sets another XOR-MAPPED-ADDRESS, in place, and signs anew. `address`: 4 or 16 bytes, as `addressBytes` gives them;
 * one of the other family does not fit, and changes nothing.
 */
export function replaceMappedAddress(
  packet: Buffer,
  message: StunMessage,
  address: Buffer,
  port: number,
  password: string,
): void {
  const at = message.mappedAddressAt
  if (at === undefined) return
  if (packet[at + 1] !== (address.length === 4 ? families.ipv4 : families.ipv6)) return
  packet.writeUInt16BE(port ^ (magicCookie >>> 16), at + 2)
  // Against the magic cookie and the transaction id, which follows it (RFC 8489 section 14.2).
  for (const [i, byte] of address.entries()) packet[at + 4 + i] = byte ^ (packet[4 + i] ?? 0)
  sign(packet, message, password)
}

/** An IP address as 4 or 16 bytes. IPv4 in IPv6 (`::ffff:192.0.2.1`) counts as IPv4. */
export function addressBytes(address: string): Buffer {
  const ipv4 = address.replace(/^::ffff:/i, '')
  if (isIPv4(ipv4)) return Buffer.from(ipv4.split('.').map(Number))
  const [head = '', tail] = address.replace(/%.*$/, '').split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number(`0x${group}`)))
  const [before, after] = [groups(head), groups(tail ?? '')]
  const bytes = Buffer.alloc(16)
  for (const [i, group] of before.entries()) bytes.writeUInt16BE(group, 2 * i)
  for (const [i, group] of after.entries()) bytes.writeUInt16BE(group, 16 - 2 * (after.length - i))
  return bytes
}

function sign(packet: Buffer, { integrityAt, fingerprintAt }: StunMessage, password: string): void {
  integrityOf(packet, integrityAt, password).copy(packet, integrityAt)
  if (fingerprintAt === undefined) return
  // Over the message up to the attribute (RFC 8489 section 14.7).
  packet.writeUInt32BE((crc32(packet.subarray(0, fingerprintAt - 4)) ^ fingerprintMask) >>> 0, fingerprintAt)
}

/** HMAC-SHA1 over the message up to the attribute, with a length that ends behind it (RFC 8489 section 14.5). */
function integrityOf(packet: Buffer, integrityAt: number, password: string): Buffer {
  const header = Buffer.from(packet.subarray(0, 4))
  header.writeUInt16BE(integrityAt + integrityBytes - headerBytes, 2)
  return createHmac('sha1', password)
    .update(header)
    .update(packet.subarray(4, integrityAt - 4))
    .digest()
}
