import { randomInt } from 'node:crypto'
import { MediaError } from '../MediaError.ts'
import type { LegOptions } from '../types.ts'
import { answerDirection, writeAnswer } from './answer.ts'
import type { AnswerCandidate, AnswerSection } from './answer.ts'
import { CandidatePriority } from './candidatePriority.ts'
import { parseOffer } from './offer.ts'
import type { OfferedSection } from './offer.ts'
import { packetKindOf } from './packetKind.ts'
import { SectionPeer, transportKeyOf } from './SectionPeer.ts'
import type { LegTransportOptions, MediaDirection, MediaKind, NegotiatedSection } from './types.ts'

/** Offers that may wait behind the one being answered. A browser has one offer under way at a time. */
const maxWaitingOffers = 4

type Section = {
  negotiated: NegotiatedSection
  peer: SectionPeer
  /** Carries media on until `peer` is open: the connection before an ICE restart. */
  retired: SectionPeer | undefined
}

/** What became of one offered section: the peer it uses, and whether that was made for this offer. */
type Assigned = { offered: OfferedSection; peer: SectionPeer; fresh: boolean }

/**
 * The WebRTC connection of one leg: answers offers and carries RTP and RTCP, encrypted, over the process's
 * shared UDP port. Every media section has a connection of its own (see docs/architecture.md), because
 * answers are never bundled.
 */
export class LegTransport {
  readonly #options: LegTransportOptions
  readonly #sections = new Map<MediaKind, Section>()
  readonly #priority = new CandidatePriority()
  /** Whether the last answer that sends a kind has named its SSRC. */
  readonly #namesSsrc = new Map<MediaKind, boolean>()
  readonly #sessionId = String(randomInt(1, 2 ** 47))
  #version = 0
  #lastAnswer: Promise<unknown> = Promise.resolve()
  #waitingOffers = 0
  #toldConnected = false
  #toldClosed = false
  #closed = false

  constructor(options: LegTransportOptions) {
    this.#options = options
  }

  /**
   * Answers an offer: the first one, a renegotiation, or an ICE restart. One at a time, in the order asked. A
   * failed answer changes nothing.
   *
   * `isSilent`: the browser has not been heard for a while. Connections that the offer replaces are closed at once
   * then, not when the new ones are up: over a line that is just back, the browser would find the old path again before
   * the new one, and answer the new handshake on the old path, where nobody waits for it.
   *
   * @throws MediaError `invalid_sdp` when the offer cannot be answered, `leg_not_found` when the leg was closed
   * meanwhile, `internal` when the media port fails or too many offers wait.
   */
  answer(
    offerSdp: string,
    options: LegOptions,
    isSilent = false,
  ): Promise<{ sdp: string; sections: NegotiatedSection[] }> {
    if (this.#waitingOffers > maxWaitingOffers) {
      const message = `More than ${maxWaitingOffers} offers of one leg are waiting; send one after the other`
      return Promise.reject(new MediaError('internal', message))
    }
    this.#waitingOffers++
    const result = this.#lastAnswer.then(() => this.#answerNow(offerSdp, options, isSilent))
    this.#lastAnswer = result.catch(() => undefined).finally(() => this.#waitingOffers--)
    return result
  }

  /** False when the section is not connected or not sent; never throws. The buffer may be reused at once. */
  sendRtp(kind: MediaKind, packet: Buffer): boolean {
    const section = this.#sections.get(kind)
    if (section === undefined || !section.negotiated.send) return false
    return this.#send(section, packet)
  }

  /** False when the section is not connected; never throws. Independent of the section's direction. */
  sendRtcp(kind: MediaKind, packet: Buffer): boolean {
    const section = this.#sections.get(kind)
    return section !== undefined && this.#send(section, packet)
  }

  /** The section is connected, or its connection from before an ICE restart still is. */
  isOpen(kind: MediaKind): boolean {
    const section = this.#sections.get(kind)
    return section !== undefined && (section.peer.isOpen || section.retired?.isOpen === true)
  }

  /** Ends all connections without an event. May be called twice. */
  close(): void {
    this.#closed = true
    for (const kind of [...this.#sections.keys()]) this.#dropSection(kind)
  }

  #send(section: Section, packet: Buffer): boolean {
    return section.peer.isOpen ? section.peer.send(packet) : (section.retired?.send(packet) ?? false)
  }

  async #answerNow(offerSdp: string, options: LegOptions, isSilent: boolean) {
    this.#throwIfClosed()
    const { slots } = parseOffer(offerSdp)
    const offered = slots.flatMap((slot) => (slot.accepted ? [slot.section] : []))
    const assigned = await this.#assignPeers(offered)
    let candidates: AnswerCandidate[]
    try {
      this.#throwIfClosed()
      candidates = this.#candidates(assigned)
    } catch (error) {
      for (const { peer, fresh } of assigned) if (fresh) peer.close()
      throw error
    }

    const answers = new Map<OfferedSection, AnswerSection>()
    const negotiated = assigned.map(({ offered: section, peer }) => {
      const direction = answerDirection(section.direction, options[section.kind])
      const ssrc = this.#shallNameSsrc(section, direction) ? this.#options.ssrcs[section.kind] : null
      answers.set(section, { offered: section, local: peer.local, direction, candidates, ssrc })
      const { codec, payloadType, clockRate } = section.codec
      const { telephoneEventPayloadType, redPayloadType, playoutDelayId } = section.codec
      return {
        kind: section.kind,
        mid: section.mid,
        codec,
        payloadType,
        clockRate,
        receive: direction === 'sendrecv' || direction === 'recvonly',
        send: isSent(direction),
        ...(telephoneEventPayloadType !== undefined && { telephoneEventPayloadType }),
        ...(redPayloadType !== undefined && { redPayloadType }),
        ...(playoutDelayId !== undefined && { playoutDelayId }),
      } satisfies NegotiatedSection
    })
    this.#commit(assigned, negotiated, isSilent)
    for (const { offered: section, direction, ssrc } of answers.values()) {
      if (isSent(direction)) this.#namesSsrc.set(section.kind, ssrc !== null)
    }
    const { streamId, cname } = this.#options
    const session = { sessionId: this.#sessionId, version: ++this.#version, streamId, cname }
    return { sdp: writeAnswer(session, slots, answers), sections: negotiated }
  }

  /**
   * Chromium shows nothing of a stream that was stopped and comes again with the SSRC that it had: it makes a new
   * receiver, and forgets to connect its track to it. From named to not named, and back, it connects it anew.
   */
  #shallNameSsrc({ kind, mid }: OfferedSection, direction: MediaDirection): boolean {
    const before = this.#sections.get(kind)?.negotiated
    const namedLast = this.#namesSsrc.get(kind)
    const comesAgain = before?.mid === mid && !before.send && isSent(direction)
    return namedLast === undefined || namedLast !== comesAgain
  }

  /** The known peer where mid and transport are unchanged, else a new one with a fresh certificate. */
  async #assignPeers(offered: OfferedSection[]): Promise<Assigned[]> {
    const results = await Promise.allSettled(
      offered.map(async (section): Promise<Assigned> => {
        const known = this.#sections.get(section.kind)
        const same =
          known !== undefined &&
          known.negotiated.mid === section.mid &&
          known.peer.transportKey === transportKeyOf(section.remote) &&
          !known.peer.isEnded
        if (same) return { offered: section, peer: known.peer, fresh: false }
        return { offered: section, peer: await this.#createPeer(section), fresh: true }
      }),
    )
    const assigned = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed === undefined) return assigned
    for (const { peer, fresh } of assigned) if (fresh) peer.close()
    throw failed.reason
  }

  #createPeer(section: OfferedSection): Promise<SectionPeer> {
    const { legId, rtcPort, rtcHost, cname, ssrcs, relayPort } = this.#options
    const { kind, remote } = section
    // Events can only come once the browser has the answer, and with it this peer's credentials.
    let created: SectionPeer | undefined
    const creating = SectionPeer.create({
      name: `${legId}-${kind}`,
      kind,
      rtcPort,
      rtcHost,
      remote,
      ssrc: ssrcs[kind],
      cname,
      relayPort,
      events: {
        onOpen: () => this.#onPeerOpen(kind, created),
        onPacket: (packet) => this.#onPacket(kind, created, packet),
        onDead: () => this.#onPeerDead(kind, created),
      },
    })
    return creating.then((peer) => (created = peer))
  }

  #candidates(assigned: Assigned[]): AnswerCandidate[] {
    const { announcedIp, rtcPort, announcedPort = rtcPort, relayPort } = this.#options
    const bound = assigned[0]?.peer.boundAddresses ?? []
    const direct = announcedIp === undefined ? bound : [{ address: announcedIp, port: announcedPort }]
    if (direct.length === 0) {
      throw new MediaError(
        'internal',
        'The media port has no address a browser could reach: only loopback is there. Set the media host or the announced address',
      )
    }
    const relayed =
      relayPort === undefined
        ? []
        : direct.map(({ address, port }) => ({ address, port: port + relayPort.port - rtcPort }))
    const addresses = [...direct, ...relayed]
    const priorities = this.#priority.next(addresses.length)
    return priorities.flatMap((priority, i) => {
      const address = addresses[i]
      return address === undefined ? [] : [{ ...address, priority }]
    })
  }

  #commit(assigned: Assigned[], negotiated: NegotiatedSection[], isSilent: boolean): void {
    const kinds = new Set(negotiated.map(({ kind }) => kind))
    for (const kind of [...this.#sections.keys()]) if (!kinds.has(kind)) this.#dropSection(kind)
    for (const [i, { peer, fresh }] of assigned.entries()) {
      const section = negotiated[i]
      if (section === undefined) continue
      const before = this.#sections.get(section.kind)
      let retired: SectionPeer | undefined
      if (before !== undefined && before.negotiated.mid !== section.mid) this.#dropSection(section.kind)
      else if (before !== undefined) retired = fresh ? retire(before) : before.retired
      if (fresh && isSilent) {
        retired?.close()
        retired = undefined
      }
      this.#sections.set(section.kind, { negotiated: section, peer, retired })
      if (fresh) {
        this.#toldConnected = false
        this.#toldClosed = false
      }
    }
    this.#tellIfConnected()
  }

  #dropSection(kind: MediaKind): void {
    const section = this.#sections.get(kind)
    this.#sections.delete(kind)
    section?.peer.close()
    section?.retired?.close()
  }

  #onPeerOpen(kind: MediaKind, peer: SectionPeer | undefined): void {
    const section = this.#sections.get(kind)
    if (section === undefined || section.peer !== peer) return
    section.retired?.close()
    section.retired = undefined
    this.#tellIfConnected()
  }

  #onPacket(kind: MediaKind, peer: SectionPeer | undefined, packet: Buffer): void {
    const section = this.#sections.get(kind)
    if (section === undefined || peer === undefined) return
    if (section.peer !== peer && section.retired !== peer) return
    const packetKind = packetKindOf(packet)
    if (packetKind === 'rtcp') this.#options.events.onRtcp(kind, packet)
    else if (packetKind === 'rtp' && section.negotiated.receive) this.#options.events.onRtp(kind, packet)
  }

  #onPeerDead(kind: MediaKind, peer: SectionPeer | undefined): void {
    const section = this.#sections.get(kind)
    if (section === undefined || peer === undefined) return
    if (section.retired === peer) section.retired = undefined
    if (section.peer !== peer || this.#toldClosed) return
    this.#toldClosed = true
    this.#options.events.onClosed()
  }

  #tellIfConnected(): void {
    if (this.#toldConnected || this.#closed || this.#sections.size === 0) return
    for (const { peer } of this.#sections.values()) if (!peer.isOpen) return
    this.#toldConnected = true
    this.#options.events.onConnected()
  }

  #throwIfClosed(): void {
    if (this.#closed) throw new MediaError('leg_not_found', `Leg ${this.#options.legId} is closed`)
  }
}

const isSent = (direction: MediaDirection): boolean => direction === 'sendrecv' || direction === 'sendonly'

/** Keeps the one connection of a section that still carries media; closes the other. */
function retire({ peer, retired }: Section): SectionPeer | undefined {
  if (!peer.isOpen) {
    peer.close()
    return retired
  }
  retired?.close()
  return peer
}
