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
