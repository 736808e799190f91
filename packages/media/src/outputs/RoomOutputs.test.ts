import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { analyseRecording, beeps, flashes, matchBeeps, toneDb } from './testing/recordingAnalysis.ts'
import { colours, isColour } from '../video/testKit.ts'
import { isFinishedMp4 } from './recording/measureMp4.ts'
import { codedPictures } from './testing/codedPictures.ts'
import { beepHz, OutputRig, toneHz } from './testing/OutputRig.ts'

const spots = { left: { x: 25, y: 25 }, right: { x: 75, y: 25 }, below: { x: 50, y: 75 } }
const folder = mkdtempSync(join(tmpdir(), 'roomful-outputs-'))
const pathOf = (name: string): string => join(folder, `${name}.mp4`)

let rig: OutputRig
beforeAll(async () => {
  rig = await OutputRig.create()
})
afterAll(async () => {
  await rig?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The process that writes a file. */
function recorderOf(path: string): number {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ')
  const writer = children.find((pid) =>
    readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`) === path
      } catch {
        return false
      }
    }),
  )
  if (writer === undefined) throw new Error(`Nobody writes ${path}`)
  return Number(writer)
}

/** Measures a recording of the rig, whatever its length. */
async function expectRoom(path: string, durationMs: number): Promise<void> {
  const seen = await analyseRecording(path, { spots })
  const { colours: first } = seen.pictures[0]!
  expect(seen).toMatchObject({ width: 640, height: 360, sampleRateHz: 48_000, channels: 2, profile: 100 })
  expect(
    Math.abs(seen.durationMs - durationMs),
    `${seen.durationMs} of ${durationMs} ms`,
  ).toBeLessThanOrEqual(100)
  expect(isColour(first.right, colours.green)).toBe(true)
  const isFlash = ([luma]: readonly number[]): boolean => luma! > 180
  const strange = seen.pictures.filter(
    ({ colours: { left, right, below } }) =>
      !(isColour(left, colours.red) || isFlash(left)) || !isColour(right, colours.green) || below[0] > 30,
  )
  expect(strange).toEqual([])
  // No hole in the sound, and keyframes often enough to seek.
  expect(seen.largestSoundGapMs).toBeLessThan(1)
  const keyGapsMs = seen.keyframeTimesMs
    .slice(1)
    .map((timeMs, index) => timeMs - seen.keyframeTimesMs[index]!)
  expect(Math.max(0, ...keyGapsMs)).toBeLessThanOrEqual(2500)
  expect(toneDb(seen, toneHz, { fromMs: 500, toMs: durationMs - 300 })).toBeGreaterThan(-33)
  const sync = matchBeeps(flashes(seen, 'left', isFlash), beeps(seen, { frequencyHz: beepHz }), seen)
  expect(sync.offsetsMs.length).toBeGreaterThanOrEqual(Math.floor(durationMs / 1000) - 2)
  // Single ones are late where other tests take the processor from the one who makes the pictures.
  expect(Math.abs(sync.medianMs), JSON.stringify(sync)).toBeLessThanOrEqual(100)
  expect(Math.abs(sync.worstMs), JSON.stringify(sync)).toBeLessThanOrEqual(250)
}

test('recordings at once: whole, with a pause, and cut off by a crash', { timeout: 60_000 }, async () => {
  const names = ['plain', 'paused', 'crashed']
  const startedAtMs = Object.fromEntries(
    await Promise.all(
      names.map(async (name) => {
        await rig.outputs.start(name, { kind: 'recording', path: pathOf(name) })
        return [name, performance.now()] as const
      }),
    ),
  )
  await delay(1700)
  rig.outputs.pause('paused')
  const pausedAtMs = performance.now()
  await delay(900)
  rig.outputs.resume('paused')
  const resumedAtMs = performance.now()
  // It begins with a keyframe of its own, from which on it has what the others have.
  await rig.outputs.start('late', { kind: 'recording', path: pathOf('late') })
  await delay(2200)
  process.kill(recorderOf(pathOf('crashed')), 'SIGKILL')
  const crashedAtMs = performance.now()
  rig.outputs.stop('plain')
  rig.outputs.stop('paused')
  rig.outputs.stop('late')
  const stoppedAtMs = performance.now()
  const [plain, paused, crashed] = await Promise.all(names.map((name) => rig.ended(name)))

  const plainMs = stoppedAtMs - startedAtMs['plain']!
  expect(plain).toMatchObject({ error: null, sizeBytes: statSync(pathOf('plain')).size })
  expect(Math.abs(plain!.durationMs - plainMs)).toBeLessThanOrEqual(100)
  expect(isFinishedMp4(pathOf('plain'))).toBe(true)
  await expectRoom(pathOf('plain'), plainMs)

  const pausedMs = stoppedAtMs - resumedAtMs + pausedAtMs - startedAtMs['paused']!
  expect(paused!.error).toBeNull()
  expect(Math.abs(paused!.durationMs - pausedMs)).toBeLessThanOrEqual(100)
  await expectRoom(pathOf('paused'), pausedMs)

  // One encode for all: picture by picture the same bytes.
  expect(await rig.ended('late')).toMatchObject({ error: null })
  const all = codedPictures(pathOf('plain'))
  const late = codedPictures(pathOf('late'))
  expect(late.length).toBeGreaterThan(25)
  expect(all.slice(-late.length)).toEqual(late)
  expect(all.length).toBeGreaterThan(late.length + 25)

  // What died is told with what is really there.
  expect(crashed!.error).toContain(pathOf('crashed'))
  const seen = await analyseRecording(pathOf('crashed'), { spots })
  expect(Math.abs(seen.durationMs - crashed!.durationMs)).toBeLessThanOrEqual(50)
  expect(seen.durationMs).toBeGreaterThan(crashedAtMs - startedAtMs['crashed']! - 2000)
  expect(isColour(seen.pictures.at(-1)!.colours.right, colours.green)).toBe(true)
})

test('a recording that cannot start says why, and one that is stopped at once ends', async () => {
  const nowhere = join(folder, 'nowhere', 'a.mp4')
  await expect(rig.outputs.start('nowhere', { kind: 'recording', path: nowhere })).rejects.toMatchObject({
    code: 'output_failed',
    message: expect.stringContaining(nowhere) as string,
  })
  const starting = rig.outputs.start('brief', { kind: 'recording', path: pathOf('brief') })
  const again = rig.outputs.start('brief', { kind: 'recording', path: pathOf('other') })
  rig.outputs.stop('brief')
  await expect(again).rejects.toThrow('already')
  await expect(starting).rejects.toThrow('stopped before it began')
})

test('a room without outputs encodes none', async () => {
  const composed = async (): Promise<number> => (await rig.video.stats()).framesComposed
  await vi.waitUntil(
    async () => {
      const before = await composed()
      await delay(200)
      return (await composed()) === before
    },
    { timeout: 10_000 },
  )
})

test('a room without pictures, and then without anybody, records black with its sound; closing makes it whole', async () => {
  const other = await OutputRig.create()
  other.video.setScene({ layers: [] })
  await other.outputs.start('last', { kind: 'recording', path: pathOf('last') })
  const startedAtMs = performance.now()
  await delay(1500)
  other.audio.removeSource('left')
  const emptyAtMs = performance.now() - startedAtMs
  await delay(1000)
  const stoppedAtMs = performance.now()
  await other.close()
  expect(other.events).toContainEqual(expect.objectContaining({ type: 'output.ended', error: null }))
  expect(isFinishedMp4(pathOf('last'))).toBe(true)
  const seen = await analyseRecording(pathOf('last'), { spots })
  expect(Math.abs(seen.durationMs - (stoppedAtMs - startedAtMs))).toBeLessThanOrEqual(100)
  expect(seen.largestSoundGapMs).toBeLessThan(1)
  expect(seen.pictures.length).toBeGreaterThan(10)
  const lumas = seen.pictures.flatMap(({ colours: { left, right, below } }) => [left[0], right[0], below[0]])
  expect(Math.max(...lumas)).toBeLessThan(30)
  expect(toneDb(seen, toneHz, { fromMs: 300, toMs: emptyAtMs - 200 })).toBeGreaterThan(-33)
  const end = { fromMs: emptyAtMs + 300, toMs: seen.durationMs }
  expect(toneDb(seen, toneHz, end)).toBeLessThan(-70)
})
