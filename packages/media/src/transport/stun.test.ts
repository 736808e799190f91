import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  addressBytes,
  hasZeroTieBreaker,
  isGenuine,
  isStun,
  preferLeast,
  readStun,
  replaceMappedAddress,
  replaceTieBreaker,
  stunTypes,
  type StunMessage,
} from './stun.ts'
import { seededRandom } from './testing/random.ts'
import { chromiumRelayCheck, rfc5769Request, rfc5769Responses, stunCheck } from './testing/stunPackets.ts'

function read(packet: Buffer): StunMessage {
  const message = readStun(packet)
  if (message === undefined) throw new Error('not read as STUN')
  return message
}

const hasRightFingerprint = (packet: Buffer): boolean =>
  (crc32(packet.subarray(0, -8)) ^ 0x5354554e) >>> 0 === packet.readUInt32BE(packet.length - 4)

describe('reading', () => {
  it('takes the samples of RFC 5769 for genuine, with their own passwords only', () => {
    const { ipv4, ipv6, password } = rfc5769Responses
    for (const packet of [rfc5769Request.packet, ipv4, ipv6]) {
      expect(isStun(packet)).toBe(true)
      expect(isGenuine(packet, read(packet), password)).toBe(true)
      expect(isGenuine(packet, read(packet), `${password}!`)).toBe(false)
    }
    expect(read(rfc5769Request.packet)).toMatchObject({
      type: stunTypes.bindingRequest,
      ufrag: rfc5769Request.ufrag,
      tieBreakerAt: undefined,
    })
    expect(read(ipv4)).toMatchObject({ type: stunTypes.bindingSuccess, ufrag: undefined })
  })

  it('finds the tie-breaker 0 in a check of Chromium, and none in others', () => {
    const { packet, ufrag, password } = chromiumRelayCheck
    expect(read(packet)).toMatchObject({ type: stunTypes.bindingRequest, ufrag })
    expect(isGenuine(packet, read(packet), password)).toBe(true)
    expect(hasZeroTieBreaker(packet, read(packet))).toBe(true)
    for (const tieBreaker of [1n, 1n << 32n, 1n << 63n]) {
      const other = stunCheck({ ufrag, password, tieBreaker })
      expect(hasZeroTieBreaker(other, read(other))).toBe(false)
    }
    expect(hasZeroTieBreaker(rfc5769Request.packet, read(rfc5769Request.packet))).toBe(false)
  })

  it('refuses what is cut off, longer than it says, or says lengths that do not fit', () => {
    const { packet } = chromiumRelayCheck
    for (let length = 0; length < packet.length; length++) {
      expect(readStun(packet.subarray(0, length))).toBeUndefined()
    }
    expect(readStun(Buffer.concat([packet, Buffer.alloc(4)]))).toBeUndefined()
    const withLengthAt = (offset: number, length: number): Buffer => {
      const changed = Buffer.from(packet)
      changed.writeUInt16BE(length, offset)
      return changed
    }
    const { tieBreakerAt = 0, integrityAt, fingerprintAt = 0 } = read(packet)
    for (const length of [0, 4, 9, 0xffff]) {
      for (const at of [tieBreakerAt, integrityAt]) {
        expect(readStun(withLengthAt(at - 2, length))).toBeUndefined()
      }
    }
    for (const length of [0, 3, 8, 0xffff]) {
      expect(readStun(withLengthAt(fingerprintAt - 2, length))).toBeUndefined()
    }
    expect(readStun(withLengthAt(22, 0xfffd))).toBeUndefined()
  })

  it('does not count what follows MESSAGE-INTEGRITY', () => {
    const { packet } = chromiumRelayCheck
    const { tieBreakerAt = 0, integrityAt, fingerprintAt = 0 } = read(packet)
    const tieBreaker = packet.subarray(tieBreakerAt - 4, tieBreakerAt + 8)
    const moved = Buffer.concat([
      packet.subarray(0, tieBreakerAt - 4),
      packet.subarray(tieBreakerAt + 8, integrityAt + 20),
      tieBreaker,
      packet.subarray(fingerprintAt - 4),
    ])
    expect(moved).toHaveLength(packet.length)
    expect(read(moved).tieBreakerAt).toBeUndefined()
  })

  it('never throws, and never reads beyond the end', () => {
    const seed = Date.now() % 2 ** 31
    const random = seededRandom(seed)
    const samples = [chromiumRelayCheck.packet, rfc5769Request.packet, rfc5769Responses.ipv6]
    let read = 0
    for (let round = 0; round < 20_000; round++) {
      const sample = samples[Math.floor(random() * samples.length)] ?? Buffer.alloc(0)
      const packet = Buffer.from(sample.subarray(0, Math.ceil(random() * 1.2 * sample.length)))
      for (let changes = Math.floor(random() * 4); changes > 0; changes--) {
        packet[Math.floor(random() * packet.length)] = random() * 256
      }
      try {
        const message = readStun(packet)
        if (message === undefined) continue
        read++
        hasZeroTieBreaker(packet, message)
        isGenuine(packet, message, 'word')
        replaceTieBreaker(packet, message, 1, 'word')
        preferLeast(packet, message, 'word')
        replaceMappedAddress(packet, message, addressBytes('2001:db8::1'), 1, 'word')
      } catch (error) {
        throw new Error(`seed ${seed}, round ${round}: ${packet.toString('hex')}`, { cause: error })
      }
    }
    expect(read, `seed ${seed}`).toBeGreaterThan(100)
  })
})

describe('changing', () => {
  it('gives a check another tie-breaker and a signature that fits', () => {
    const { password } = chromiumRelayCheck
    const packet = Buffer.from(chromiumRelayCheck.packet)
    const message = read(packet)
    expect(hasRightFingerprint(packet)).toBe(true)
    replaceTieBreaker(packet, message, 1, password)
    expect(read(packet)).toEqual(message)
    expect(packet.readBigUInt64BE(message.tieBreakerAt)).toBe(1n)
    expect(isGenuine(packet, message, password)).toBe(true)
    expect(hasRightFingerprint(packet)).toBe(true)
    // Nothing else is touched.
    const restored = Buffer.from(packet)
    for (const [at, bytes] of [
      [message.tieBreakerAt, 8],
      [message.integrityAt, 20],
      [message.fingerprintAt, 4],
    ]) {
      chromiumRelayCheck.packet.copy(restored, at, at, (at ?? 0) + (bytes ?? 0))
    }
    expect(restored).toEqual(chromiumRelayCheck.packet)
  })

  it('gives a check the lowest type preference and a signature that fits', () => {
    const { password } = chromiumRelayCheck
    const packet = Buffer.from(chromiumRelayCheck.packet)
    const message = read(packet)
    preferLeast(packet, message, password)
    expect(packet.readUInt32BE(message.priorityAt)).toBe(0x007c1fff)
    expect(isGenuine(packet, message, password)).toBe(true)
    expect(hasRightFingerprint(packet)).toBe(true)
  })

  it.each([
    ['ipv4', '192.0.2.1', '198.51.100.7'],
    ['ipv6', '2001:db8:1234:5678:11:2233:4455:6677', '2001:db8::7'],
  ] as const)('gives a response another address of %s, and the one before back', (family, before, other) => {
    const original = rfc5769Responses[family]
    const { port, password } = rfc5769Responses
    const packet = Buffer.from(original)
    const message = read(packet)
    replaceMappedAddress(packet, message, addressBytes(other), 1234, password)
    expect(packet.equals(original)).toBe(false)
    expect(isGenuine(packet, message, password)).toBe(true)
    expect(hasRightFingerprint(packet)).toBe(true)
    replaceMappedAddress(packet, message, addressBytes(before), port, password)
    // The sample's padding is a space, of ours nothing changes: all bytes are back.
    expect(packet).toEqual(original)
  })

  it('leaves a response alone whose address is of the other family', () => {
    const packet = Buffer.from(rfc5769Responses.ipv4)
    replaceMappedAddress(packet, read(packet), addressBytes('2001:db8::7'), 1, rfc5769Responses.password)
    expect(packet).toEqual(rfc5769Responses.ipv4)
  })
})

describe('addressBytes', () => {
  it.each([
    ['192.0.2.1', 'c0000201'],
    ['::ffff:192.0.2.1', 'c0000201'],
    ['::1', '00000000000000000000000000000001'],
    ['::', '00000000000000000000000000000000'],
    ['2001:db8::', '20010db8000000000000000000000000'],
    ['2001:db8::1:2', '20010db8000000000000000000010002'],
    ['fe80::1%eth0', 'fe800000000000000000000000000001'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ])('of %s are %s', (address, hex) => {
    expect(addressBytes(address).toString('hex')).toBe(hex)
  })
})
