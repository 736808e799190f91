import { randomBytes, randomInt } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'

import { frameSamples } from '../audio/constants.ts'
import { MediaReader, MediaWriter, type RawPicture } from './mediaPipe.ts'

type Heard = { generation: number; ptsMs: number; samples: Float32Array }

function newReader() {
  const audio: Heard[] = []
  const pictures: RawPicture[] = []
  const broken: string[] = []
  const reader = new MediaReader({
    onAudio: (generation, ptsMs, samples) => audio.push({ generation, ptsMs, samples }),
    onPicture: (_generation, picture) => pictures.push(picture),
    onBroken: (why) => broken.push(why),
  })
  return { reader, audio, pictures, broken }
}

/** What a writer puts on a wire. */
async function written(write: (writer: MediaWriter) => void): Promise<Buffer> {
  const wire = new PassThrough()
  write(new MediaWriter(wire))
  wire.end()
  return Buffer.concat(await wire.toArray())
}

const head = { width: 32, height: 16, strides: [64, 32] as const }
const planes = (value: number): Buffer[] => [64 * 16, 32 * 8, 32 * 8].map((size) => Buffer.alloc(size, value))

describe('from writer to reader', () => {
  test('sound and pictures arrive whole, however they are cut', async () => {
    const samples = Float32Array.from({ length: frameSamples }, (_value, i) => i / frameSamples)
    const bytes = await written((writer) => {
      writer.writeAudio(3, 1234.5, samples)
      writer.writePicture({ ...head, generation: 3, ptsMs: 40 }, planes(7))
      writer.writeAudio(3, 1254.5, samples)
    })
    const { reader, audio, pictures, broken } = newReader()
    for (let at = 0; at < bytes.length;) {
      const size = randomInt(1, 200)
      reader.push(bytes.subarray(at, at + size))
      at += size
    }
    expect(audio.map(({ generation, ptsMs }) => [generation, ptsMs])).toEqual([
      [3, 1234.5],
      [3, 1254.5],
    ])
    expect(audio[0]!.samples).toEqual(samples)
    expect(pictures).toMatchObject([head])
    expect(new Uint8Array(pictures[0]!.bytes).every((byte) => byte === 7)).toBe(true)
    expect(broken).toEqual([])
  })

  test('a reader whose pictures do not come back leaves pictures out, and goes on when they do', async () => {
    const bytes = await written((writer) => {
      for (let i = 0; i < 6; i++) writer.writePicture({ ...head, generation: 0, ptsMs: i }, planes(i))
    })
    const { reader, pictures } = newReader()
    reader.push(bytes)
    expect(pictures.map((picture) => new Uint8Array(picture.bytes)[0])).toEqual([0, 1, 2])
    for (const picture of pictures) reader.recycle(picture.bytes)
    reader.push(bytes)
    expect(pictures).toHaveLength(6)
  })

  test('bytes that no player writes are not taken', () => {
    for (let round = 0; round < 200; round++) {
      const { reader, audio, pictures, broken } = newReader()
      const bytes = randomBytes(400)
      // Never a kind that exists.
      bytes[0] = 3 + (bytes[0]! % 250)
      reader.push(bytes)
      reader.push(bytes)
      expect([audio.length, pictures.length, broken.length]).toEqual([0, 0, 1])
    }
  })

  test.each([
    ['a picture of half its length', { length: 700 }],
    ['one that is larger than any canvas', { width: 4096, length: 64 * 24 }],
    ['one of no height', { height: 0, length: 0 }],
    ['rows shorter than the picture', { luma: 16, length: 16 * 16 + 32 * 16 }],
  ])(
    '%s is refused',
    async (_what, changes: { length: number; width?: number; height?: number; luma?: number }) => {
      const bytes = await written((writer) =>
        writer.writePicture({ ...head, generation: 0, ptsMs: 0 }, planes(0)),
      )
      bytes.writeUInt32LE(changes.length, 16)
      if (changes.width !== undefined) bytes.writeUInt16LE(changes.width, 20)
      if (changes.height !== undefined) bytes.writeUInt16LE(changes.height, 22)
      if (changes.luma !== undefined) bytes.writeUInt16LE(changes.luma, 24)
      const { reader, pictures, broken } = newReader()
      reader.push(bytes)
      expect(pictures).toEqual([])
      expect(broken).toHaveLength(1)
    },
  )
})
