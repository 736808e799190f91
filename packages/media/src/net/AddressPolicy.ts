import type { LookupAddress } from 'node:dns'
import { lookup as dnsLookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'

import { MediaError } from '../MediaError.ts'
import { closedAddressKind } from './addressRanges.ts'
import { AllowedHosts } from './AllowedHosts.ts'

/** `play`: a player reads from it. `stream`: a room is sent to it. */
export type UrlUse = 'play' | 'stream'

/** Protocols by use; everything else is refused. */
export const urlProtocols: Readonly<Record<UrlUse, readonly string[]>> = {
  play: ['http:', 'https:', 'rtmp:', 'rtmps:'],
  stream: ['rtmp:', 'rtmps:'],
}
const defaultPorts: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'rtmp:': 1935,
  'rtmps:': 443,
}
const maxUrlLength = 2048
/** The system's resolver tries for half a minute otherwise. */
const dnsTimeoutMs = 4000

/** A URL that may be used, as far as can be told without asking DNS. */
export type CheckedUrl = {
  /** As given, in the normal form of the URL standard. */
  url: URL
  protocol: string
  isSecure: boolean
  /** Without the brackets of an IPv6 address. */
  hostname: string
  port: number
  /** `host:port`, for messages: a whole URL may hold keys and passwords. */
  authority: string
}

export type AddressPolicyOptions = {
  /** See `AllowedHosts`. */
  allowedHosts: readonly string[]
  /** Gives all addresses of a name. Default: the system's resolver. */
  resolve?: (hostname: string) => Promise<LookupAddress[]>
}

/**
 * Where URLs of users may lead: to hosts on the Internet, and to what the operator lists. Connections must be
 * made with `lookup`, which gives out exactly the addresses that were checked: a name that is resolved a second
 * time may lead elsewhere by then.
 */
export class AddressPolicy {
  readonly #allowed: AllowedHosts
  readonly #resolve: (hostname: string) => Promise<LookupAddress[]>

  /** @throws RangeError if an entry of `allowedHosts` cannot be read. */
  constructor({ allowedHosts, resolve }: AddressPolicyOptions) {
    this.#allowed = new AllowedHosts(allowedHosts)
    this.#resolve = resolve ?? ((hostname) => dnsLookup(hostname, { all: true }))
  }

  /** @throws MediaError `url_not_allowed`: no URL, another protocol, or an address that is closed to users. */
  check(text: string, use: UrlUse): CheckedUrl {
    if (text.length > maxUrlLength)
      throw refusal(`A URL has at most ${maxUrlLength} characters, not ${text.length}`)
    const url = URL.canParse(text) ? new URL(text) : null
    const allowed = urlProtocols[use].map((protocol) => protocol.slice(0, -1)).join(', ')
    if (url === null) throw refusal(`That is not a URL. It begins with one of: ${allowed}`)
    const { protocol } = url
    if (!urlProtocols[use].includes(protocol)) {
      throw refusal(`URLs of the protocol ${protocol.slice(0, -1)} are not allowed here, only: ${allowed}`)
    }
    const hostname = url.hostname.replace(/^\[|\]$/g, '')
    if (hostname === '') throw refusal('The URL names no host')
    const port = url.port === '' ? defaultPorts[protocol]! : Number(url.port)
    if (isIP(hostname) !== 0) this.#checkAddress(hostname, hostname, port)
    const authority = `${isIP(hostname) === 6 ? `[${hostname}]` : hostname}:${port}`
    return { url, protocol, isSecure: protocol.endsWith('s:'), hostname, port, authority }
  }

  /**
   * The addresses of a host, each of which may be connected to.
   *
   * @throws MediaError `url_not_allowed` if one of them is closed to users: a name that leads to the inside
   *   as well is no mistake to be helped. `player_failed` if the name has no address.
   */
  async resolve(hostname: string, port: number): Promise<LookupAddress[]> {
    const family = isIP(hostname)
    const addresses = family !== 0 ? [{ address: hostname, family }] : await this.#ask(hostname)
    if (!this.#allowed.hasName(hostname, port)) {
      for (const { address } of addresses) this.#checkAddress(hostname, address, port)
    }
    return addresses
  }

  /** For `host` and `lookup` of Node's connections: resolves, checks, and pins the result. */
  async pinned(
    hostname: string,
    port: number,
  ): Promise<{ host: string; port: number; lookup: LookupFunction }> {
    const addresses = await this.resolve(hostname, port)
    const lookup: LookupFunction = (_hostname, options, callback) => {
      if (options.all === true) callback(null, addresses)
      else callback(null, addresses[0]!.address, addresses[0]!.family)
    }
    return { host: hostname, port, lookup }
  }

  async #ask(hostname: string): Promise<LookupAddress[]> {
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new MediaError('player_failed', `DNS gave no answer for ${hostname}`)),
        dnsTimeoutMs,
      )
    })
    try {
      const addresses = await Promise.race([this.#resolve(hostname), timeout])
      if (addresses.length > 0) return addresses
    } catch (error) {
      if (error instanceof MediaError) throw error
      throw new MediaError('player_failed', `The host name ${hostname} cannot be resolved`, { cause: error })
    } finally {
      clearTimeout(timer)
    }
    throw new MediaError('player_failed', `The host name ${hostname} has no address`)
  }

  #checkAddress(hostname: string, address: string, port: number): void {
    const kind = closedAddressKind(address)
    if (kind === null || this.#allowed.hasName(hostname, port) || this.#allowed.hasAddress(address, port))
      return
    const subject = hostname === address ? address : `${hostname} leads to ${address}, which`
    throw refusal(
      `${subject} is an address that URLs may not lead to (${kind}), unless the operator allows it`,
    )
  }
}

function refusal(message: string): MediaError {
  return new MediaError('url_not_allowed', message)
}
