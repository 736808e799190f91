import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { freePort } from '../testing/freePorts.ts'
import { shutdownTransport } from './index.ts'
import { livingPeerCount } from './nativePeer.ts'
import { offererPayloadTypes } from './offerer.ts'
import { attributeOf } from './sdpLines.ts'
import { closeAll, createClient, createLeg, exchange, join, member, sectionsOf } from './testing/legs.ts'
import type { Received } from './testing/legs.ts'
import { pli, rtpPacket } from './testing/packets.ts'
import { until } from './testing/until.ts'
import type { MediaKind } from './types.ts'

const rtcPort = await freePort()

afterEach(closeAll)
afterAll(() => shutdownTransport())

describe('a leg and a simulated browser', () => {
  it('carries RTP and RTCP of both kinds both ways, on one port', async () => {
    const leg = createLeg(rtcPort)
    const client = createClient()
    const { sdp, sections } = await join(leg, client)
    expect(sections).toEqual([
      expect.objectContaining({ kind: 'audio', mid: '0', codec: 'opus', payloadType: 111, clockRate: 48000 }),
      expect.objectContaining({ kind: 'video', mid: '1', codec: 'vp8', payloadType: 96, clockRate: 90000 }),
    ])
    for (const section of sections) expect(section).toMatchObject({ send: true, receive: true })
    const ports = sectionsOf(sdp).map(([mLine]) => mLine?.split(' ')[1])
    expect(ports).toEqual([String(rtcPort), String(rtcPort)])

    await exchange(leg, client)
    expect(leg.transport.sendRtcp('video', pli(leg.ssrcs.video, client.ssrcs.video))).toBe(true)
    expect(client.offerer.sendRtcp('video', pli(client.ssrcs.video, leg.ssrcs.video))).toBe(true)
    await until('PLI both ways', () => leg.rtcp.length > 0 && client.rtcp.length > 0)
    expect(leg.rtcp[0]).toEqual({ kind: 'video', packet: pli(client.ssrcs.video, leg.ssrcs.video) })
    expect(client.rtcp[0]).toEqual({ kind: 'video', packet: pli(leg.ssrcs.video, client.ssrcs.video) })
    expect([leg.connected, leg.closed, client.connected, client.closed]).toEqual([1, 0, 1, 0])
  })

  it('copies a packet before sendRtp returns, so one buffer can be patched and sent again', async () => {
    const leg = createLeg(rtcPort)
    const client = createClient()
    await join(leg, client)
    await exchange(leg, client)
    const buffer = rtpPacket({ payloadType: 96, ssrc: leg.ssrcs.video, sequenceNumber: 1000 })
    const received = () => client.rtp.filter(({ packet }) => packet.readUInt16BE(2) >= 1000)
    for (let i = 0; i < 50; i++) {
      buffer.writeUInt16BE(1000 + i, 2)
      buffer.fill(i, 12)
      expect(leg.transport.sendRtp('video', buffer)).toBe(true)
    }
    await until('50 packets', () => received().length >= 50)
    for (const [i, { packet }] of received().entries()) {
      expect(packet.readUInt16BE(2)).toBe(1000 + i)
      expect(packet[12]).toBe(i)
    }
  })

  it('keeps two legs on the one port apart', async () => {
    const [legA, legB] = [createLeg(rtcPort), createLeg(rtcPort)]
    const [clientA, clientB] = [createClient(), createClient()]
    await Promise.all([join(legA, clientA), join(legB, clientB)])
    await Promise.all([exchange(legA, clientA), exchange(legB, clientB)])
    const ssrcs = (list: Received[]) => new Set(list.map(({ packet }) => packet.readUInt32BE(8)))
    expect(ssrcs(legA.rtp)).toEqual(new Set(Object.values(clientA.ssrcs)))
    expect(ssrcs(legB.rtp)).toEqual(new Set(Object.values(clientB.ssrcs)))
    expect(ssrcs(clientA.rtp)).toEqual(new Set(Object.values(legA.ssrcs)))
    expect(ssrcs(clientB.rtp)).toEqual(new Set(Object.values(legB.ssrcs)))
  })

  it('enforces the role of the leg, whatever the browser sends', async () => {
    const leg = createLeg(rtcPort)
    const client = createClient()
    const listener = {
      ...member,
      audio: { send: false, receive: true },
      video: { send: true, receive: false },
    }
    const { sdp, sections } = await join(leg, client, listener)
    expect(sectionsOf(sdp).map((lines) => lines.find((l) => /^a=(send|recv|inactive)/.test(l)))).toEqual([
      'a=sendonly',
      'a=recvonly',
    ])
    expect(sections.map(({ send, receive }) => ({ send, receive }))).toEqual([
      { send: true, receive: false },
      { send: false, receive: true },
    ])
    expect(leg.transport.sendRtp('video', rtpPacket({ payloadType: 96, ssrc: 1, sequenceNumber: 1 }))).toBe(
      false,
    )
    let sequenceNumber = 0
    await until('video arrives', () => {
      client.offerer.sendRtp(
        'audio',
        rtpPacket({ payloadType: 111, ssrc: client.ssrcs.audio, sequenceNumber }),
      )
      client.offerer.sendRtp(
        'video',
        rtpPacket({ payloadType: 96, ssrc: client.ssrcs.video, sequenceNumber }),
      )
      sequenceNumber++
      return leg.rtp.length >= 5
    })
    expect(leg.rtp.every(({ kind }) => kind === 'video')).toBe(true)
  })

  it('connects a receive-only offer', async () => {
    const leg = createLeg(rtcPort)
    const client = createClient({
      audio: { direction: 'recvonly', ssrc: 5000 },
      video: { direction: 'recvonly', ssrc: 5001 },
    })
    const offer = await client.offerer.createOffer()
    expect(offer).not.toContain('candidate')
    const { sdp } = await leg.transport.answer(offer, member)
    client.offerer.acceptAnswer(sdp)
    await until('connected', () => leg.connected === 1 && client.connected === 1)
    let sequenceNumber = 0
    await until('video arrives', () => {
      leg.transport.sendRtp('video', rtpPacket({ payloadType: 96, ssrc: leg.ssrcs.video, sequenceNumber }))
      sequenceNumber++
      return client.rtp.length > 0
    })
  })

  it('takes an audio-only offer, and puts the announced address into the answer', async () => {
    const leg = createLeg(rtcPort, { announcedIp: '203.0.113.7' })
    const client = createClient({ video: undefined })
    const { sdp } = await leg.transport.answer(await client.offerer.createOffer(), member)
    const [audio] = sectionsOf(sdp)
    expect(audio).toContain('c=IN IP4 203.0.113.7')
    expect(sdp.match(/a=candidate:.*/g)).toEqual([
      expect.stringMatching(new RegExp(`^a=candidate:1 1 UDP \\d+ 203\\.0\\.113\\.7 ${rtcPort} typ host$`)),
    ])
    expect(sdp).not.toContain('127.0.0.1 40100')
    expect(leg.transport.isOpen('video')).toBe(false)
  })
})

describe('re-offers', () => {
  it('keeps the connections when only a direction changes, and raises o= and the priorities', async () => {
    const leg = createLeg(rtcPort)
    const client = createClient()
    const first = await join(leg, client)
    await exchange(leg, client)
    const reoffer = first.offer.replace(/(m=video[^]*?)a=sendrecv/, '$1a=recvonly')
    const second = await leg.transport.answer(reoffer, member)
    expect(second.sections.map(({ send, receive }) => [send, receive])).toEqual([
      [true, true],
      [true, false],
    ])
    for (const name of ['ice-ufrag', 'fingerprint', 'setup']) {
      expect(sectionsOf(second.sdp).map((s) => attributeOf(s, name))).toEqual(
        sectionsOf(first.sdp).map((s) => attributeOf(s, name)),
      )
    }
    const version = (sdp: string) => Number(sdp.match(/^o=- \d+ (\d+)/m)?.[1])
    const priority = (sdp: string) => Number(sdp.match(/a=candidate:1 1 UDP (\d+)/)?.[1])
    expect(version(second.sdp)).toBe(version(first.sdp) + 1)
    expect(priority(second.sdp)).toBeGreaterThan(priority(first.sdp))

    // Packets of one connection stay in order, so the reports show that the video was there and was dropped.
    const has = (list: Received[], kind: MediaKind, sequenceNumber: number) =>
      list.some((r) => r.kind === kind && r.packet.readUInt16BE(2) === sequenceNumber)
    for (const kind of ['video', 'audio'] as const) {
      const payloadType = offererPayloadTypes[kind]
      client.offerer.sendRtp(kind, rtpPacket({ payloadType, ssrc: client.ssrcs[kind], sequenceNumber: 9999 }))
    }
    client.offerer.sendRtcp('video', pli(client.ssrcs.video, leg.ssrcs.video))
    await until(
      'audio and video reports still come',
      () => has(leg.rtp, 'audio', 9999) && leg.rtcp.length > 0,
    )
    expect(has(leg.rtp, 'video', 9999)).toBe(false)
    const third = await leg.transport.answer(first.offer, member)
    expect(third.sections[1]).toMatchObject({ send: true, receive: true })
    await exchange(leg, client)
    expect([leg.connected, leg.closed]).toEqual([1, 0])
  })

  it('makes new connections for a new transport, keeps the old ones until these are up, and stays silent', async () => {
    const leg = createLeg(rtcPort)
    const before = createClient()
    const first = await join(leg, before)
    await exchange(leg, before)
    // The same leg, a new browser connection: what an ICE restart with new certificates looks like.
    const after = createClient()
    const offer = await after.offerer.createOffer()
    const second = await leg.transport.answer(offer, member)
    for (const name of ['ice-ufrag', 'ice-pwd', 'fingerprint']) {
      const values = [...sectionsOf(first.sdp), ...sectionsOf(second.sdp)].map((s) => attributeOf(s, name))
      expect(new Set(values).size).toBe(4)
    }
    expect(leg.transport.isOpen('audio')).toBe(true)
    await exchange(leg, before)
    after.offerer.acceptAnswer(second.sdp)
    await until('connected again', () => leg.connected === 2)
    await exchange(leg, after)
    // Two of the new offerer, two of the leg; those of the old offerer end too when they hear of it.
    await until('the old connections are closed', () => livingPeerCount() <= 6)
    expect(leg.closed).toBe(0)
  })

  it('closes the old connections at once when the browser has not been heard for a while', async () => {
    const leg = createLeg(rtcPort)
    const before = createClient()
    await join(leg, before)
    const after = createClient()
    const { sdp } = await leg.transport.answer(await after.offerer.createOffer(), member, true)
    expect([leg.transport.isOpen('audio'), leg.transport.isOpen('video')]).toEqual([false, false])
    after.offerer.acceptAnswer(sdp)
    await until('connected again', () => leg.connected === 2)
    await exchange(leg, after)
    expect(leg.closed).toBe(0)
  })

  it('closes a stopped section, answers it with port 0, and takes a new one in its place', async () => {
    const leg = createLeg(rtcPort)
    // Offerers of one section each: one of two sections would end both when it hears that the video is over.
    const microphone = createClient({ video: undefined })
    const firstCamera = createClient({ audio: undefined })
    const audioOffer = await microphone.offerer.createOffer()
    const offer = audioOffer + sectionText(await firstCamera.offerer.createOffer(), '1')
    const first = await leg.transport.answer(offer, member)
    microphone.offerer.acceptAnswer(first.sdp)
    firstCamera.offerer.acceptAnswer(onlySection(first.sdp, '1'))
    await until('both sections are connected', () => leg.connected === 1)
    const stopped = offer.replace(/m=video \d+/, 'm=video 0')
    const second = await leg.transport.answer(stopped, member)
    expect(second.sections.map(({ kind }) => kind)).toEqual(['audio'])
    expect(sectionsOf(second.sdp)[1]?.[0]).toMatch(/^m=video 0 /)
    expect(leg.transport.isOpen('video')).toBe(false)
    expect(leg.transport.isOpen('audio')).toBe(true)
    await until('the video connection of the leg is closed', () => livingPeerCount() <= 3)

    const camera = createClient({ audio: undefined })
    const added = sectionText(await camera.offerer.createOffer(), '2')
    const third = await leg.transport.answer(stopped + added, member)
    expect(third.sections.map(({ kind, mid }) => [kind, mid])).toEqual([
      ['audio', '0'],
      ['video', '2'],
    ])
    expect(sectionsOf(third.sdp).map(([mLine]) => mLine?.split(' ', 2).join(' '))).toEqual([
      `m=audio ${rtcPort}`,
      'm=video 0',
      `m=video ${rtcPort}`,
    ])
    camera.offerer.acceptAnswer(onlySection(third.sdp, '2'))
    await until('the added section is connected', () => leg.connected === 2)
    expect(leg.closed).toBe(0)
  })

  it('answers one offer at a time, in order, and refuses a flood', async () => {
    const leg = createLeg(rtcPort)
    const client = createClient()
    const offer = await client.offerer.createOffer()
    const results = await Promise.allSettled(
      Array.from({ length: 12 }, () => leg.transport.answer(offer, member)),
    )
    const versions = results.flatMap((result) =>
      result.status === 'fulfilled' ? [Number(result.value.sdp.match(/^o=- \d+ (\d+)/m)?.[1])] : [],
    )
    expect(versions).toEqual([1, 2, 3, 4, 5])
    expect(results[11]).toMatchObject({ status: 'rejected', reason: { code: 'internal' } })
    expect(livingPeerCount()).toBe(4)
  })

  it('changes nothing when an offer is refused', async () => {
    const leg = createLeg(rtcPort)
    const client = createClient()
    const { offer } = await join(leg, client)
    await expect(
      leg.transport.answer(offer.replace(/a=fingerprint.*\r\n/g, ''), member),
    ).rejects.toMatchObject({
      code: 'invalid_sdp',
      message: expect.stringContaining('a=fingerprint') as string,
    })
    await exchange(leg, client)
    expect([leg.connected, leg.closed]).toEqual([1, 0])
  })
})

/** The section of an offer of one, under another mid. */
function sectionText(offer: string, mid: string): string {
  const [lines = []] = sectionsOf(offer.replace('a=mid:0', `a=mid:${mid}`))
  return `${lines.join('\r\n')}\r\n`
}

/** An answer in which the section `mid` is what an offerer of one section knows as 0. */
function onlySection(answer: string, mid: string): string {
  return answer.replace('a=mid:0', 'a=mid:x').replace(`a=mid:${mid}`, 'a=mid:0')
}
