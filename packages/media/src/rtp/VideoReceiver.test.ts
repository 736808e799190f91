import { describe, expect, it } from 'vitest'
import { h264Frame, payloadsOf, rtpPacket, seededRandom } from './testSupport.ts'
import { setUpVideoReceiver as setUp } from './testVideoReceiver.ts'
import { H264Packetizer } from './H264Packetizer.ts'
import { VideoReceiver } from './VideoReceiver.ts'

const random = seededRandom(11)

describe('VideoReceiver', () => {
  it('delivers whole frames, each in a buffer of its own, over both wraps', () => {
    const { frames, kinds, frame, push, receiver, requests } = setUp({}, 65533)
    push(frame('key', 4), 0)
    for (let i = 0; i < 6; i++) push(frame('inter'), 40 * i)
    expect(kinds()).toEqual(['key', 'inter', 'inter', 'inter', 'inter', 'inter', 'inter'])
    expect([...(frames[0]?.data ?? [])]).toEqual([0, 1, 2, 3])
    expect(frames.map((f) => f.rtpTimestamp).slice(0, 4)).toEqual([
      0xffffffff - 6000,
      0xffffffff - 3000,
      0xffffffff,
      2999,
    ])
    expect(new Set(frames.map((f) => f.data.buffer)).size).toBe(7)
    expect(frames.every((f) => f.data.buffer.byteLength === f.data.length && f.codec === 'vp8')).toBe(true)
    structuredClone(frames[0]?.data, { transfer: frames[0] ? [frames[0].data.buffer] : [] })
    expect(frames[0]?.data.length).toBe(0)
    receiver.poll(1000)
    expect(requests()).toBe(0)
    expect(receiver.stats).toMatchObject({
      packets: 22,
      frames: 7,
      keyframes: 1,
      breaks: 0,
      uselessPackets: 0,
    })
  })

  it('starts with a keyframe only and asks for one, again after 500 ms, while packets come', () => {
    const { kinds, frame, push, poll, requests, receiver } = setUp()
    receiver.poll(0)
    expect(requests()).toBe(0)
    push(frame('inter'), 0)
    poll(0, 20)
    expect(requests()).toBe(1)
    push(frame('inter'), 40)
    poll(40, 500)
    expect(requests()).toBe(1)
    poll(500, 520)
    expect(requests()).toBe(2)
    // Nothing comes: nobody to ask.
    poll(520, 3000)
    expect(requests()).toBe(2)
    expect(receiver.needsKeyframe).toBe(true)
    push(frame('key'), 3000)
    push(frame('inter'), 3040)
    expect(kinds()).toEqual(['key', 'inter'])
    expect(receiver.needsKeyframe).toBe(false)
  })

  it('puts packets in order, also the very first, and ignores duplicates', () => {
    const { kinds, frame, push, nacks, receiver, requests } = setUp()
    const [a, b, c] = frame('key')
    push([b, c, a, b], 0)
    const [d, e, f] = frame('inter')
    push([f, d, d, e, a], 5)
    expect(kinds()).toEqual(['key', 'inter'])
    receiver.poll(1000)
    expect(nacks).toEqual([])
    expect(requests()).toBe(0)
    expect(receiver.stats.uselessPackets).toBe(3)
  })

  it('asks for missing packets after the tolerance, again every 40 ms, and delivers when they come', () => {
    const { kinds, frame, push, nacks, receiver } = setUp({}, 65534)
    push(frame('key', 1), 0)
    const [d, e, f] = frame('inter')
    push([d, f, ...frame('inter')], 100)
    receiver.poll(105)
    expect(nacks).toEqual([])
    receiver.poll(110)
    expect(nacks).toEqual([[0]])
    receiver.poll(140)
    expect(nacks.length).toBe(1)
    receiver.poll(150)
    expect(nacks).toEqual([[0], [0]])
    expect(kinds()).toEqual(['key'])
    push([e], 160)
    expect(kinds()).toEqual(['key', 'inter', 'inter'])
    receiver.poll(600)
    expect(nacks.length).toBe(2)
    expect(receiver.stats).toMatchObject({ nackedPackets: 2, breaks: 0 })
  })

  it('spaces NACKs by the round trip time and stops after ten', () => {
    const { frame, push, nacks, poll, receiver } = setUp({ maxWaitMs: 10_000 })
    push(frame('key', 1), 0)
    const [, e] = frame('inter', 2)
    receiver.setRoundTripTime(120)
    push([e], 0)
    poll(0, 400)
    expect(nacks.length).toBe(4)
    poll(400, 5000)
    expect(nacks.length).toBe(10)
  })

  it('gives up on a hole in time, and then delivers nothing but a keyframe', () => {
    const { kinds, frame, push, poll, requests, receiver } = setUp()
    push(frame('key'), 0)
    const [d, , f] = frame('inter')
    push([d, f], 0)
    push(frame('inter'), 40)
    poll(0, 240)
    expect(requests()).toBe(0)
    expect(receiver.needsKeyframe).toBe(false)
    poll(240, 260)
    expect(requests()).toBe(1)
    push(frame('inter'), 280)
    expect(kinds()).toEqual(['key'])
    push(frame('key'), 320)
    push(frame('inter'), 360)
    expect(kinds()).toEqual(['key', 'key', 'inter'])
    expect(receiver.stats).toMatchObject({ breaks: 1, keyframeRequests: 1 })
  })

  it('goes on at once from a keyframe that came behind the hole', () => {
    const { kinds, frame, push, poll, requests } = setUp()
    push(frame('key'), 0)
    push(frame('inter').slice(1), 0)
    push(frame('key'), 100)
    push(frame('inter'), 140)
    poll(0, 240)
    expect(kinds()).toEqual(['key'])
    poll(240, 280)
    expect(kinds()).toEqual(['key', 'key', 'inter'])
    expect(requests()).toBe(0)
  })

  it('mends a keyframe whose beginning was lost', () => {
    const { kinds, frame, push, poll, nacks } = setUp()
    push(frame('inter'), 0)
    const [a, b, c] = frame('key')
    push([b, c], 20)
    poll(20, 40)
    expect(nacks).toEqual([[103]])
    push([a], 50)
    expect(kinds()).toEqual(['key'])
  })

  it('gives up a keyframe that stays broken and asks for another', () => {
    const { kinds, frame, push, poll, requests } = setUp()
    push([...frame('key').slice(0, 2), ...frame('inter')], 0)
    poll(0, 240)
    expect(requests()).toBe(0)
    poll(240, 260)
    expect(requests()).toBe(1)
    push(frame('key'), 300)
    expect(kinds()).toEqual(['key'])
  })

  it('asks at most every 300 ms, however often the picture breaks', () => {
    const { frame, push, poll, requests } = setUp({ maxWaitMs: 20 })
    for (let nowMs = 0; nowMs < 3000; nowMs += 60) {
      push(frame('key', 1), nowMs)
      push(frame('inter', 2).slice(1), nowMs)
      poll(nowMs, nowMs + 40)
    }
    expect(requests()).toBeGreaterThan(5)
    expect(requests()).toBeLessThanOrEqual(10)
  })

  it('counts padding as received and delivers past it', () => {
    const { kinds, frame, padding, push, poll, nacks } = setUp()
    push([padding(), ...frame('key'), padding(), padding(), ...frame('inter'), padding()], 0)
    expect(kinds()).toEqual(['key', 'inter'])
    const lost = padding()
    push(frame('inter'), 40)
    expect(kinds().length).toBe(2)
    poll(40, 60)
    expect(nacks).toEqual([[110]])
    push([lost], 70)
    expect(kinds().length).toBe(3)
  })

  it('ends a frame without a marker at the next timestamp', () => {
    const { kinds, frames, frame, push } = setUp()
    push(frame('key', 2, { marker: false }), 0)
    push(frame('inter', 2, { marker: false }), 40)
    expect(kinds()).toEqual(['key'])
    push(frame('inter', 2), 80)
    expect(kinds()).toEqual(['key', 'inter', 'inter'])
    expect(frames.map(({ data }) => data.length)).toEqual([2, 2, 2])
  })

  it('ignores other payload types and what is not RTP', () => {
    const { kinds, push, receiver } = setUp()
    push([rtpPacket({ sequenceNumber: 1, payloadType: 97 }), Buffer.from('hello'), Buffer.alloc(0)], 0)
    expect(receiver.stats.packets).toBe(0)
    expect(receiver.ssrc).toBeUndefined()
    expect(kinds()).toEqual([])
  })

  it('begins anew with another SSRC, and ignores what straggles in from the old one', () => {
    const { kinds, frame, push, poll, receiver, requests } = setUp()
    push(frame('key'), 0)
    const straggler = frame('inter')
    push(frame('inter', 3, { ssrc: 2 }), 40)
    push(straggler, 50)
    expect(receiver.ssrc).toBe(2)
    poll(40, 60)
    expect(requests()).toBe(1)
    push(frame('key', 3, { ssrc: 2 }), 80)
    expect(kinds()).toEqual(['key', 'key'])
    push(frame('key', 3), 2000)
    expect(receiver.ssrc).toBe(1)
    expect(kinds().length).toBe(3)
  })

  it('begins anew when the sequence numbers jump, either way', () => {
    for (const jump of [10_000, -10_000]) {
      const { kinds, push, poll, requests, nacks } = setUp()
      const packet = (sequenceNumber: number, firstByte: number) =>
        rtpPacket({
          sequenceNumber,
          timestamp: sequenceNumber,
          marker: true,
          payload: Uint8Array.of(0x10, firstByte),
        })
      push([packet(20_000, 0), packet(20_001, 1)], 0)
      push([packet(20_000 + jump, 1), packet(20_001 + jump, 1), packet(20_002 + jump, 1)], 40)
      poll(40, 60)
      expect(kinds()).toEqual(['key', 'inter'])
      expect(nacks).toEqual([])
      expect(requests()).toBe(1)
      push([packet(20_003 + jump, 0), packet(20_004 + jump, 1)], 80)
      expect(kinds()).toEqual(['key', 'inter', 'key', 'inter'])
    }
  })

  it('holds a bounded number of packets: a hole that the window cannot span is given up at once', () => {
    const { kinds, frame, push, poll, requests } = setUp({ windowPackets: 16, maxWaitMs: 60_000 })
    push(frame('key'), 0)
    frame('inter', 1)
    for (let i = 0; i < 10; i++) push(frame('inter', 3), 10)
    poll(10, 30)
    expect(requests()).toBe(1)
    push(frame('key', 3), 40)
    push(frame('inter', 3), 50)
    expect(kinds()).toEqual(['key', 'key', 'inter'])
  })

  it('does not ask for hundreds of lost packets, but for a keyframe', () => {
    const { kinds, frame, push, poll, nacks, requests } = setUp()
    push(frame('key'), 0)
    frame('inter', 300)
    push(frame('inter'), 10)
    poll(10, 30)
    expect(nacks).toEqual([])
    expect(requests()).toBe(1)
    push(frame('key'), 40)
    expect(kinds()).toEqual(['key', 'key'])
  })

  it('breaks the chain at a payload that makes no sense', () => {
    const { kinds, frame, push, poll, requests } = setUp()
    push(frame('key'), 0)
    push(frame('inter', 2, { payload: Uint8Array.of(0x00, 1) }), 40)
    push(frame('inter'), 80)
    poll(80, 100)
    expect(kinds()).toEqual(['key'])
    expect(requests()).toBe(1)
    push(frame('key'), 120)
    expect(kinds()).toEqual(['key', 'key'])
  })

  it('waits for a keyframe when the decoder demands one, and forgets all on reset', () => {
    const { kinds, frame, push, poll, requests, receiver } = setUp()
    push(frame('key'), 0)
    receiver.requireKeyframe()
    push(frame('inter'), 40)
    poll(40, 60)
    expect(requests()).toBe(1)
    push(frame('key'), 80)
    expect(kinds()).toEqual(['key', 'key'])
    receiver.reset()
    expect(receiver.ssrc).toBeUndefined()
    push(frame('inter'), 1000)
    expect(kinds().length).toBe(2)
    push(frame('key'), 1040)
    expect(kinds().length).toBe(3)
  })

  it('lets handlers call back into it', () => {
    const seen: boolean[] = []
    const receiver: VideoReceiver = new VideoReceiver(
      { codec: 'vp8', payloadType: 96 },
      {
        onFrame: ({ isKey }) => {
          seen.push(isKey)
          if (seen.length === 1) receiver.requireKeyframe()
          else receiver.reset()
        },
        onNack: () => undefined,
        onKeyframeNeeded: () => undefined,
      },
    )
    const packet = (sequenceNumber: number, firstByte: number) =>
      rtpPacket({
        sequenceNumber,
        timestamp: sequenceNumber,
        marker: true,
        payload: Uint8Array.of(0x10, firstByte),
      })
    for (const [sequenceNumber, firstByte] of [
      [1, 0],
      [3, 1],
      [4, 0],
      [5, 1],
      [2, 1],
      [6, 1],
    ] as const) {
      receiver.push(packet(sequenceNumber, firstByte), 0)
    }
    expect(seen).toEqual([true, true])
  })

  it('receives H.264', () => {
    const { frames, push, kinds } = setUp({ codec: 'h264', payloadType: 108 })
    const packetizer = new H264Packetizer(200)
    const sent: Uint8Array[] = []
    let sequenceNumber = 1
    for (let i = 0; i < 5; i++) {
      const frame = h264Frame(i === 1, 700, random)
      sent.push(frame)
      const packets = payloadsOf((writer) => packetizer.packetize(frame, writer)).map(({ payload, isLast }) =>
        rtpPacket({
          sequenceNumber: sequenceNumber++,
          payloadType: 108,
          timestamp: i,
          marker: isLast,
          payload,
        }),
      )
      push(packets, i * 40)
    }
    expect(kinds()).toEqual(['key', 'inter', 'inter', 'inter'])
    frames.forEach((frame, i) => expect(Buffer.compare(frame.data, sent[i + 1] ?? new Uint8Array(0))).toBe(0))
  })

  it('does not take parameter sets without an IDR picture for a keyframe', () => {
    const { push, kinds, requests, poll } = setUp({ codec: 'h264' })
    let sequenceNumber = 1
    const frame = (timestamp: number, ...units: string[]) =>
      units.map((unit, i) => {
        const payload = Buffer.from(unit, 'hex')
        return rtpPacket({
          sequenceNumber: sequenceNumber++,
          timestamp,
          marker: i === units.length - 1,
          payload,
        })
      })
    push(frame(1, '6742', '68ce', '4188'), 0)
    push(frame(2, '4188'), 40)
    poll(40, 60)
    expect(kinds()).toEqual([])
    expect(requests()).toBe(1)
    push(frame(3, '6742', '68ce', '6588'), 80)
    expect(kinds()).toEqual(['key'])
  })

  it('asks for nothing that a small window could not take', () => {
    const { frame, push, poll, nacks, kinds } = setUp({ windowPackets: 16 })
    push(frame('key'), 0)
    frame('inter', 100)
    push(frame('key'), 10)
    poll(10, 100)
    expect(nacks).toEqual([])
    expect(kinds()).toEqual(['key', 'key'])
  })

  it('stops asking for packets that would come too late while it waits for a keyframe', () => {
    const { frame, push, poll, nacks } = setUp()
    push(frame('inter'), 0)
    push(frame('inter').slice(1), 0)
    poll(0, 240)
    const asked = nacks.length
    expect(asked).toBeGreaterThan(3)
    poll(240, 1000)
    expect(nacks.length - asked).toBeLessThanOrEqual(1)
  })

  it('takes a keyframe of many packets', () => {
    const { frames, frame, push } = setUp()
    const packets = frame('key', 500)
    push(packets, 0)
    expect(frames[0]?.data.length).toBe(500)
  })
})
