/**
 * What a camera picture of this many pixels needs at `referenceFps` to look good in VP8 or H.264: 160x90,
 * 320x180, 426x240, 640x360, 1280x720. A line from 60 kbps at no pixels runs into the first row.
 */
const bitrateTable: readonly { pixels: number; bitrateBps: number }[] = [
  { pixels: 160 * 90, bitrateBps: 100_000 },
  { pixels: 320 * 180, bitrateBps: 220_000 },
  { pixels: 426 * 240, bitrateBps: 350_000 },
  { pixels: 640 * 360, bitrateBps: 600_000 },
  { pixels: 1280 * 720, bitrateBps: 1_500_000 },
]
const referenceFps = 25

/** Less than this and Chrome stops the picture altogether. */
export const minTileBitrateBps = 60_000
export const maxTileBitrateBps = 2_500_000

/**
 * The bitrate to grant (by REMB) to the sender of a tile of `width` x `height` pixels: linear in the pixels
 * between the rows of the table, and beyond its end. Half of it goes with the frame rate (a frame more or less
 * changes little in a still picture): `bitrate * (0.5 + 0.5 * fps / 25)`. Always within 60 kbps and 2.5 Mbps.
 */
export function tileBitrateBps(width: number, height: number, fps: number = referenceFps): number {
  const pixels = Math.max(0, width * height)
  let low = { pixels: 0, bitrateBps: minTileBitrateBps }
  let bitrateBps = minTileBitrateBps
  for (const high of bitrateTable) {
    const slope = (high.bitrateBps - low.bitrateBps) / (high.pixels - low.pixels)
    bitrateBps = low.bitrateBps + (pixels - low.pixels) * slope
    if (pixels <= high.pixels) break
    low = high
  }
  const scaled = bitrateBps * (0.5 + (0.5 * fps) / referenceFps)
  return Math.round(Math.min(maxTileBitrateBps, Math.max(minTileBitrateBps, scaled)))
}
