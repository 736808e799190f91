import { colorDistance, type Rgb } from '@roomful/load-test'
import type { VideoLayout } from '@roomful/protocol'
import type { Yuv } from '@roomful/media/video/testKit'
import { checkPointsOf, type CheckPoint } from '../support/composite.ts'
import { colorTolerance, rgbOf } from '../support/picture.ts'
import { analyseRecording, beeps, type RecordingAnalysis } from '../support/recordingAnalysis.ts'
import type { Blink } from './beepAndFlash.ts'
import type { RecordedTime } from './RecordedTime.ts'

/** A layout and since when it holds, Unix ms. */
export type LayoutSince = { sinceMs: number; layout: VideoLayout }

/** `blinks`: of one who beeps and flashes. */
export type RecordedMember = { id: string; name: string; color: Rgb; blinks?: Blink[]; frequencyHz?: number }

export type RecordedScenario = {
  time: RecordedTime
  /** In order; the first one held when the recording began. */
  layouts: readonly LayoutSince[]
  members: readonly RecordedMember[]
}

export type Judgement = {
  media: RecordingAnalysis<string>
  pictures: {
    judged: number
    /** Those with something that is not as the layout of the moment says, in words. */
    wrong: string[]
    /** How long after its tile a member's own picture was there, ms; for who came during the recording. */
    firstSeenMs: Map<string, number>
  }
  blinks: Map<string, BlinksSeen>
}

export type BlinksSeen = {
  beepsExpected: number
  beepsFound: number
  flashesExpected: number
  flashesFound: number
  /** Beep minus flash in the file, without what the page itself was late, ms; ascending. */
  offsetsMs: number[]
  /** The one farthest from 0, in words. */
  worst: string
  /** From the page's clock to the file's, ms; ascending. */
  beepDelaysMs: number[]
  /** What was not found, in words. */
  missing: string[]
}

/** Around a change of the layout and where the file is cut nothing is said of the picture. */
const aroundChangeMs = 400
/** What is made at a moment comes into the file so much before and after it, at most. */
const arrival = { beforeMs: 100, afterMs: 500 }
const blinkMs = 120
/** A tile is there before the first picture of who has come. */
const firstPictureMs = 4000
const white: Rgb = { r: 255, g: 255, b: 255 }
const black: Rgb = { r: 0, g: 0, b: 0 }
const isWhite = ([luma]: Yuv): boolean => luma > 180

type Look = { checks: CheckPoint[]; colours: Yuv[] }

/** Looks at every picture of a recording of a room that is known, and listens to all of its sound. */
export async function judgeRecording(path: string, scenario: RecordedScenario): Promise<Judgement> {
  const checks = scenario.layouts.map(({ layout }) => checkPointsOf(layout))
  const spots: Record<string, { x: number; y: number }> = {}
  checks.forEach((points, step) =>
    points.forEach(({ point: [x, y] }, index) => (spots[`${step}:${index}`] = { x, y })),
  )
  const media = await analyseRecording(path, { spots })
  const lookAt = (picture: (typeof media.pictures)[number]): Look => {
    const step = layoutAt(scenario, scenario.time.toMoment(picture.timeMs))
    const own = checks[step] ?? []
    return { checks: own, colours: own.map((_, index) => picture.colours[`${step}:${index}`] as Yuv) }
  }
  const looks = media.pictures.map((picture) => ({ timeMs: picture.timeMs, ...lookAt(picture) }))
  const blinks = new Map<string, BlinksSeen>()
  for (const member of scenario.members) {
    if (member.blinks !== undefined) blinks.set(member.name, judgeBlinks(member, scenario, media, looks))
  }
  return { media, pictures: judgePictures(scenario, looks), blinks }
}

function layoutAt({ layouts }: RecordedScenario, atMs: number): number {
  return Math.max(
    layouts.findLastIndex(({ sinceMs }) => sinceMs <= atMs),
    0,
  )
}

/** Whether the layout holds still, in one piece of the file, for all of that time. */
function isSteady(
  { layouts, time }: RecordedScenario,
  atMs: number,
  beforeMs = aroundChangeMs,
  afterMs = aroundChangeMs,
): boolean {
  return (
    time.isWhole(atMs, Math.min(beforeMs, atMs - time.startMs - 1), afterMs) &&
    layouts.slice(1).every(({ sinceMs }) => atMs < sinceMs - afterMs || atMs > sinceMs + beforeMs)
  )
}

function judgePictures(
  scenario: RecordedScenario,
  looks: readonly ({ timeMs: number } & Look)[],
): Judgement['pictures'] {
  const { time, layouts, members } = scenario
  const wrong: string[] = []
  const firstSeenMs = new Map<string, number>()
  let judged = 0
  for (const { timeMs, checks, colours } of looks) {
    const atMs = time.toMoment(timeMs)
    if (!isSteady(scenario, atMs)) continue
    judged++
    let fault: string | null = null
    checks.forEach(({ point, layer }, index) => {
      const seen = rgbOf(colours[index] as Yuv)
      const member = members.find(({ id }) => id === layer?.member_id)
      const wanted = layer === null ? [black] : member === undefined ? [] : [member.color]
      if (member?.blinks !== undefined) wanted.push(white)
      const isRight = wanted.some((color) => colorDistance(seen, color) < colorTolerance)
      if (isRight && member !== undefined && !firstSeenMs.has(member.name)) {
        const tileSince = layouts.find(({ layout }) =>
          layout.layers.some(({ member_id }) => member_id === member.id),
        )
        firstSeenMs.set(member.name, atMs - (tileSince?.sinceMs ?? atMs))
      }
      const isComing = member !== undefined && !firstSeenMs.has(member.name)
      if (isRight || (isComing && atMs - (layouts[layoutAt(scenario, atMs)]?.sinceMs ?? 0) < firstPictureMs))
        return
      fault ??= `${(timeMs / 1000).toFixed(2)} s: (${point.map((each) => each.toFixed(1)).join(', ')}) shows ${JSON.stringify(seen)}, not ${member?.name ?? 'black'} in ${layer?.position}`
    })
    if (fault !== null) wrong.push(fault)
  }
  return { judged, wrong, firstSeenMs }
}

function judgeBlinks(
  { id, name, blinks = [], frequencyHz = 0 }: RecordedMember,
  scenario: RecordedScenario,
  media: RecordingAnalysis<string>,
  looks: readonly ({ timeMs: number } & Look)[],
): BlinksSeen {
  const { time } = scenario
  const beepTimesMs = beeps(media, { frequencyHz })
  const flashTimesMs: number[] = []
  let wasOn = true
  for (const { timeMs, checks, colours } of looks) {
    const index = checks.findIndex(({ layer }) => layer?.member_id === id)
    const isOn = index >= 0 && isWhite(colours[index] as Yuv)
    if (isOn && !wasOn) flashTimesMs.push(timeMs)
    wasOn = isOn
  }
  const near = (times: readonly number[], fileMs: number): number | undefined =>
    times.find((each) => each > fileMs - arrival.beforeMs && each < fileMs + arrival.afterMs)

  const seen: BlinksSeen = {
    ...{ beepsExpected: 0, beepsFound: 0, flashesExpected: 0, flashesFound: 0 },
    ...{ offsetsMs: [], worst: 'none', beepDelaysMs: [], missing: [] },
  }
  for (const { atMs, paintedLateMs } of blinks) {
    const fileMs = time.toFileMs(atMs)
    if (fileMs === null || !time.isWhole(atMs, arrival.beforeMs, arrival.afterMs)) continue
    seen.beepsExpected++
    const beepMs = near(beepTimesMs, fileMs)
    if (beepMs === undefined) seen.missing.push(`${name}'s beep of ${(fileMs / 1000).toFixed(2)} s`)
    else {
      seen.beepsFound++
      seen.beepDelaysMs.push(beepMs - fileMs)
    }
    if (!isSteady(scenario, atMs, aroundChangeMs, arrival.afterMs + blinkMs)) continue
    seen.flashesExpected++
    const flashMs = near(flashTimesMs, fileMs)
    if (flashMs === undefined) seen.missing.push(`${name}'s flash of ${(fileMs / 1000).toFixed(2)} s`)
    else seen.flashesFound++
    if (beepMs === undefined || flashMs === undefined) continue
    const offsetMs = beepMs - flashMs + paintedLateMs
    if (seen.offsetsMs.every((each) => Math.abs(each) < Math.abs(offsetMs))) {
      seen.worst =
        `${offsetMs.toFixed(0)} ms at ${(fileMs / 1000).toFixed(2)} s (in the file after ` +
        `${(beepMs - fileMs).toFixed(0)} and ${(flashMs - fileMs).toFixed(0)} ms, painted ${paintedLateMs.toFixed(0)} ms late)`
    }
    seen.offsetsMs.push(offsetMs)
  }
  seen.offsetsMs.sort((a, b) => a - b)
  seen.beepDelaysMs.sort((a, b) => a - b)
  return seen
}
