import { BlockList, isIP } from 'node:net'

type Rule = {
  port: number | null
  /** Lower case; null where `addresses` is the rule. */
  hostname: string | null
  addresses: BlockList | null
}

/** What the operator opens to URLs of users although it is private: `ROOMFUL_ALLOWED_HOSTS`. */
export class AllowedHosts {
  readonly #rules: readonly Rule[]

  /**
   * @param entries Host names (`media.internal`), addresses (`10.0.0.7`, `::1`), CIDR ranges (`10.0.0.0/8`,
   *   `fd00::/8`); each may end in `:port`, IPv6 then in brackets (`[::1]:8080`, `[fd00::/8]:8080`).
   * @throws RangeError that quotes the entry that is none of these.
   */
  constructor(entries: readonly string[]) {
    this.#rules = entries.map(parseRule)
  }

  /** Whether the name itself is listed: then every address it has is open. */
  hasName(hostname: string, port: number): boolean {
    const name = hostname.toLowerCase().replace(/\.$/, '')
    return this.#rules.some((rule) => rule.hostname === name && matchesPort(rule, port))
  }

  hasAddress(address: string, port: number): boolean {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    return this.#rules.some(
      (rule) => matchesPort(rule, port) && rule.addresses !== null && rule.addresses.check(address, family),
    )
  }
}

function matchesPort(rule: Rule, port: number): boolean {
  return rule.port === null || rule.port === port
}

function parseRule(entry: string): Rule {
  const { host, port } = splitPort(entry)
  const [base = '', prefix, ...more] = host.split('/')
  const family = isIP(base)
  if (family !== 0 && more.length === 0) {
    const bits = family === 6 ? 128 : 32
    const prefixBits = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : NaN
    if (!(prefixBits <= bits)) throw invalid(entry)
    const addresses = new BlockList()
    addresses.addSubnet(base, prefixBits, family === 6 ? 'ipv6' : 'ipv4')
    return { port, hostname: null, addresses }
  }
  const isHostname = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i
  if (!isHostname.test(host) || /^[\d.]+$/.test(host)) throw invalid(entry)
  return { port, hostname: host.toLowerCase(), addresses: null }
}

function splitPort(entry: string): { host: string; port: number | null } {
  const text = entry.trim()
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text)
  const named = bracketed ?? /^([^:]+):(\d+)$/.exec(text)
  if (named === null) return { host: text, port: null }
  const port = named[2] === undefined ? null : Number(named[2])
  if (port !== null && !(port >= 1 && port <= 65_535)) throw invalid(entry)
  return { host: named[1]!, port }
}

function invalid(entry: string): RangeError {
  return new RangeError(
    `"${entry}" is no host name, address or CIDR range with an optional :port, e.g. media.internal, 10.0.0.7:8080 or [fd00::/8]:443`,
  )
}
