import { afterEach, expect, test } from 'vitest'

import { stallTimeoutMs } from './Source.ts'
import {
  black,
  colours,
  fillRect,
  grid,
  isColour,
  layer,
  type Picture,
  TestRoom,
  TestSource,
  type Yuv,
} from './testKit.ts'

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

test('every source fills its layer, edges within 1 % of the canvas, black beside', async () => {
  const room = await createRoom()
  for (const name of names) room.add(name, new TestSource(colours[name]))
  for (const side of [1, 2, 3, 4]) {
    const scene = grid(side, names.slice(0, side * side))
    room.video.setScene(scene)
    await room.see(`grid ${side}`, (picture) =>
      scene.layers.every((one) => picture.fills(colours[one.sourceId as keyof typeof colours], one)),
    )
  }
  // The 4x4 grid of the last step has rows of nothing.
  const scene = { layers: [layer('red', [0, 25, 50, 50]), layer('green', [50, 25, 50, 50])] }
  room.video.setScene(scene)
  await room.see('two tiles on black', (picture) => {
    const isBlack = [12, 24, 76, 88].every((y) => [1, 25, 50, 75, 99].every((x) => picture.is(black, x, y)))
    return (
      isBlack &&
      picture.fills(colours.red, scene.layers[0]!) &&
      picture.fills(colours.green, scene.layers[1]!)
    )
  })
})

test('after a scene change no picture shows a foreign colour, a gap or a mixture', async () => {
  const room = await createRoom()
  for (const name of names) room.add(name, new TestSource(colours[name]))
  const scenes = [grid(2, names.slice(0, 4)), grid(3, names.toReversed()), grid(2, names.slice(2, 6))]
  const shows = (picture: Picture, scene: (typeof scenes)[number]): boolean =>
    scene.layers.every((one) => picture.fills(colours[one.sourceId as keyof typeof colours], one))
  // The first picture after a change is coded coarsely: what counts there is whose colour a point is nearest
  // to, of all sources, of black and of the grey of placeholders.
  const candidates = { ...colours, black, grey: [40, 128, 128] } as const
  const whose = (sample: Yuv): string => {
    const distance = (colour: Yuv): number => Math.hypot(...colour.map((value, i) => value - sample[i]!))
    const byDistance = Object.entries(candidates).sort(([, a], [, b]) => distance(a) - distance(b))
    return byDistance[0]![0]
  }
  const belongsTo = (picture: Picture, scene: (typeof scenes)[number]): boolean =>
    scene.layers.every(({ sourceId, x, y, width, height }) =>
      [0.04, 0.2, 0.5, 0.8, 0.96].every((right) =>
        [0.05, 0.3, 0.6, 0.95].every(
          (down) => whose(picture.at(x + width * right, y + height * down)) === sourceId,
        ),
      ),
    )
  // Every source has been decoded once before the changes are watched.
  room.video.setScene(scenes[1]!)
  await room.see('all six', (picture) => shows(picture, scenes[1]!))
  let current = 1
  const strange: string[] = []
  for (const next of [0, 2, 0, 2]) {
    // Four of the six are on at any time: the two that come back have been off for a moment only.
    room.video.setScene(scenes[next]!)
    const stop = room.watch((picture) => {
      if (!belongsTo(picture, scenes[current]!) && !belongsTo(picture, scenes[next]!))
        strange.push(`${current}->${next}`)
    })
    await room.see(`scene ${next}`, (picture) => shows(picture, scenes[next]!))
    stop()
    current = next
  }
  expect(strange).toEqual([])
})

test('a source without a picture shows its initials, a muted one the mute image, and its picture after it', async () => {
  const room = await createRoom()
  const one = layer('red', [0, 0, 100, 100], { banner: 'Ada Lovelace' })
  room.video.setScene({ layers: [one] })
  const isDark = (picture: Picture): boolean => {
    const [y, u, v] = picture.at(4, 50)
    return y > 22 && y < 75 && Math.abs(u - 128) < 16 && Math.abs(v - 128) < 16
  }
  const isAvatar = (picture: Picture): boolean =>
    isDark(picture) && !isColour(picture.at(50, 27), picture.at(4, 50))
  await room.see('placeholder', isAvatar)

  const source = room.add('red', new TestSource(colours.red))
  await room.see('picture', (picture) => picture.fills(colours.red, one, 12))
  room.video.setScene({ layers: [{ ...one, videoMuted: true }] })
  await room.see('mute image', isAvatar)
  const { framesDecoded } = await room.video.stats()
  const seenFromMute: boolean[] = []
  const stop = room.watch((picture) => seenFromMute.push(isAvatar(picture)))
  await room.see('a second of mute image', () => seenFromMute.length >= 25)
  stop()
  expect(seenFromMute).not.toContain(false)
  expect((await room.video.stats()).framesDecoded).toBe(framesDecoded)

  // What is shown after the unmute is new, never the picture from before the mute.
  source.setColour(colours.green)
  room.keyframeRequests.length = 0
  const redPictures: Picture[] = []
  const stopWatching = room.watch((picture) => {
    if (picture.fills(colours.red, one, 12)) redPictures.push(picture)
  })
  room.video.setScene({ layers: [one] })
  await room.see('the new picture', (picture) => picture.fills(colours.green, one, 12))
  stopWatching()
  expect(redPictures).toEqual([])
  expect(room.keyframeRequests).toContain('red')
})

test('a stalled source falls back to the mute image and comes back', async () => {
  const room = await createRoom()
  const scene = grid(2, ['red', 'green'])
  room.add('red', new TestSource(colours.red))
  room.add('green', new TestSource(colours.green))
  room.video.setScene(scene)
  const isRed = (picture: Picture): boolean => picture.fills(colours.red, scene.layers[0]!)
  const isGreen = (picture: Picture): boolean => picture.fills(colours.green, scene.layers[1]!)
  await room.see('both', (picture) => isRed(picture) && isGreen(picture))
  room.pause('red')
  const pausedAtMs = performance.now()
  await room.see('red gone, green there', (picture) => !isRed(picture) && isGreen(picture))
  expect(performance.now() - pausedAtMs).toBeGreaterThan(stallTimeoutMs - 200)
  room.pause('red', false)
  await room.see('both again', (picture) => isRed(picture) && isGreen(picture))
}, 30_000)

test('a source may change its size, its codec and its shape', async () => {
  const room = await createRoom()
  const one = layer('a', [0, 0, 50, 50])
  room.video.setScene({ layers: [one] })
  const steps = [
    { colour: colours.red, width: 640, height: 360 },
    { colour: colours.green, width: 320, height: 180 },
    { colour: colours.blue, width: 1920, height: 1080 },
    { colour: colours.yellow, width: 480, height: 640 },
    { colour: colours.cyan, width: 322, height: 182, codec: 'h264' as const },
    { colour: colours.magenta, width: 1280, height: 720, codec: 'h264' as const },
    { colour: colours.red, width: 176, height: 144 },
  ]
  for (const { colour, ...format } of steps) {
    const source = new TestSource(colour, format)
    room.add('a', source)
    await room.see(`${format.width}x${format.height}`, (picture) => picture.fills(colour, one))
    room.pause('a')
    source.free()
  }
  room.add('a', new TestSource(colours.red))
})

test('cover crops the sides of a narrow picture, contain shows it whole between black bars', async () => {
  const room = await createRoom()
  const source = new TestSource(colours.blue, { width: 640, height: 480 })
  // Red strips above and below, of which cover (640x480 to 16:9) cuts 60 rows each.
  source.paint = (canvas) => {
    fillRect(canvas, 0, 0, 640, 480, colours.blue)
    fillRect(canvas, 0, 0, 640, 48, colours.red)
    fillRect(canvas, 0, 432, 640, 48, colours.red)
  }
  room.add('a', source)
  const covered = layer('a', [0, 0, 50, 50])
  const whole = layer('a', [50, 50, 50, 50], { fit: 'contain' })
  room.video.setScene({ layers: [covered, whole] })
  await room.see('blue alone, and red, blue, red between black', (picture) => {
    // 480x360 (4:3) in the middle of 640x360.
    const columns = [60, 75, 90]
    return (
      picture.fills(colours.blue, covered) &&
      columns.every((x) => picture.is(colours.red, x, 52)) &&
      columns.every((x) => picture.is(colours.blue, x, 75)) &&
      columns.every((x) => picture.is(colours.red, x, 98)) &&
      [51, 54, 96, 99].every((x) => [52, 75, 98].every((y) => picture.is(black, x, y)))
    )
  })
})

test('higher layers stay on top while lower ones move', async () => {
  const room = await createRoom()
  room.add('red', new TestSource(colours.red))
  room.add('green', new TestSource(colours.green))
  room.add('blue', new TestSource(colours.blue))
  const inset = layer('green', [66.6667, 0, 33.3333, 33.3333], { zIndex: 1 })
  const small = layer('blue', [83.3333, 0, 16.6667, 16.6667], { zIndex: 2 })
  // Out of order on purpose: zIndex decides.
  room.video.setScene({ layers: [small, layer('red', [0, 0, 100, 100]), inset] })
  const isRight = (picture: Picture): boolean =>
    picture.fills(colours.blue, small) &&
    picture.fills(colours.green, { ...inset, width: 16.6667 }) &&
    picture.fills(colours.green, { ...inset, y: 17.5, height: 14 }) &&
    picture.fills(colours.red, { x: 0, y: 34, width: 100, height: 66 })
  await room.see('all three', isRight)
  // The inset stands still, what is under it goes on: it must not be painted over.
  room.pause('green')
  const results: boolean[] = []
  const stop = room.watch((picture) => results.push(isRight(picture)))
  await room.see('a second', () => results.length >= 25)
  stop()
  expect(results).not.toContain(false)
})

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
