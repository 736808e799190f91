import { afterEach, expect, test } from 'vitest'

import { colours, grid, layer, type Picture, TestRoom, TestSource } from './testKit.ts'

/** What is decoded and encoded, and when; `RoomVideo.test.ts` looks at what is seen. */

const rooms: TestRoom[] = []
afterEach(async () => {
  for (const room of rooms.splice(0)) {
    await room.close()
    expect(room.problems).toEqual([])
  }
})

async function createRoom(...args: Parameters<typeof TestRoom.create>): Promise<TestRoom> {
  const room = await TestRoom.create(...args)
  rooms.push(room)
  room.video.setDemand([{ codec: 'vp8', rung: 0 }])
  return room
}

const names = Object.keys(colours) as (keyof typeof colours)[]

test('broken frames harm nobody and lead to a keyframe request', async () => {
  const room = await createRoom()
  const scene = grid(2, ['red', 'bad', 'worse'])
  room.add('red', new TestSource(colours.red))
  room.add('bad', new TestSource(colours.green))
  room.video.setScene(scene)
  const isRight = (picture: Picture): boolean =>
    picture.fills(colours.red, scene.layers[0]!) && picture.fills(colours.green, scene.layers[1]!)
  await room.see('both', isRight)
  room.pause('bad')
  room.keyframeRequests.length = 0
  let seed = 20_26
  const random = (): number => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32
  for (let count = 0; count < 40; count++) {
    const noise = Uint8Array.from({ length: 20 + Math.floor(random() * 1500) }, () => random() * 256)
    room.video.pushFrame('bad', { codec: 'vp8', data: noise, isKey: false })
    room.video.pushFrame('worse', { codec: count % 2 ? 'vp8' : 'h264', data: noise, isKey: true })
    await room.see('one more picture', (picture) => picture.fills(colours.red, scene.layers[0]!))
  }
  const { decodeErrors } = await room.video.stats()
  expect(decodeErrors).toBeGreaterThan(0)
  expect(room.keyframeRequests).toContain('worse')
  room.pause('bad', false)
  room.video.resetSource('bad')
  await room.see('both again', isRight)
}, 30_000)

test('a picture larger than 1080p is refused', async () => {
  const room = await createRoom()
  room.video.setScene(grid(1, ['large']))
  const source = room.add('large', new TestSource(colours.red, { width: 2560, height: 1440 }))
  await expect
    .poll(async () => (await room.video.stats()).decodeErrors, { timeout: 15_000 })
    .toBeGreaterThan(0)
  expect((await room.video.stats()).framesDecoded).toBe(0)
  expect(source.codec).toBe('vp8')
}, 20_000)

test('keyframes come first, on request, and at least 300 ms apart', async () => {
  const room = await createRoom()
  room.add('red', new TestSource(colours.red))
  room.video.setScene(grid(1, ['red']))
  const asking = setInterval(() => room.video.requestKeyframe({ codec: 'vp8', rung: 0 }), 10)
  await room.see('six keyframes', () => room.encoded.filter((frame) => frame.isKey).length >= 6)
  clearInterval(asking)
  expect(room.encoded[0]!.isKey).toBe(true)
  const keyTimesMs = room.encoded.filter((frame) => frame.isKey).map((frame) => frame.composedAtMs)
  for (let i = 1; i < keyTimesMs.length; i++) {
    expect(keyTimesMs[i]! - keyTimesMs[i - 1]!).toBeGreaterThanOrEqual(300)
  }
  // Nobody asks: no more keyframes.
  const { keyframesEncoded } = await room.video.stats()
  const from = room.encoded.length
  await room.see('a second without', () => room.encoded.length >= from + 25)
  expect((await room.video.stats()).keyframesEncoded - keyframesEncoded).toBeLessThanOrEqual(1)
})

test('H.264 is made while somebody needs it: Annex B, parameter sets before each keyframe', async () => {
  const room = await createRoom()
  const scene = grid(1, ['red'])
  room.add('red', new TestSource(colours.red, { codec: 'h264' }))
  room.video.setScene(scene)
  await room.see(
    'vp8',
    (picture, frame) => frame.codec === 'vp8' && picture.fills(colours.red, scene.layers[0]!),
  )
  expect(room.encoded.some((frame) => frame.codec === 'h264')).toBe(false)

  room.video.setDemand([
    { codec: 'vp8', rung: 0 },
    { codec: 'h264', rung: 0 },
  ])
  await room.see(
    'h264',
    (picture, frame) => frame.codec === 'h264' && picture.fills(colours.red, scene.layers[0]!),
  )
  room.video.requestKeyframe({ codec: 'h264', rung: 0 })
  const h264 = (): typeof room.encoded => room.encoded.filter((frame) => frame.codec === 'h264')
  await room.see('second h264 keyframe', () => h264().filter((frame) => frame.isKey).length >= 2)
  for (const frame of h264().filter((one) => one.isKey)) {
    expect(nalTypes(frame.data)).toEqual(expect.arrayContaining([7, 8, 5]))
  }
  expect(h264().some((frame) => !frame.isKey)).toBe(true)

  room.video.setDemand([{ codec: 'vp8', rung: 0 }])
  await room.video.stats()
  const { length } = h264()
  const from = room.encoded.length
  await room.see('vp8 alone', () => room.encoded.length >= from + 10)
  expect(h264()).toHaveLength(length)
})

test('without demand nothing is composed or encoded; the first picture after it is a keyframe', async () => {
  const room = await createRoom()
  room.add('red', new TestSource(colours.red))
  room.video.setScene(grid(1, ['red']))
  await room.see('a picture', () => true)
  room.video.setDemand([])
  const before = await room.video.stats()
  await expect
    .poll(async () => (await room.video.stats()).framesDecoded, { timeout: 10_000 })
    .toBeGreaterThan(before.framesDecoded + 10)
  expect((await room.video.stats()).framesComposed).toBe(before.framesComposed)
  const from = room.encoded.length
  room.video.setDemand([{ codec: 'vp8', rung: 0 }])
  await room.see('pictures again', () => true)
  expect(room.encoded[from]!.isKey).toBe(true)
})

test('a source nobody sees is not decoded, and is asked for a keyframe when it appears', async () => {
  const room = await createRoom()
  for (const name of names.slice(0, 3)) room.add(name, new TestSource(colours[name]))
  const screen = layer('red', [0, 0, 100, 100], { zIndex: 5 })
  room.video.setScene({ layers: [screen, layer('green', [0, 0, 50, 50])] })
  await room.see('red', (picture) => picture.fills(colours.red, screen))
  expect(new Set(room.keyframeRequests)).toEqual(new Set(['red']))
  const scene = grid(2, ['blue', 'green'])
  room.video.setScene(scene)
  await room.see('blue and green', (picture) => {
    return picture.fills(colours.blue, scene.layers[0]!) && picture.fills(colours.green, scene.layers[1]!)
  })
  expect(room.keyframeRequests).toEqual(expect.arrayContaining(['blue', 'green']))

  // Red was hidden for a while: its decoder has missed frames and needs a keyframe again.
  room.keyframeRequests.length = 0
  room.video.setScene({ layers: [screen] })
  await expect.poll(() => room.keyframeRequests, { timeout: 10_000 }).toContain('red')
})

test('1080p at 30 fps; the time of composition is near, and rises', async () => {
  const room = await createRoom({ width: 1920, height: 1080, fps: 30, videoBitrateBps: 3_000_000 })
  const scene = grid(3, names)
  for (const name of names) room.add(name, new TestSource(colours[name], { width: 640, height: 360 }))
  room.video.setScene(scene)
  const picture = await room.see('six tiles', (one) =>
    scene.layers.every((tile) => one.fills(colours[tile.sourceId as keyof typeof colours], tile)),
  )
  expect([picture.width, picture.height]).toEqual([1920, 1080])
  const times = room.encoded.map((frame) => frame.composedAtMs)
  expect(Math.abs(times.at(-1)! - Date.now())).toBeLessThan(5000)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})

test('close ends the worker, twice if need be; ten rooms leave no memory behind', async () => {
  const run = async (): Promise<void> => {
    const room = await TestRoom.create()
    room.add('red', new TestSource(colours.red))
    room.video.setDemand([
      { codec: 'vp8', rung: 0 },
      { codec: 'h264', rung: 0 },
    ])
    const scene = grid(1, ['red'])
    scene.layers[0]!.banner = 'Name'
    room.video.setScene(scene)
    await room.see('red', (picture) => picture.fills(colours.red, scene.layers[0]!, 10))
    await Promise.all([room.close(), room.video.close()])
    await expect(room.video.stats()).rejects.toThrow('closed')
    room.video.pushFrame('red', { codec: 'vp8', data: new Uint8Array(10), isKey: true })
    expect(room.problems).toEqual([])
  }
  await run()
  await run()
  const before = process.memoryUsage().rss
  for (let count = 0; count < 10; count++) await run()
  // One room holds some 40 MB; what is left are the heaps of the test's own encoders.
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024)
}, 120_000)

test('a canvas or frame rate that cannot be is refused in words', async () => {
  await expect(TestRoom.create({ width: 1281 })).rejects.toThrow('even sides')
  await expect(TestRoom.create({ fps: 0 })).rejects.toThrow('frames per second')
  await expect(TestRoom.create({ videoBitrateBps: 10 })).rejects.toThrow('bitrate')
})

function nalTypes(annexB: Uint8Array): number[] {
  const types: number[] = []
  for (let i = 0; i + 3 < annexB.length; i++) {
    if (annexB[i] === 0 && annexB[i + 1] === 0 && annexB[i + 2] === 1) types.push(annexB[i + 3]! & 31)
  }
  return types
}
