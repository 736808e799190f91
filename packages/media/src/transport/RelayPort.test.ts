import { networkInterfaces } from 'node:os'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePorts } from '../testing/freePorts.ts'
import { RelayPort, shutdownTransport } from './index.ts'
import type { RelayPortOptions } from './RelayPort.ts'
import { attributeOf, splitSdp } from './sdpLines.ts'
import { isGenuine, readStun } from './stun.ts'
import { ChromiumRelay } from './testing/ChromiumRelay.ts'
import { closeAll, createClient, createLeg, exchange, member } from './testing/legs.ts'
import type { Leg } from './testing/legs.ts'
import { rtpPacket } from './testing/packets.ts'
import { chromiumRelayCheck, rfc5769Responses, stunCheck } from './testing/stunPackets.ts'
import { UdpEnd } from './testing/UdpEnd.ts'
import { until } from './testing/until.ts'

const rtcPort = await freePorts(2)
const port = rtcPort + 1
const credentials = { iceUfrag: chromiumRelayCheck.ufrag, icePwd: chromiumRelayCheck.password }
const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ family }) => family === 'IPv6'))

const ends: { close(): unknown }[] = []
afterEach(async () => {
  await closeAll()
  for (const end of ends.splice(0)) await end.close()
})
afterAll(() => shutdownTransport())

async function openRelayPort(options: Partial<RelayPortOptions> = {}): Promise<RelayPort> {
  const relayPort = await RelayPort.open({ port, rtcPort, host: '127.0.0.1', ...options })
  ends.push(relayPort)
  return relayPort
}

async function openEnd(address?: string, atPort?: number): Promise<UdpEnd> {
  const end = await UdpEnd.open(address, atPort)
  ends.push(end)
  return end
}

const check = (tieBreaker = 0n, { iceUfrag, icePwd } = credentials): Buffer =>
  stunCheck({ ufrag: iceUfrag, password: icePwd, tieBreaker })

describe('a relay port', () => {
  let media: UdpEnd
  let browser: UdpEnd

  beforeEach(async () => {
    media = await openEnd('127.0.0.1', rtcPort)
    browser = await openEnd()
  })

  /** What arrives at the media port after `packets`, up to and with the last of them. */
  async function passOf(...packets: Buffer[]): Promise<Buffer[]> {
    const before = media.received.length
    const last = packets.at(-1)
    for (const packet of packets) browser.send(packet, port)
    await until('the last packet', () =>
      media.received.slice(before).some(({ packet }) => last !== undefined && packet.equals(last)),
    )
    return media.received.slice(before).map(({ packet }) => packet)
  }

  it('gives the check of Chromium another tie-breaker, signed anew, and passes the rest as it is', async () => {
    const relayPort = await openRelayPort()
    relayPort.admit(credentials)
    // More at once than wait for a new socket are lost, these are not.
    const rtp = [1, 2, 3].map((sequenceNumber) => rtpPacket({ payloadType: 96, ssrc: 7, sequenceNumber }))
    const [first, ...others] = await passOf(chromiumRelayCheck.packet, ...rtp)
    const message = readStun(first ?? Buffer.alloc(0))
    if (first === undefined || message === undefined) throw new Error('no check came through')
    expect(isGenuine(first, message, credentials.icePwd)).toBe(true)
    expect(first.readBigUInt64BE(message.tieBreakerAt)).toBe(1n)
    expect(first.readUInt32BE(message.priorityAt)).toBe(0x7c1fff)
    expect(others).toEqual(rtp)
    // A later check with any other keeps it.
    browser.send(check(77n), port)
    const [later] = await passOf(Buffer.from([128]))
    expect(later?.readBigUInt64BE(readStun(later)?.tieBreakerAt)).toBe(77n)

    // Back: the response names the browser's address, all else is untouched.
    const flow = media.received[0]?.from.port ?? 0
    media.send(rfc5769Responses.ipv4, flow)
    media.send(rtp[0] ?? first, flow)
    await until('answers', () => browser.received.length === 2)
    const [response, answer] = browser.received
    expect(answer?.packet).toEqual(rtp[0])
    expect(response?.from.port).toBe(port)
    const mapped = readStun(response?.packet ?? Buffer.alloc(0))
    expect(isGenuine(response?.packet ?? first, mapped ?? message, credentials.icePwd)).toBe(true)
    const at = mapped?.mappedAddressAt ?? 0
    expect((response?.packet.readUInt16BE(at + 2) ?? 0) ^ 0x2112).toBe(browser.port)
    expect(((response?.packet.readUInt32BE(at + 4) ?? 0) ^ 0x2112a442) >>> 0).toBe(0x7f000001)
    expect(relayPort.flowCount).toBe(1)
  })

  it('keeps the handshake of DTLS back until the browser has answered a check', async () => {
    const relayPort = await openRelayPort()
    relayPort.admit(credentials)
    const handshake = Buffer.from([22, 0xfe, 0xfd])
    expect(await passOf(chromiumRelayCheck.packet, handshake, Buffer.from([128]))).toHaveLength(2)
    const answer = rfc5769Responses.ipv4
    expect(await passOf(answer, handshake)).toEqual([answer, handshake])
  })

  it('gives every address of a browser a flow of its own', async () => {
    const relayPort = await openRelayPort()
    relayPort.admit(credentials)
    const others = await Promise.all([openEnd(), openEnd()])
    for (const end of [browser, ...others]) end.send(chromiumRelayCheck.packet, port)
    await until('three checks', () => media.received.length === 3)
    const flows = new Set(media.received.map(({ from }) => from.port))
    expect(flows.size).toBe(3)
    for (const flow of flows) media.send(Buffer.from([200, flow >> 8, flow & 255]), flow)
    await until('an answer each', () => [browser, ...others].every(({ received }) => received.length > 0))
    const answers = [browser, ...others].map(({ received }) => received[0]?.packet.readUInt16BE(1))
    expect(new Set(answers)).toEqual(flows)
    expect(relayPort.flowCount).toBe(3)
  })

  it('drops what does not begin with a signed check that needs it', async () => {
    const relayPort = await openRelayPort()
    const release = relayPort.admit(credentials)
    const { packet } = chromiumRelayCheck
    const forged = Buffer.from(packet)
    forged[forged.length - 20] = 1
    browser.send(Buffer.alloc(0), port)
    browser.send(Buffer.from([0]), port)
    browser.send(rtpPacket({ payloadType: 96, ssrc: 7, sequenceNumber: 1 }), port)
    browser.send(packet.subarray(0, 40), port)
    browser.send(forged, port)
    browser.send(rfc5769Responses.ipv4, port)
    browser.send(check(77n), port)
    browser.send(check(0n, { ...credentials, iceUfrag: 'nobody' }), port)
    browser.send(check(0n, { ...credentials, icePwd: 'guessed' }), port)
    // Packets keep their order: the first that comes through is the last that was sent.
    expect((await passOf(packet, Buffer.from([128]))).length).toBe(2)
    expect(media.received).toHaveLength(2)
    // On a flow, too, a check must be signed.
    browser.send(forged, port)
    expect(await passOf(Buffer.from([129]))).toHaveLength(1)

    release()
    const late = await openEnd()
    late.send(packet, port)
    expect(await passOf(Buffer.from([130]))).toHaveLength(1)
    expect(relayPort.flowCount).toBe(1)
  })

  it('has a bound on all flows and on those of one connection', async () => {
    const relayPort = await openRelayPort({ maxFlows: 3, maxFlowsPerConnection: 2 })
    const second = { iceUfrag: 'second', icePwd: 'word' }
    relayPort.admit(credentials)
    relayPort.admit(second)
    const all = await Promise.all([openEnd(), openEnd(), openEnd(), openEnd(), openEnd(), openEnd()])
    for (const end of all.slice(0, 3)) end.send(check(), port)
    for (const end of all.slice(3)) end.send(check(0n, second), port)
    // The fourth end got the last place, so all before were looked at.
    await until('the bound', () => relayPort.flowCount === 3 && media.received.length === 3)
    const ufrags = media.received.map(({ packet }) => readStun(packet)?.ufrag)
    expect(ufrags.filter((ufrag) => ufrag === 'second')).toHaveLength(1)
    // One that has a flow is served although there are no more.
    all[0]?.send(Buffer.from([140]), port)
    await until('a packet', () => media.received.at(-1)?.packet[0] === 140)
  })

  it('forgets flows that are idle, and those of connections that are gone', async () => {
    const relayPort = await openRelayPort({ idleMs: 100 })
    const gone = { iceUfrag: 'gone', icePwd: 'word' }
    relayPort.admit(credentials)
    const release = relayPort.admit(gone)
    const [lively, idle, released] = await Promise.all([openEnd(), openEnd(), openEnd()])
    lively.send(check(), port)
    idle.send(check(), port)
    released.send(check(0n, gone), port)
    await until('three flows', () => relayPort.flowCount === 3)
    const keepalive = setInterval(() => {
      lively.send(Buffer.from([150]), port)
      released.send(Buffer.from([151]), port)
    }, 10)
    try {
      await until('the idle one to be forgotten', () => relayPort.flowCount === 2)
      release()
      await until('the released one to be forgotten', () => relayPort.flowCount === 1)
    } finally {
      clearInterval(keepalive)
    }
    lively.send(Buffer.from([152]), port)
    await until('the lively one to be served', () => media.received.at(-1)?.packet[0] === 152)
  })

  it('says which port is taken', async () => {
    await openEnd('127.0.0.1', port)
    await expect(openRelayPort()).rejects.toThrow(`UDP port ${port} of 127.0.0.1 cannot be bound`)
  })
})

it.skipIf(!hasIpv6)('serves both families on all interfaces', async () => {
  const media = await openEnd('::', rtcPort)
  const relayPort = await RelayPort.open({ port, rtcPort })
  ends.push(relayPort)
  relayPort.admit(credentials)
  const [ipv4, ipv6] = [await openEnd('127.0.0.1'), await openEnd('::1')]
  ipv4.send(check(), port)
  ipv6.send(check(), port, '::1')
  await until('both checks', () => media.received.length === 2)
  for (const { from } of media.received) media.send(Buffer.from([160]), from.port, from.address)
  await until('both answers', () => ipv4.received.length > 0 && ipv6.received.length > 0)
  expect(media.received.map(({ from }) => from.address).sort()).toEqual(['::1', '::ffff:127.0.0.1'])
})

describe('a leg whose browser is behind a relay', () => {
  /** Joins through relays that lead to a port of the server; the server cannot find the browser by itself. */
  async function joinThrough(leg: Leg, toPort: number) {
    const client = createClient()
    const offer = (await client.offerer.createOffer()).replace(/^a=candidate:.*\r\n/gm, '')
    const { sdp } = await leg.transport.answer(offer, member)
    const { session, sections } = splitSdp(sdp)
    const relays: ChromiumRelay[] = []
    for (const lines of sections) {
      const relay = await ChromiumRelay.open(toPort, attributeOf(lines, 'ice-pwd') ?? '')
      ends.push(relay)
      relays.push(relay)
      const kept = lines.filter((line) => !line.startsWith('a=candidate:'))
      lines.splice(0, lines.length, ...kept, `a=candidate:1 1 UDP 1 127.0.0.1 ${relay.port} typ host`)
    }
    const rewritten = [session, ...sections].flat().map((line) => `${line}\r\n`)
    client.offerer.acceptAnswer(rewritten.join(''))
    return { client, relays, sdp }
  }

  it.each([
    ['loopback', '127.0.0.1'],
    ['all interfaces', undefined],
  ])('connects through the relay port on %s, unbundled, and again after it restarts', async (_, host) => {
    const relayPort = await RelayPort.open({ port, rtcPort, ...(host !== undefined && { host }) })
    ends.push(relayPort)
    const leg = createLeg(rtcPort, { relayPort, announcedIp: '127.0.0.1', rtcHost: host })
    const first = await joinThrough(leg, port)
    await until('connected', () => leg.connected === 1 && first.client.connected === 1)
    await exchange(leg, first.client)
    expect(relayPort.flowCount).toBe(2)

    // What an ICE restart looks like: the same leg, a new connection of the browser.
    const second = await joinThrough(leg, port)
    await until('connected again', () => leg.connected === 2 && second.client.connected === 1)
    leg.rtp.length = 0
    await exchange(leg, second.client)
    expect(leg.closed).toBe(0)
    expect(relayPort.flowCount).toBe(4)
  })

  it('would be refused at the media port', async () => {
    const leg = createLeg(rtcPort)
    const { client, relays } = await joinThrough(leg, rtcPort)
    const bindingError = 0x0111
    await until('refusals', () => relays.every(({ answers }) => answers.has(bindingError)))
    expect([leg.connected, client.connected]).toEqual([0, 0])
  })

  it('is offered the relay port last, with priorities that rise', async () => {
    const relayPort = await openRelayPort()
    const announcedIp = '192.0.2.1'
    const leg = createLeg(rtcPort, { relayPort, announcedIp, announcedPort: 50_000 })
    const candidatesOf = (sdp: string) =>
      splitSdp(sdp).sections.map((lines) =>
        lines
          .filter((line) => line.startsWith('a=candidate:'))
          .map((line) => line.split(' '))
          .map(([, , , priority, address, candidatePort]) => ({
            priority: Number(priority),
            to: `${address}:${candidatePort}`,
          })),
      )
    const answers: ReturnType<typeof candidatesOf> = []
    for (let answer = 0; answer < 2; answer++) {
      const client = createClient()
      const { sdp } = await leg.transport.answer(await client.offerer.createOffer(), member)
      answers.push(...candidatesOf(sdp))
    }
    expect(answers).toHaveLength(4)
    for (const candidates of answers) {
      expect(candidates.map(({ to }) => to)).toEqual([`${announcedIp}:50000`, `${announcedIp}:50001`])
      const [direct, relayed] = candidates.map(({ priority }) => priority)
      expect(direct).toBeGreaterThan(relayed ?? Infinity)
    }
    expect(answers[2]?.[1]?.priority).toBeGreaterThan(answers[0]?.[0]?.priority ?? Infinity)
  })
})
