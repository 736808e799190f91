import type { LegOptions } from '../../types.ts'
import { LegTransport } from '../LegTransport.ts'
import { livingPeerCount } from '../nativePeer.ts'
import { createOfferer, offererPayloadTypes } from '../offerer.ts'
import type { Offerer, OffererOptions } from '../offerer.ts'
import { splitSdp } from '../sdpLines.ts'
import type { LegTransportOptions, MediaKind } from '../types.ts'
import { rtpPacket } from './packets.ts'
import { until } from './until.ts'

/** Both kinds, both ways. */
export const member: LegOptions = {
  sourceId: 's',
  audio: { send: true, receive: true },
  video: { send: true, receive: true },
}

export type Received = { kind: MediaKind; packet: Buffer }
export type Leg = ReturnType<typeof createLeg>
export type Client = ReturnType<typeof createClient>

const open: { close(): void }[] = []
let count = 0

/** A transport on loopback that counts and keeps what it tells. */
export function createLeg(rtcPort: number, overrides: Partial<LegTransportOptions> = {}) {
  const leg = { rtp: [] as Received[], rtcp: [] as Received[], connected: 0, closed: 0 }
  const n = ++count
  const transport = new LegTransport({
    legId: `leg${n}`,
    rtcPort,
    rtcHost: '127.0.0.1',
    cname: 'room',
    streamId: 'stream',
    ssrcs: { audio: 1000 + n, video: 2000 + n },
    events: {
      onRtp: (kind, packet) => leg.rtp.push({ kind, packet }),
      onRtcp: (kind, packet) => leg.rtcp.push({ kind, packet }),
      onConnected: () => leg.connected++,
      onClosed: () => leg.closed++,
    },
    ...overrides,
  })
  open.push(transport)
  return Object.assign(leg, { transport, ssrcs: { audio: 1000 + n, video: 2000 + n } })
}

/** An offerer on loopback that counts and keeps what it tells. */
export function createClient(overrides: Partial<OffererOptions> = {}) {
  const client = { rtp: [] as Received[], rtcp: [] as Received[], connected: 0, closed: 0 }
  const n = ++count
  const ssrcs = { audio: 3000 + n, video: 4000 + n }
  const offerer = createOfferer({
    name: `client${n}`,
    cname: `client${n}`,
    bindAddress: '127.0.0.1',
    audio: { direction: 'sendrecv', ssrc: ssrcs.audio },
    video: { direction: 'sendrecv', ssrc: ssrcs.video },
    events: {
      onRtp: (kind, packet) => client.rtp.push({ kind, packet }),
      onRtcp: (kind, packet) => client.rtcp.push({ kind, packet }),
      onConnected: () => client.connected++,
      onClosed: () => client.closed++,
    },
    ...overrides,
  })
  open.push(offerer)
  return Object.assign(client, { offerer, ssrcs })
}

export async function join(leg: Leg, client: Client, options = member) {
  const offer = await client.offerer.createOffer()
  const answer = await leg.transport.answer(offer, options)
  client.offerer.acceptAnswer(answer.sdp)
  await until('both ends connected', () => leg.connected > 0 && client.connected > 0)
  return { offer, ...answer }
}

/** Loopback loses nothing, but a packet sent right at the DTLS handshake's end may come too early. */
export async function exchange(
  leg: Leg,
  client: { offerer: Offerer; rtp: Received[]; ssrcs: Client['ssrcs'] },
) {
  for (const kind of ['audio', 'video'] as const) {
    const payloadType = offererPayloadTypes[kind]
    let sequenceNumber = 0
    const seen = (list: Received[], ssrc: number) =>
      list.some((received) => received.kind === kind && received.packet.readUInt32BE(8) === ssrc)
    await until(`${kind} both ways`, () => {
      client.offerer.sendRtp(kind, rtpPacket({ payloadType, ssrc: client.ssrcs[kind], sequenceNumber }))
      leg.transport.sendRtp(kind, rtpPacket({ payloadType, ssrc: leg.ssrcs[kind], sequenceNumber }))
      sequenceNumber++
      return seen(leg.rtp, client.ssrcs[kind]) && seen(client.rtp, leg.ssrcs[kind])
    })
  }
}

export function sectionsOf(sdp: string) {
  return splitSdp(sdp).sections
}

/** Closes every leg and client made here, and waits until nothing of them is left. */
export async function closeAll(): Promise<void> {
  for (const closable of open.splice(0)) closable.close()
  await until('native peers are gone', () => livingPeerCount() === 0)
}
