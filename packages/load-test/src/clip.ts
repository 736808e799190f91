import { makeClip } from '@roomful/media/video/bench/clip'
import { VideoClip } from './VideoClip.ts'

/** What simulated members send in measurements: the size and rate of a small camera. */
export const cameraFormat = { width: 640, height: 360, fps: 25, bitrateBps: 600_000 } as const

/** Four seconds, then again from the start. */
const frameCount = 100

/** A picture that costs what a webcam's costs: a textured room, a moving head, sensor noise. Takes about a second. */
export function cameraClip(): VideoClip {
  const { width, height, fps, bitrateBps } = cameraFormat
  const frames = makeClip(width, height, fps, frameCount, bitrateBps)
  return new VideoClip(
    frames.map(({ data }) => data),
    fps,
  )
}
