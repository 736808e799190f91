import { goertzelDb } from '../../audio/testing/index.ts'
import { Picture, type Yuv } from '../../video/testKit.ts'
import { decodeMedia, type DecodedMedia } from './decodeMedia.ts'

/** What a recording or stream shows and lets hear, measured with a decoder. */

/** A place on the canvas that is looked at in every picture, in percent from the top left. */
export type Spot = { x: number; y: number }

export type RecordingAnalysis<S extends string> = DecodedMedia & {
  /** The colour at every spot, picture by picture; the value is the mean of 9 pixels around it. */
  pictures: { timeMs: number; colours: Record<S, Yuv> }[]
}

export type AnalysisOptions<S extends string> = {
  spots: Readonly<Record<S, Spot>>
  /** For a live URL: how much of it. Default: a file, the whole of it. */
  liveMs?: number
}

/** `path` of a file, or an `rtmp:` or `http:` URL. */
export async function analyseRecording<S extends string>(
  path: string,
  { spots, liveMs }: AnalysisOptions<S>,
): Promise<RecordingAnalysis<S>> {
  const pictures: RecordingAnalysis<S>['pictures'] = []
  const media = await decodeMedia(path, {
    ...(liveMs !== undefined && { liveMs }),
    onPicture: ({ frame, timeMs }) => {
      const picture = new Picture(frame)
      const colours = {} as Record<S, Yuv>
      for (const [name, spot] of Object.entries<Spot>(spots)) colours[name as S] = meanAround(picture, spot)
      pictures.push({ timeMs, colours })
    },
  })
  return { ...media, pictures }
}

/** What was at the spot at a moment: that of the last picture until then. */
export function colourAt<S extends string>(
  { pictures }: RecordingAnalysis<S>,
  spot: S,
  timeMs: number,
): Yuv | null {
  return pictures.findLast((picture) => picture.timeMs <= timeMs)?.colours[spot] ?? null
}

/** When `isOn` became true at the spot, ms. What is on from the start does not count. */
export function flashes<S extends string>(
  { pictures }: RecordingAnalysis<S>,
  spot: S,
  isOn: (colour: Yuv) => boolean,
): number[] {
  const times: number[] = []
  let wasOn = true
  for (const { timeMs, colours } of pictures) {
    const on = isOn(colours[spot])
    if (on && !wasOn) times.push(timeMs)
    wasOn = on
  }
  return times
}

export type BeepOptions = {
  frequencyHz: number
  /** Above it is a beep, dB of a full-scale sine. Default -25. */
  thresholdDb?: number
  /** Silence after which a beep is another one, ms. Default 60. */
  gapMs?: number
}

/** Shorter finds the beginning better, longer tells frequencies apart better: 200 Hz here. */
const windowMs = 10

/** When each beep begins, to the millisecond. What sounds from the start does not count. */
export function beeps(
  { samples, sampleRateHz }: Pick<DecodedMedia, 'samples' | 'sampleRateHz'>,
  { frequencyHz, thresholdDb = -25, gapMs = 60 }: BeepOptions,
): number[] {
  const times: number[] = []
  const perMs = sampleRateHz / 1000
  const length = Math.round(windowMs * perMs)
  let lastOnMs = 0
  for (let timeMs = 0; Math.round(timeMs * perMs) + length <= samples.length; timeMs++) {
    const start = Math.round(timeMs * perMs)
    if (goertzelDb(samples.subarray(start, start + length), sampleRateHz, frequencyHz) < thresholdDb) continue
    // The middle of the first window that holds enough of it.
    if (timeMs - lastOnMs > gapMs) times.push(timeMs + windowMs / 2)
    lastOnMs = timeMs
  }
  return times
}

export type Sync = {
  /** Sound minus picture for every pair, ms: positive where the sound comes late. */
  offsetsMs: number[]
  medianMs: number
  /** The one farthest from 0. */
  worstMs: number
  /** Flashes without a beep within `maxOffsetMs`, and the other way round. */
  lonelyFlashes: number[]
  lonelyBeeps: number[]
}

/** Pairs each flash with the beep next to it. What lies within `maxOffsetMs` of either end is left out. */
export function matchBeeps(
  flashTimesMs: readonly number[],
  beepTimesMs: readonly number[],
  { durationMs, maxOffsetMs = 400 }: { durationMs: number; maxOffsetMs?: number },
): Sync {
  const isInside = (timeMs: number): boolean => timeMs > maxOffsetMs && timeMs < durationMs - maxOffsetMs
  const nearest = (timeMs: number, others: readonly number[]): number | null => {
    const offsets = others.map((other) => other - timeMs).filter((each) => Math.abs(each) <= maxOffsetMs)
    return offsets.length === 0 ? null : offsets.reduce((a, b) => (Math.abs(a) <= Math.abs(b) ? a : b))
  }
  const inner = flashTimesMs.filter(isInside)
  const offsetsMs = inner.map((flash) => nearest(flash, beepTimesMs)).filter((offset) => offset !== null)
  const sorted = offsetsMs.toSorted((a, b) => a - b)
  return {
    offsetsMs,
    medianMs: sorted[sorted.length >> 1] ?? Number.NaN,
    worstMs: offsetsMs.reduce((worst, each) => (Math.abs(each) > Math.abs(worst) ? each : worst), 0),
    lonelyFlashes: inner.filter((flash) => nearest(flash, beepTimesMs) === null),
    lonelyBeeps: beepTimesMs.filter(isInside).filter((beep) => nearest(beep, flashTimesMs) === null),
  }
}

/**
 * Level of a tone in a stretch of the sound, dB of a full-scale sine: the mean of pieces of 200 ms, as a jitter
 * buffer that stretches time breaks the phase of a tone now and then.
 */
export function toneDb(
  { samples, sampleRateHz }: Pick<DecodedMedia, 'samples' | 'sampleRateHz'>,
  frequencyHz: number,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): number {
  const length = Math.round(0.2 * sampleRateHz)
  const endIndex = Math.min(Math.round((toMs * sampleRateHz) / 1000), samples.length)
  const powers: number[] = []
  for (let start = Math.round((fromMs * sampleRateHz) / 1000); start + length <= endIndex; start += length) {
    powers.push(10 ** (goertzelDb(samples.subarray(start, start + length), sampleRateHz, frequencyHz) / 10))
  }
  return 10 * Math.log10(powers.reduce((sum, power) => sum + power, 0) / powers.length)
}

function meanAround(picture: Picture, { x, y }: Spot): Yuv {
  const px = (x / 100) * picture.width
  const py = (y / 100) * picture.height
  const sum = [0, 0, 0]
  for (const dx of [-2, 0, 2]) {
    for (const dy of [-2, 0, 2]) {
      picture.pixel(px + dx, py + dy).forEach((value, index) => (sum[index] = (sum[index] ?? 0) + value))
    }
  }
  const [luma = 0, u = 0, v = 0] = sum
  return [luma / 9, u / 9, v / 9]
}
