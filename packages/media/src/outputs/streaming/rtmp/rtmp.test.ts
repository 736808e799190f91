import { expect, test } from 'vitest'
import { type AmfValue, decodeAmf0, EcmaArray, encodeAmf0 } from './amf0.ts'
import { ChunkReader, type RtmpMessage, writeMessage } from './chunks.ts'
import { parseRtmpUrl } from './rtmpUrl.ts'

test('commands survive AMF 0', () => {
  const values: AmfValue[] = [
    'connect',
    1,
    { app: 'live', nested: { deep: [1, true, null, 'ü'] } },
    null,
    undefined,
  ]
  expect(decodeAmf0(encodeAmf0(values))).toEqual(values)
  expect(decodeAmf0(encodeAmf0([new EcmaArray({ width: 1280 })]))).toEqual([{ width: 1280 }])
})

test('what is no AMF 0 is refused, not read past its end', () => {
  const whole = encodeAmf0(['_result', 1, { code: 'x', list: [1, 2, 3] }])
  // Cut off anywhere it is either refused, or ends between two values.
  for (let length = 1; length < whole.length; length++) {
    try {
      expect(decodeAmf0(whole.subarray(0, length)).length).toBeLessThan(3)
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError)
    }
  }
  const bottomless = Buffer.concat(Array.from({ length: 100 }, () => Buffer.of(0x03, 0, 1, 97)))
  expect(() => decodeAmf0(bottomless)).toThrow('deeper')
  expect(() => decodeAmf0(Buffer.of(0x0a, 0xff, 0xff, 0xff, 0xff))).toThrow('entries')
})

function read(bytes: Buffer, pieceBytes: number): RtmpMessage[] {
  const messages: RtmpMessage[] = []
  const reader = new ChunkReader((message) => messages.push(message))
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
    reader.push(bytes.subarray(offset, offset + pieceBytes))
  }
  return messages
}

/** Vitest compares buffers byte by byte, which takes seconds. */
function shown(message: RtmpMessage) {
  return { ...message, payload: message.payload.toString('base64') }
}

test('messages survive their chunks, however the bytes come', () => {
  const sizes = [0, 1, 127, 128, 129, 1000, 4096, 70_000]
  const timestamps = [0, 40, 0xfffffe, 0xffffff, 0x1000000, 0xfffffff0, 1, 2]
  const messages = sizes.map((size, index) => ({
    typeId: 8 + (index % 2),
    streamId: 1,
    timestampMs: timestamps[index]!,
    payload: Buffer.from(Array.from({ length: size }, (_, at) => (at * 7 + index) & 255)),
  }))
  const small = Buffer.concat(messages.map((message, index) => writeMessage(message, 4 + (index % 3), 128)))
  for (const pieceBytes of [13, 1000, small.length])
    expect(read(small, pieceBytes).map(shown)).toEqual(messages.map(shown))

  const sizeMessage = Buffer.alloc(4)
  sizeMessage.writeUInt32BE(4096)
  const bigger = Buffer.concat([
    writeMessage({ typeId: 1, streamId: 0, timestampMs: 0, payload: sizeMessage }, 2, 128),
    ...messages.map((message) => writeMessage(message, 4, 4096)),
  ])
  expect(read(bigger, 999).map(shown)).toEqual(messages.map(shown))
})

test('headers that leave out what has not changed are understood', () => {
  const first = writeMessage(
    { typeId: 20, streamId: 1, timestampMs: 100, payload: Buffer.from('abc') },
    3,
    128,
  )
  // Type 1: a delta, a length and a type. Type 2: a delta. Type 3: all as before.
  const second = Buffer.from([0x43, 0, 0, 20, 0, 0, 2, 18, 0x64, 0x65])
  const third = Buffer.from([0x83, 0, 0, 30, 0x66, 0x67])
  const fourth = Buffer.from([0xc3, 0x68, 0x69])
  const messages = read(Buffer.concat([first, second, third, fourth]), 1)
  expect(
    messages.map(({ typeId, timestampMs, payload }) => [typeId, timestampMs, payload.toString()]),
  ).toEqual([
    [20, 100, 'abc'],
    [18, 120, 'de'],
    [18, 150, 'fg'],
    [18, 180, 'hi'],
  ])
})

test('a server that sends nonsense is refused within bounds', () => {
  const push = (bytes: Buffer) => new ChunkReader(() => {}).push(bytes)
  expect(() => push(Buffer.from([0xc3, 1, 2, 3]))).toThrow('never began')
  expect(() => push(Buffer.from([0x03, 0, 0, 0, 0xff, 0xff, 0xff, 20, 0, 0, 0, 0]))).toThrow('more than')
  const begin = Buffer.alloc(13 + 128)
  begin.set([0x00, 0, 0, 0, 0, 0, 0, 200, 20])
  const many = Array.from({ length: 200 }, (_, index) => {
    const chunk = Buffer.from(begin)
    chunk[1] = index
    return chunk
  })
  expect(() => read(Buffer.concat(many), 1000)).toThrow('More chunk streams')
})

test('random bytes do no harm', () => {
  const seed = Date.now() % 2 ** 31
  let state = seed
  const random = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31
  for (let run = 0; run < 300; run++) {
    const bytes = Buffer.from(Array.from({ length: 200 }, () => Math.floor(random() * 256)))
    try {
      read(bytes, 1 + Math.floor(random() * 50))
      decodeAmf0(bytes)
    } catch (error) {
      expect(error, `seed ${seed}, run ${run}`).toBeInstanceOf(RangeError)
    }
  }
})

test('the key is what follows the last slash', () => {
  const split = (text: string) => parseRtmpUrl(new URL(text))
  expect(split('rtmp://a.example/live2/k-1')).toEqual({
    app: 'live2',
    key: 'k-1',
    tcUrl: 'rtmp://a.example/live2',
  })
  expect(split('rtmps://a.example:4443/app/instance/k?auth=1/2')).toEqual({
    app: 'app/instance',
    key: 'k?auth=1/2',
    tcUrl: 'rtmps://a.example:4443/app/instance',
  })
  expect(split('rtmp://a.example/app?token=1/k')).toMatchObject({ app: 'app?token=1', key: 'k' })
  for (const url of [
    'rtmp://a.example',
    'rtmp://a.example/',
    'rtmp://a.example/app',
    'rtmp://a.example/app/',
  ]) {
    expect(() => split(url)).toThrow('rtmp://host/application/key')
  }
  expect(() => split('rtmp://me:pw@a.example/app/key')).toThrow('not supported')
})
