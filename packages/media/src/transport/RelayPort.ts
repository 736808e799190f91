import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { checkRtcPort } from './rtcPort.ts'
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
} from './stun.ts'

export type RelayPortOptions = {
  /** UDP port to listen on. */
  port: number
  /** Address to listen on. Default: all interfaces. */
  host?: string
  /** The media port behind it, on the same host. */
  rtcPort: number
  /** Relayed connections at a time, each with a socket of its own. Default 1,024. */
  maxFlows?: number
  /** Of one connection of ours: one for each address it is tried from. Default 16. */
  maxFlowsPerConnection?: number
  /** A flow without a packet from the browser for one to two of these is forgotten. Default 15,000. */
  idleMs?: number
}

const defaults = { maxFlows: 1024, maxFlowsPerConnection: 16, idleMs: 15_000 }

/** Bytes that may wait in a socket for the kernel to take them; more are lost, as in any full queue of a network. */
const maxQueuedBytes = 256 * 1024
/** Packets that wait for the socket of a new flow, some milliseconds. */
const maxWaiting = 8

/** Any but 0. */
const tieBreaker = 1

type Flow = {
  address: string
  addressBytes: Buffer
  port: number
  ufrag: string
  socket: Socket
  /** Until the socket is connected. */
  waiting: Buffer[] | undefined
  /** The browser has answered a check of the native library, which therefore knows this path. */
  checked: boolean
  /** A packet has come from the browser since the last look. */
  active: boolean
}

/**
 * A side entrance to the media port, for browsers that come through a TURN relay.
 *
 * Chromium sends the ICE tie-breaker 0 from addresses of a relay that it reaches over TCP, and the native library takes
 * that for a missing one and refuses the check (error 400). Here such checks get another tie-breaker, and the lowest
 * type preference: to the native library, an address that it learns from a check ranks almost like a direct one. Its
 * answers name the address that the browser has, not that of a socket of ours, so that the browser knows it for the
 * relayed one that it is. All that is signed anew; everything else passes untouched, both ways.
 *
 * This port stands in each answer as a candidate of lower priority than the media port, and lets nobody in whose checks
 * the media port takes itself: only those who need it pay for it.
 *
 * The handshake of DTLS is kept back until the native library has checked the path through here. It refuses the checks
 * that the browser sends to the media port, but tries the way back all the same, and would take that for the path: its
 * first flight would be lost there and come again after a second. Chromium repeats its own after 50 ms.
 *
 * A flow belongs to one address of a browser (that is, of its relay) and begins with a check that is signed with the
 * ICE password of a connection of ours; packets of others are dropped.
 */
export class RelayPort {
  readonly #options: RelayPortOptions & typeof defaults
  readonly #socket: Socket
  readonly #passwords = new Map<string, string>()
  /** By address, then port: a look-up makes no string. */
  readonly #flows = new Map<string, Map<number, Flow>>()
  readonly #flowsOf = new Map<string, number>()
  readonly #sweepTimer: NodeJS.Timeout
  #flowCount = 0
  #closed = false

  /** @throws MediaError `internal`, naming address and port, when the port cannot be bound. */
  static async open(options: RelayPortOptions): Promise<RelayPort> {
    const { port, host } = options
    await checkRtcPort(port, host)
    if (host !== undefined) return new RelayPort(options, await bind(port, host))
    // Both families, unless the machine has no IPv6.
    const socket = await bind(port, '::').catch(() => bind(port, '0.0.0.0'))
    return new RelayPort(options, socket)
  }

  private constructor(options: RelayPortOptions, socket: Socket) {
    this.#options = { ...defaults, ...options }
    this.#socket = socket
    socket.on('message', (packet, from) => this.#onPacket(packet, from))
    // An ICMP answer to a packet of ours: that browser is gone, the others are not.
    socket.on('error', () => undefined)
    this.#sweepTimer = setInterval(() => this.#sweep(), this.#options.idleMs)
    this.#sweepTimer.unref()
  }

  get port(): number {
    return this.#options.port
  }

  /** Relayed addresses that are connected through here. */
  get flowCount(): number {
    return this.#flowCount
  }

  /**
   * Lets the checks for a connection of ours in.
   *
   * @returns takes that back. What flows already ends a moment later: the goodbye of DTLS is still to pass.
   */
  admit(credentials: { iceUfrag: string; icePwd: string }): () => void {
    this.#passwords.set(credentials.iceUfrag, credentials.icePwd)
    return () => this.#passwords.delete(credentials.iceUfrag)
  }

  /** May be called twice. */
  close(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    this.#closed = true
    clearInterval(this.#sweepTimer)
    for (const flows of this.#flows.values()) for (const flow of flows.values()) flow.socket.close()
    this.#flows.clear()
    this.#flowsOf.clear()
    this.#flowCount = 0
    return new Promise((resolve) => this.#socket.close(resolve))
  }

  #onPacket(packet: Buffer, from: RemoteInfo): void {
    let flow = this.#flows.get(from.address)?.get(from.port)
    if (isStun(packet)) {
      const request = readStun(packet)
      if (request?.type === stunTypes.bindingRequest && request.ufrag !== undefined) {
        const isZero = hasZeroTieBreaker(packet, request)
        // Others are let in by the media port itself.
        if (flow === undefined && !isZero) return
        const password = this.#passwords.get(request.ufrag)
        if (password === undefined || !isGenuine(packet, request, password)) return
        if (isZero) replaceTieBreaker(packet, request, tieBreaker, password)
        preferLeast(packet, request, password)
        flow ??= this.#createFlow(from, request.ufrag)
        if (flow !== undefined && flow.ufrag !== request.ufrag) this.#assign(flow, request.ufrag)
      } else if (request?.type === stunTypes.bindingSuccess && flow !== undefined) {
        flow.checked = true
      }
    }
    if (flow === undefined) return
    flow.active = true
    if (!flow.checked && isDtls(packet)) return
    if (flow.waiting === undefined) send(flow.socket, packet)
    else if (flow.waiting.length < maxWaiting) flow.waiting.push(packet)
  }

  #onMediaPacket({ address, addressBytes, port, ufrag }: Flow, packet: Buffer): void {
    if (isStun(packet)) {
      const response = readStun(packet)
      const password = this.#passwords.get(ufrag)
      if (response?.type === stunTypes.bindingSuccess && password !== undefined) {
        replaceMappedAddress(packet, response, addressBytes, port, password)
      }
    }
    send(this.#socket, packet, port, address)
  }

  /** undefined when there are too many already. */
  #createFlow({ address, port }: RemoteInfo, ufrag: string): Flow | undefined {
    const { maxFlows, maxFlowsPerConnection, rtcPort } = this.#options
    if (this.#flowCount >= maxFlows || (this.#flowsOf.get(ufrag) ?? 0) >= maxFlowsPerConnection)
      return undefined
    const bytes = addressBytes(address)
    const mediaHost = this.#options.host ?? (bytes.length === 4 ? '127.0.0.1' : '::1')
    const socket = createSocket({ type: isIPv6(mediaHost) ? 'udp6' : 'udp4', lookup: numeric })
    const flow: Flow = {
      address,
      addressBytes: bytes,
      port,
      ufrag,
      socket,
      waiting: [],
      checked: false,
      active: true,
    }
    socket.on('message', (packet) => this.#onMediaPacket(flow, packet))
    // The media port does not listen for a moment, e.g. between two calls: as if the packet were lost.
    socket.on('error', () => undefined)
    let flows = this.#flows.get(address)
    if (flows === undefined) this.#flows.set(address, (flows = new Map()))
    flows.set(port, flow)
    this.#flowCount++
    this.#count(ufrag, 1)
    socket.connect(rtcPort, mediaHost, () => {
      for (const packet of flow.waiting ?? []) send(socket, packet)
      flow.waiting = undefined
    })
    return flow
  }

  /** The same address is used for another connection from now on. */
  #assign(flow: Flow, ufrag: string): void {
    this.#count(flow.ufrag, -1)
    this.#count(ufrag, 1)
    flow.ufrag = ufrag
    flow.checked = false
  }

  #count(ufrag: string, change: 1 | -1): void {
    const count = (this.#flowsOf.get(ufrag) ?? 0) + change
    if (count > 0) this.#flowsOf.set(ufrag, count)
    else this.#flowsOf.delete(ufrag)
  }

  #sweep(): void {
    for (const [address, flows] of this.#flows) {
      for (const flow of flows.values()) {
        if (flow.active && this.#passwords.has(flow.ufrag)) {
          flow.active = false
          continue
        }
        flow.socket.close()
        flows.delete(flow.port)
        this.#flowCount--
        this.#count(flow.ufrag, -1)
      }
      if (flows.size === 0) this.#flows.delete(address)
    }
  }
}

/** RFC 7983 section 7. */
function isDtls(packet: Buffer): boolean {
  const first = packet[0]
  return first !== undefined && first >= 20 && first < 64
}

/** Never blocks, never throws; what does not fit is lost. */
function send(socket: Socket, packet: Buffer, port?: number, address?: string): void {
  try {
    if (socket.getSendQueueSize() > maxQueuedBytes) return
    if (port === undefined) socket.send(packet)
    else socket.send(packet, port, address)
  } catch {
    // Closed between two events.
  }
}

type LookupCallback = (error: Error | null, address: string, family: number) => void

/** All our addresses are numeric: this spares a turn of the resolver for every packet. */
function numeric(address: string, _options: unknown, callback: LookupCallback): void {
  callback(null, address, isIPv6(address) ? 6 : 4)
}

function bind(port: number, address: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', lookup: numeric })
    socket.once('error', reject)
    socket.bind({ port, address, exclusive: true }, () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}
