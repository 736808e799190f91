import { describe, expect, it } from 'vitest'
import { fuzzSeeds, payloadsOf, seededRandom, vp8Frame } from './testSupport.ts'
import { Vp8Depacketizer } from './Vp8Depacketizer.ts'
import { Vp8Descriptor } from './Vp8Descriptor.ts'
import { PictureIds, Vp8Packetizer } from './Vp8Packetizer.ts'

describe('Vp8Descriptor', () => {
  const parse = (hex: string) => {
    const descriptor = new Vp8Descriptor()
    const bytes = Buffer.from(hex, 'hex')
    return descriptor.parse(bytes, 0, bytes.length) ? descriptor : undefined
  }

  it('reads the shortest form', () => {
    expect(parse('10aa')).toMatchObject({ startsFrame: true, pictureId: -1, dataOffset: 1, dataLength: 1 })
    expect(parse('00aa')?.startsFrame).toBe(false)
    expect(parse('13aa')).toMatchObject({ startOfPartition: true, partitionIndex: 3, startsFrame: false })
    expect(parse('30aa')?.nonReference).toBe(true)
  })

  it('reads every extension', () => {
    expect(parse('90' + '80' + '11' + 'aa')).toMatchObject({ pictureId: 0x11, dataOffset: 3 })
    expect(parse('90' + 'f0' + '9234' + '56' + 'a3' + 'aabb')).toMatchObject({
      pictureId: 0x1234,
      tl0PictureIndex: 0x56,
      temporalLayer: 2,
      layerSync: true,
      keyIndex: 3,
      dataOffset: 6,
      dataLength: 2,
    })
    expect(parse('80' + '20' + '40' + 'aa')).toMatchObject({ temporalLayer: 1, keyIndex: -1, pictureId: -1 })
    expect(parse('80' + '10' + '1f' + 'aa')).toMatchObject({ temporalLayer: -1, keyIndex: 31 })
  })

  it.each(['', '90', '9080', '908091', '90f0913456', '90f09134', '10', '80209f', '8000'])(
    'refuses %j cut off',
    (hex) => {
      expect(parse(hex)).toBeUndefined()
    },
  )
})

describe('VP8 packets', () => {
  it('cuts evenly and numbers pictures', () => {
    const packetizer = new Vp8Packetizer(104, new PictureIds(0x7fff))
    const frame = vp8Frame(true, 250, seededRandom(1))
    const payloads = payloadsOf((writer) => packetizer.packetize(frame, writer))
    expect(payloads.map(({ payload }) => payload.length - 4)).toEqual([83, 83, 84])
    expect(payloads.map(({ isLast }) => isLast)).toEqual([false, false, true])
    expect(payloads.map(({ payload }) => payload.toString('hex', 0, 4))).toEqual([
      '9080ffff',
      '8080ffff',
      '8080ffff',
    ])
    const [next] = payloadsOf((writer) => packetizer.packetize(frame.subarray(0, 1), writer))
    expect(next?.payload.toString('hex', 0, 4)).toBe('90808000')
    expect(payloadsOf((writer) => packetizer.packetize(new Uint8Array(0), writer))).toEqual([])
  })

  it.each(fuzzSeeds(2))('come back as the frame (seed %i)', (seed) => {
    const random = seededRandom(seed)
    const packetizer = new Vp8Packetizer(300)
    const depacketizer = new Vp8Depacketizer()
    for (let i = 0; i < 100; i++) {
      const frame = vp8Frame(i % 5 === 0, 1 + Math.floor(random() * 3000), random)
      const payloads = payloadsOf((writer) => packetizer.packetize(frame, writer))
      expect(payloads.length).toBe(packetizer.countPackets(frame))
      for (const { payload } of payloads) {
        expect(payload.length).toBeLessThanOrEqual(300)
        expect(depacketizer.add(payload, 0, payload.length)).toBe(true)
      }
      const [first] = payloads
      expect(first && depacketizer.startsKeyframe(first.payload, 0, first.payload.length)).toBe(i % 5 === 0)
      const result = depacketizer.finish()
      expect(result?.isKey).toBe(i % 5 === 0)
      expect(Buffer.compare(result?.data ?? new Uint8Array(0), frame)).toBe(0)
      expect(result?.data.buffer.byteLength).toBe(frame.length)
    }
  })

  it('refuses a frame without its beginning, or with two', () => {
    const depacketizer = new Vp8Depacketizer()
    const start = Buffer.from('1000', 'hex')
    const middle = Buffer.from('0000', 'hex')
    expect(depacketizer.add(middle, 0, 2)).toBe(false)
    expect(depacketizer.finish()).toBeUndefined()
    expect(depacketizer.add(start, 0, 2)).toBe(true)
    expect(depacketizer.add(start, 0, 2)).toBe(false)
    depacketizer.clear()
    expect(depacketizer.add(start, 0, 2)).toBe(true)
    // A further partition of the same frame.
    expect(depacketizer.add(Buffer.from('1101', 'hex'), 0, 2)).toBe(true)
    expect(depacketizer.finish()).toEqual({ data: Uint8Array.of(0, 1), isKey: true })
  })
})
