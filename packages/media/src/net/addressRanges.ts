import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

/** IPv4 that is not an address of somebody on the Internet (RFC 6890 and the registries after it). */
const closedIpv4 = [
  ['0.0.0.0/8', 'unspecified'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'private (carrier-grade NAT)'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'reserved'],
  ['192.0.2.0/24', 'reserved'],
  ['192.88.99.0/24', 'reserved'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'reserved'],
  ['198.51.100.0/24', 'reserved'],
  ['203.0.113.0/24', 'reserved'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
] as const

/** The only IPv6 that is given out to hosts on the Internet, and what is not theirs inside it. */
const globalIpv6 = '2000::/3'
const closedIpv6 = [
  ['2001::/23', 'reserved'],
  ['2001:db8::/32', 'reserved'],
  ['2002::/16', 'reserved (6to4)'],
  ['3fff::/20', 'reserved'],
] as const
/** IPv6 outside of the above that deserves its own word. */
const namedIpv6 = [
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['fc00::/7', 'private'],
  ['fe80::/10', 'link-local'],
  ['ff00::/8', 'multicast'],
] as const
/** IPv6 that carries an IPv4 address in its last 32 bits: that one decides. */
const carriers = ['::ffff:0:0/96', '64:ff9b::/96'].map((range) => listOf(range))

const ranges4 = closedIpv4.map(([range, kind]) => ({ list: listOf(range), kind }))
const ranges6 = [...closedIpv6, ...namedIpv6].map(([range, kind]) => ({ list: listOf(range), kind }))
const global6 = listOf(globalIpv6)

/**
 * Why an address must not be reached through a URL of a user, e.g. `private` or `loopback`; null if it is one on
 * the Internet. Addresses of this machine's own interfaces are closed whatever they are.
 *
 * @param address IPv4 or IPv6 in text, without a zone.
 */
export function closedAddressKind(address: string): string | null {
  const plain = carriedIpv4(address) ?? address
  const family = isIP(plain)
  if (family === 0) return 'not an address'
  if (family === 4) {
    const found = ranges4.find(({ list }) => list.check(plain, 'ipv4'))
    return found?.kind ?? ownAddressKind(plain)
  }
  const found = ranges6.find(({ list }) => list.check(plain, 'ipv6'))
  if (found !== undefined) return found.kind
  return global6.check(plain, 'ipv6') ? ownAddressKind(plain) : 'reserved'
}

/** `10.0.0.1` of `::ffff:10.0.0.1` (IPv4-mapped) and of `64:ff9b::a00:1` (NAT64, RFC 6052). */
export function carriedIpv4(address: string): string | null {
  if (isIP(address) !== 6 || !carriers.some((list) => list.check(address, 'ipv6'))) return null
  // The URL parser writes every form of an IPv6 address as hexadecimal groups.
  const groups = new URL(`http://[${address}]/`).hostname.slice(1, -1).split(':')
  const [high = 0, low = 0] = groups.slice(-2).map((group) => Number.parseInt(group || '0', 16))
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** What listens on a public interface of this machine may be meant for its neighbours only. */
function ownAddressKind(address: string): string | null {
  for (const interfaces of Object.values(networkInterfaces())) {
    if (interfaces?.some((own) => own.address === address)) return 'this machine'
  }
  return null
}

function listOf(range: string): BlockList {
  const [base = '', prefix] = range.split('/')
  const list = new BlockList()
  list.addSubnet(base, Number(prefix), isIP(base) === 6 ? 'ipv6' : 'ipv4')
  return list
}
