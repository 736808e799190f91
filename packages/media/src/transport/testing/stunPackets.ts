import { createHmac } from 'node:crypto'
import { crc32 } from 'node:zlib'

const fromHex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex')

/** The sample request of RFC 5769 section 2.1. */
export const rfc5769Request = {
  packet: fromHex(`
    000100582112a442b7e7a701bc34d686fa87dfae 802200105354554e207465737420636c69656e74
    002400046e0001ff 80290008932ff9b151263b36 000600096576746a3a68367659202020
    000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 80280004e57a3bcf`),
  ufrag: 'evtj',
  password: 'VOkJxbRl1RmTxUk/WvJxBt',
}

/** The sample responses of RFC 5769 sections 2.2 and 2.3: 192.0.2.1 and 2001:db8:1234:5678:11:2233:4455:6677. */
export const rfc5769Responses = {
  port: 32853,
  password: 'VOkJxbRl1RmTxUk/WvJxBt',
  ipv4: fromHex(`
    0101003c2112a442b7e7a701bc34d686fa87dfae 8022000b7465737420766563746f7220
    002000080001a147e112a643 000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7 80280004c07d4c96`),
  ipv6: fromHex(`
    010100482112a442b7e7a701bc34d686fa87dfae 8022000b7465737420766563746f7220
    002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9
    00080014a382954e4be67bf11784c97c8292c275bfe3ed41 80280004c8fb0b4c`),
}

/** A check that Chromium 156 sent from an address of a TURN server that it reached over TCP. */
export const chromiumRelayCheck = {
  packet: fromHex(`
    000100582112a4423478514d6870777a4e717636 000600117447714731494159365851653a4c654239000000
    c057000400010000 802a00080000000000000000 00250000 002400046e7c1fff
    00080014a1a32125facdd061858cc66ae7376f382980c146 802800048b18defc`),
  ufrag: 'tGqG1IAY6XQe',
  password: 'm4tRlUY3W4ShyWUy7dJ4LcIfL9pHkqYP',
}

/** A check as Chromium sends it, with any tie-breaker. */
export function stunCheck(check: {
  ufrag: string
  password: string
  tieBreaker: bigint
  useCandidate?: boolean
}): Buffer {
  const attribute = (type: number, value: Buffer): Buffer => {
    const padded = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4)
    padded.writeUInt16BE(type, 0)
    padded.writeUInt16BE(value.length, 2)
    value.copy(padded, 4)
    return padded
  }
  const tieBreaker = Buffer.alloc(8)
  tieBreaker.writeBigUInt64BE(check.tieBreaker)
  const body = Buffer.concat([
    attribute(0x0006, Buffer.from(`${check.ufrag}:peer`)),
    attribute(0x802a, tieBreaker),
    ...(check.useCandidate === true ? [attribute(0x0025, Buffer.alloc(0))] : []),
    attribute(0x0024, Buffer.from([0x6e, 0x7c, 0x1f, 0xff])),
  ])
  const header = Buffer.from('000100002112a442000102030405060708090a0b', 'hex')
  header.writeUInt16BE(body.length + 24, 2)
  const signed = Buffer.concat([header, body])
  const integrity = attribute(0x0008, createHmac('sha1', check.password).update(signed).digest())
  const whole = Buffer.concat([signed, integrity])
  whole.writeUInt16BE(body.length + 32, 2)
  const fingerprint = Buffer.alloc(4)
  fingerprint.writeUInt32BE((crc32(whole) ^ 0x5354554e) >>> 0)
  return Buffer.concat([whole, attribute(0x8028, fingerprint)])
}
