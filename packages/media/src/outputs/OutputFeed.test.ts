import { expect, test } from 'vitest'
import type { MixTap } from '../audio/index.ts'
import { silenceCodecs } from '../video/codecs.ts'
import type { MediaUnit } from './mediaUnits.ts'
import { OutputFeed } from './OutputFeed.ts'

silenceCodecs()

const room = { width: 640, height: 360, fps: 25, videoBitrateBps: 600_000 }
const decoderConfig = new Uint8Array([1])

/** A feed whose room is played by the test. */
function rig() {
  const state = { tap: null as MixTap | null, isWanted: false, keyframes: 0, errors: [] as unknown[] }
  const feed = new OutputFeed({
    room,
    video: {
      setOutputDemand: (isWanted) => (state.isWanted = isWanted),
      requestOutputKeyframe: () => state.keyframes++,
    },
    audio: { setMixTap: (tap) => (state.tap = tap), playoutDelayMs: () => null },
    onBroken: (error) => state.errors.push(error),
  })
  const picture = (atMs: number, isKey = false): void =>
    feed.takePicture({
      data: new Uint8Array(1),
      isKey,
      atMs,
      durationMs: 40,
      decoderConfig: isKey ? decoderConfig : null,
    })
  return { feed, state, picture }
}

function consumer() {
  const units: MediaUnit[] = []
  let formats = 0
  return {
    units,
    formats: () => formats,
    take: (unit: MediaUnit) => void units.push(unit),
    takeFormat: () => void formats++,
  }
}

test('runs while somebody takes it', () => {
  const { feed, state } = rig()
  const [a, b] = [consumer(), consumer()]
  feed.attach(a)
  expect(state).toMatchObject({ isWanted: true, tap: expect.any(Function) as MixTap })
  feed.attach(b)
  expect(state.keyframes).toBe(1)
  feed.detach(a)
  expect(state.isWanted).toBe(true)
  feed.detach(b)
  expect(state).toMatchObject({ isWanted: false, tap: null })
})

test('hands out picture and sound in the order of their moments, whichever is late', () => {
  const { feed, state, picture } = rig()
  const [early, late] = [consumer(), consumer()]
  feed.attach(early)
  for (let atMs = 0; atMs < 2000; atMs += 20) {
    // Pictures come 200 ms late in the first half, sound in the second.
    if (atMs < 1000) state.tap!(null, atMs)
    else if (atMs >= 1200) state.tap!(null, atMs - 200)
    if (atMs % 40 === 0 && atMs >= 200 && atMs < 1000) picture(atMs - 200, atMs === 200)
    if (atMs % 40 === 0 && atMs >= 1000) picture(atMs)
    if (atMs === 600) feed.attach(late)
  }
  const times = early.units.map(({ atMs }) => atMs)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect(new Set(early.units.map(({ kind }) => kind))).toEqual(new Set(['video', 'audio']))
  expect(times.at(-1)!).toBeGreaterThan(1600)
  expect([early.formats(), late.formats()]).toEqual([1, 1])
  expect(late.units.length).toBeLessThan(early.units.length)
})

test('goes on with one when the other stops', () => {
  const { feed, state, picture } = rig()
  const taker = consumer()
  feed.attach(taker)
  picture(0, true)
  for (let atMs = 0; atMs < 5000; atMs += 20) state.tap!(null, atMs)
  expect(taker.units.filter(({ kind }) => kind === 'audio').at(-1)!.atMs).toBeGreaterThan(3500)
})

test('sound that cannot be encoded is told, and does not reach the room', () => {
  const { feed, state } = rig()
  feed.attach(consumer())
  const { tap } = state
  // A plane is 1024 samples: more than that cannot be taken.
  tap!({ subarray: () => new Float32Array(2000) } as unknown as Float32Array, 0)
  expect(state.errors.length).toBe(1)
  expect(state.tap).toBeNull()
})
