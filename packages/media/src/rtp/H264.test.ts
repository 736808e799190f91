import { describe, expect, it } from 'vitest'
import { H264Depacketizer } from './H264Depacketizer.ts'
import { H264Packetizer } from './H264Packetizer.ts'
import { forEachNalUnit } from './nalUnit.ts'
import { fuzzSeeds, h264Frame, payloadsOf, seededRandom } from './testSupport.ts'

function units(hex: string): string[] {
  const bytes = Buffer.from(hex, 'hex')
  const found: string[] = []
  forEachNalUnit(bytes, (start, end) => found.push(bytes.toString('hex', start, end)))
  return found
}

function depacketize(payloads: Buffer[]) {
  const depacketizer = new H264Depacketizer()
  for (const payload of payloads) {
    if (!depacketizer.add(payload, 0, payload.length)) return 'refused'
  }
  return depacketizer.finish()
}

describe('forEachNalUnit', () => {
  it('takes both start codes and drops trailing zeros', () => {
    expect(units('00000001' + '6742' + '000001' + '68ce' + '0000' + '00000001' + '6588' + '00')).toEqual([
      '6742',
      '68ce',
      '6588',
    ])
    expect(units('6742')).toEqual([])
    expect(units('')).toEqual([])
    expect(units('ffff' + '000001' + '65')).toEqual(['65'])
    expect(units('000001' + '000001' + '65')).toEqual(['65'])
  })

  it('works on a view that begins inside its buffer', () => {
    const inner = new Uint8Array(20)
    inner.set([0, 0, 1, 0x65, 9], 7)
    const found: number[][] = []
    forEachNalUnit(inner.subarray(7, 12), (start, end) => found.push([start, end]))
    expect(found).toEqual([[3, 5]])
  })
})

describe('H.264 packets', () => {
  it('puts SPS and PPS into a STAP-A and a long slice into FU-As', () => {
    const packetizer = new H264Packetizer(100)
    const frame = h264Frame(true, 250, seededRandom(1))
    const payloads = payloadsOf((writer) => packetizer.packetize(frame, writer))
    expect(payloads[0]?.payload.toString('hex')).toBe('78' + '0005' + '6742e01f09' + '0003' + '68ce3c')
    expect(payloads.slice(1).map(({ payload }) => payload.toString('hex', 0, 2))).toEqual([
      '7c85',
      '7c05',
      '7c45',
    ])
    expect(payloads.map(({ isLast }) => isLast)).toEqual([false, false, false, true])
    expect(payloads.every(({ payload }) => payload.length <= 100)).toBe(true)
  })

  it('sends a short slice as it is', () => {
    const payloads = payloadsOf((writer) =>
      new H264Packetizer(100).packetize(Buffer.from('0000000141aabb', 'hex'), writer),
    )
    expect(payloads).toEqual([{ payload: Buffer.from('41aabb', 'hex'), isLast: true }])
  })

  it.each(fuzzSeeds(2))('come back as the frame (seed %i)', (seed) => {
    const random = seededRandom(seed)
    const packetizer = new H264Packetizer(200)
    for (let i = 0; i < 100; i++) {
      const frame = h264Frame(i % 5 === 0, 1 + Math.floor(random() * 2000), random)
      const payloads = payloadsOf((writer) => packetizer.packetize(frame, writer))
      expect(payloads.length).toBeLessThanOrEqual(packetizer.countPackets(frame))
      expect(Math.max(...payloads.map(({ payload }) => payload.length))).toBeLessThanOrEqual(200)
      const result = depacketize(payloads.map(({ payload }) => payload))
      if (result === 'refused' || !result) throw new Error('the frame did not come back')
      expect(result.isKey).toBe(i % 5 === 0)
      expect(Buffer.compare(result.data, frame)).toBe(0)
      expect(result.data.buffer.byteLength).toBe(frame.length)
    }
  })

  it('calls a keyframe only what has IDR, SPS and PPS', () => {
    const [sps, pps, idr] = ['6742', '68ce', '6588'].map((hex) => Buffer.from(hex, 'hex')) as [
      Buffer,
      Buffer,
      Buffer,
    ]
    expect(depacketize([sps, pps, idr])).toMatchObject({ isKey: true })
    expect(depacketize([idr])).toMatchObject({ isKey: false })
    expect(depacketize([sps, pps])).toMatchObject({ isKey: false })
    const depacketizer = new H264Depacketizer()
    expect(depacketizer.startsKeyframe(sps, 0, 2)).toBe(true)
    expect(depacketizer.startsKeyframe(idr, 0, 2)).toBe(false)
    const aggregate = Buffer.from('78' + '0002' + '0910' + '0002' + '6742', 'hex')
    expect(depacketizer.startsKeyframe(aggregate, 0, aggregate.length)).toBe(true)
    expect(depacketizer.startsKeyframe(aggregate, 0, 5)).toBe(false)
  })

  it.each([
    ['an end without a start', ['7c4500']],
    ['a start in a fragment', ['7c8500', '7c8500']],
    ['a unit in a fragment', ['7c8500', '41aa']],
    ['start and end in one', ['7cc500']],
    ['an empty aggregate', ['78']],
    ['an aggregate cut off', ['78000541']],
    ['an empty unit in an aggregate', ['780000']],
    ['FU-B', ['5d8500']],
    ['an empty fragment', ['7c85']],
  ])('refuses %s', (_, hex) => {
    expect(depacketize(hex.map((payload) => Buffer.from(payload, 'hex')))).toBe('refused')
  })

  it('makes no frame of a fragment without its end, and starts afresh', () => {
    const depacketizer = new H264Depacketizer()
    const start = Buffer.from('7c8500', 'hex')
    expect(depacketizer.add(start, 0, 3)).toBe(true)
    expect(depacketizer.finish()).toBeUndefined()
    expect(depacketizer.add(start, 0, 3)).toBe(true)
    expect(depacketizer.add(Buffer.from('7c4501', 'hex'), 0, 3)).toBe(true)
    expect(depacketizer.finish()?.data).toEqual(Uint8Array.of(0, 0, 0, 1, 0x65, 0, 1))
  })
})

describe('H264Depacketizer', () => {
  it.each(fuzzSeeds(2))('takes any bytes (seed %i)', (seed) => {
    const random = seededRandom(seed)
    const depacketizer = new H264Depacketizer()
    let frames = 0
    for (let i = 0; i < 20_000; i++) {
      const payload = Buffer.from(Array.from({ length: Math.floor(random() * 12) }, () => random() * 256))
      depacketizer.startsKeyframe(payload, 0, payload.length)
      if (!depacketizer.add(payload, 0, payload.length)) depacketizer.clear()
      else if (random() < 0.3 && depacketizer.finish()) frames++
    }
    expect(frames).toBeGreaterThan(0)
  })
})
