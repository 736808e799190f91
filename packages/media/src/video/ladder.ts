import type { RoomMediaOptions } from '../types.ts'
import type { VideoCodec } from './codecs.ts'

/** One size of the composite. */
export type Rung = { width: number; height: number; bitrateBps: number }

/** One encode of the composite. `rung` counts from the full canvas, 0, downwards. */
export type EncodeKey = { codec: VideoCodec; rung: number }

/**
 * Sides in halves of the canvas, and the share of its bitrate: a small picture needs more bits per pixel. The
 * lowest is for a line of 50 kB/s that has to carry the sound as well and must not be full.
 */
const steps = [
  { divisor: 2, bitrateShare: 0.25, maxBitrateBps: 1_000_000 },
  { divisor: 4, bitrateShare: 0.075, maxBitrateBps: 150_000 },
] as const

/** Nothing is to be seen below. */
const minHeight = 80
const minBitrateBps = 30_000

/**
 * The sizes in which a room can be encoded, best first: the canvas itself, half and a quarter of its sides. For
 * 720p at 2 Mbps: 360p at 500 kbps, 180p at 150 kbps. A small canvas has fewer.
 */
export function ladderOf({ width, height, videoBitrateBps }: RoomMediaOptions): Rung[] {
  const rungs: Rung[] = [{ width, height, bitrateBps: videoBitrateBps }]
  for (const { divisor, bitrateShare, maxBitrateBps } of steps) {
    const rung = {
      width: even(width / divisor),
      height: even(height / divisor),
      bitrateBps: Math.min(maxBitrateBps, Math.round(videoBitrateBps * bitrateShare)),
    }
    if (rung.height < minHeight || rung.bitrateBps < minBitrateBps) break
    rungs.push(rung)
  }
  return rungs
}

function even(value: number): number {
  return Math.round(value / 2) * 2
}
